/**
 * The pages of `docs/` that are generated.
 *
 * @module
 */
import { commandsPage } from "./commands_page.ts";
import { completionText } from "./completion_text.ts";
import { environmentPage } from "./environment_page.ts";
import { errorsPage } from "./errors_page.ts";
import { jsonPage } from "./json_page.ts";
import { manPage } from "./man_page.ts";
import { formatMarkdown } from "./markdown.ts";
import { permissionsPage } from "./permissions_page.ts";
import { settingsPage } from "./settings_page.ts";

/** A page. */
export interface Page {
  readonly url: URL;
  /** What it is to hold. */
  render(): Promise<string>;
}

const at = (name: string): URL => new URL(`../../docs/${name}`, import.meta.url);

/** All of them. */
export const PAGES: readonly Page[] = [
  { url: at("commands.md"), render: async () => await formatMarkdown(await commandsPage()) },
  { url: at("settings.md"), render: () => formatMarkdown(settingsPage()) },
  { url: at("permissions.md"), render: () => formatMarkdown(permissionsPage()) },
  { url: at("environment.md"), render: () => formatMarkdown(environmentPage()) },
  { url: at("errors.md"), render: () => formatMarkdown(errorsPage()) },
  { url: at("mm.1"), render: manPage },
  // No page, but made of the same tables, and to be as fresh.
  { url: new URL("../../cli/completion/command_text.ts", import.meta.url), render: completionText },
];

/** Those that show what the real program prints; they take seconds, so the end-to-end tests check them. */
export const CAPTURED_PAGES: readonly Page[] = [
  { url: at("json.md"), render: async () => await formatMarkdown(await jsonPage()) },
];
