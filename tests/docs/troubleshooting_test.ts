import assert from "node:assert/strict";
import { ERROR_CODES } from "../../core/base/errors.ts";

Deno.test("docs/troubleshooting.md leads to every error code", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/troubleshooting.md", import.meta.url));
  assert.deepEqual(ERROR_CODES.filter((code) => !page.includes(`\`${code}\``)), []);
});
