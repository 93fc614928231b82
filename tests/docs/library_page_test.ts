/**
 * The page about the library says all there is: error codes, events, options, methods.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type Block, parseInline, parseMarkdown } from "../../cli/help/markdown.ts";
import { ERROR_CODES } from "../../core/base/errors.ts";
import { publicNames } from "./public_names.ts";

const page = parseMarkdown(readFileSync(new URL("../../docs/library.md", import.meta.url), "utf8"));
const names = publicNames();

/** What stands between backticks in the first column of the tables below a heading. */
function firstColumn(heading: string): string[] {
  let current = "";
  return page.flatMap((block: Block) => {
    if (block.kind === "heading") current = block.text;
    if (block.kind !== "table" || current !== heading) return [];
    return block.rows.flatMap(([cell = ""]) =>
      parseInline(cell).flatMap(({ kind, text }) => kind === "code" ? [text] : [])
    );
  });
}

/** The texts of `type` in the declaration of the events. */
function eventTypes(): string[] {
  const source = readFileSync(new URL("../../core/download/events.ts", import.meta.url), "utf8");
  return [...new Set([...source.matchAll(/readonly type: "(\w+)"/g)].map(([, type = ""]) => type))].sort();
}

Deno.test("docs/library.md explains every error code, and no other", () => {
  assert.deepEqual(firstColumn("Errors").sort(), [...ERROR_CODES].sort());
});

Deno.test("docs/library.md explains every event, and no other", () => {
  assert.deepEqual(firstColumn("Events").sort(), eventTypes());
});

Deno.test("docs/library.md explains every option of openModelManager()", () => {
  assert.deepEqual(firstColumn("Ports").sort(), [...names.get("OpenModelManagerOptions") ?? []].sort());
});

Deno.test("docs/library.md explains every method of ModelDownloader and every field of its progress", () => {
  const methods = firstColumn("Several models, with their progress").map((call) =>
    call.replace(/\(.*\)$/, "()")
  );
  const members = [...names.get("ModelDownloader") ?? []].filter((member) => member.endsWith("()"));
  assert.deepEqual(methods.sort(), members.filter((member) => member !== "maxConcurrent()").sort());
  const text = page.map((block) => block.kind === "paragraph" ? block.text : "").join("\n");
  const fields = [...names.get("DownloadProgress") ?? []];
  assert.ok(fields.length > 5);
  assert.deepEqual(fields.filter((field) => !text.includes(`\`${field}\``)), []);
});
