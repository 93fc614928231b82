import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../arch/source_scan.ts";
import { allDocuments, inlineCode } from "./document_set.ts";

const ROOM = /^(?:\.ci|bench|cli|core|packaging|tests|workers)\/[\w./-]*$/;
/** Stand for names that are to be chosen. */
const EXAMPLES: ReadonlySet<string> = new Set(["core/x/y.ts", "tests/core/x/y_test.ts"]);

/** Whether there is a file, a folder, or a file whose ending was left out. */
function isThere(path: string): boolean {
  return ["", ".ts", ".tsx"].some((ending) => existsSync(join(ROOT, path + ending)));
}

Deno.test("every path of the source tree that the documents name is there", () => {
  const wrong = allDocuments().flatMap((document) =>
    inlineCode(document).filter((code) => ROOM.test(code) && !EXAMPLES.has(code) && !isThere(code))
      .map((code) => `${document.path}: ${code}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("every deno task that the documents name is there", () => {
  const { tasks } = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
  const wrong = allDocuments().flatMap(({ path, text }) =>
    [...text.matchAll(/\bdeno(?:@[\d.]+)? task ([a-z]+)/g)].map(([, name = ""]) => name)
      .filter((name) => !(name in tasks)).map((name) => `${path}: deno task ${name}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("CONTRIBUTING.md tells every deno task, but the one that is the program", () => {
  const { tasks } = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
  const text = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  assert.deepEqual(Object.keys(tasks).filter((name) => !new RegExp(`deno task ${name}\\b`).test(text)), []);
});

Deno.test("docs/architecture.md draws every room of core/", () => {
  const drawing = /```text\n([^]*?)```/.exec(readFileSync(join(ROOT, "docs/architecture.md"), "utf8"))?.[1];
  const missing = readdirSync(join(ROOT, "core")).map((name) => `core/${name}`)
    .filter((room) => drawing?.includes(room) !== true);
  assert.deepEqual(missing, []);
});
