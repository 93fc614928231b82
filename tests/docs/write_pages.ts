/**
 * `deno task docs`: writes the generated pages of `docs/`.
 *
 * @module
 */
import { CAPTURED_PAGES, PAGES } from "./pages.ts";

if (import.meta.main) {
  for (const page of [...PAGES, ...CAPTURED_PAGES]) await Deno.writeTextFile(page.url, await page.render());
}
