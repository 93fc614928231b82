import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { isServer, readRecipes } from "./recipes.ts";

Deno.test("readRecipes() takes the shell commands of each section, and nothing else", () => {
  const page =
    "# Page\n\n## One\n\n```sh\nmm list\n```\n\n```json\n{}\n```\n\n```sh\nmm verify\n```\n\n## Two\n\nWords.\n";
  deepStrictEqual(readRecipes(page), [{ title: "One", blocks: ["mm list\n", "mm verify\n"] }]);
});

Deno.test("isServer() tells what does not end by itself", () => {
  strictEqual(isServer("mm serve\n"), true);
  strictEqual(isServer("mm --models-dir /mnt/disk/models serve --port 1\n"), true);
  strictEqual(isServer("mm service install\n"), false);
  strictEqual(isServer("mm list\nmm serve\n"), false);
});
