/**
 * The pages of `docs/` that are generated.
 *
 * @module
 */
import { commandsPage } from "./commands_page.ts";
import { environmentPage } from "./environment_page.ts";
import { formatMarkdown } from "./markdown.ts";
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
  { url: at("environment.md"), render: () => formatMarkdown(environmentPage()) },
];
