/**
 * The recipes of a page of `docs/`: its sections, and the shell commands in them.
 *
 * @module
 */

/** A section with commands. */
export interface Recipe {
  /** Its heading. */
  readonly title: string;
  /** What stands in its `sh` blocks, in their order. */
  readonly blocks: readonly string[];
}

/** The sections of a page that have commands. */
export function readRecipes(markdown: string): Recipe[] {
  return markdown.split(/^## /m).slice(1).flatMap((section) => {
    const title = section.slice(0, section.indexOf("\n")).trim();
    const blocks = [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, text = ""]) => text);
    return blocks.length === 0 ? [] : [{ title, blocks }];
  });
}

/** Whether a block starts a server, which runs until the end of its section. */
export function isServer(block: string): boolean {
  return /^mm (?:\S+ )*serve\b/.test(block);
}
