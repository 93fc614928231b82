/**
 * Links of the documents lead somewhere, every page can be found, and `mm help` has every page.
 *
 * @module
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { COMMANDS } from "../../cli/command_list.ts";
import { anchorOf } from "../../cli/help/markdown.ts";
import { findTopic, topicOfFile, TOPICS } from "../../cli/help/topic_list.ts";
import { ROOT } from "../arch/source_scan.ts";
import { allDocuments, type Document, documentOf, spansOf } from "./document_set.ts";

function anchorsOf(document: Document): ReadonlySet<string> {
  const used = new Set<string>();
  for (const block of document.blocks) if (block.kind === "heading") anchorOf(block.text, used);
  return used;
}

interface Link {
  /** Below the root. */
  readonly path: string;
  readonly anchor: string;
  readonly target: string;
}

/** The links within the project. */
function linksOf(document: Document): readonly Link[] {
  return spansOf(document).flatMap(({ kind, target = "" }) => {
    if (kind !== "link" || /^[a-z]+:/i.test(target)) return [];
    const [file = "", anchor = ""] = target.split("#");
    const path = file === "" ? document.path : posix.join(posix.dirname(document.path), decodeURI(file));
    return [{ path, anchor, target }];
  });
}

function brokenLinks(document: Document, all: readonly Document[]): string[] {
  return linksOf(document).flatMap(({ path, anchor, target }) => {
    if (path.startsWith("..") || (path !== document.path && !existsSync(join(ROOT, path)))) {
      return [`${document.path}: there is no ${target}`];
    }
    if (anchor === "") return [];
    const aim = [document, ...all].find((one) => one.path === path);
    const isThere = aim !== undefined && anchorsOf(aim).has(anchor);
    return isThere ? [] : [`${document.path}: nothing in ${path} is called #${anchor}`];
  });
}

const documents = allDocuments();

Deno.test("every relative link and every anchor of the documents leads somewhere", () => {
  assert.deepEqual(documents.flatMap((document) => brokenLinks(document, documents)), []);
  assert.ok(documents.flatMap(linksOf).length > 20);
});

Deno.test("a link to a file or a heading that is not there is found", () => {
  const page = documentOf(
    "docs/a.md",
    "# One `two`\n\n## One\n\n## One\n\n[a](none.md) [b](#one-two) [c](#one-1) [d](#nothing) [e](https://x.example/y) [f](../mod.ts) [g](errors.md#failed)",
  );
  assert.deepEqual(brokenLinks(page, documents), [
    "docs/a.md: there is no none.md",
    "docs/a.md: nothing in docs/a.md is called #nothing",
  ]);
});

Deno.test("every page of docs/ can be reached from README.md or docs/README.md", () => {
  const found = new Set(["README.md", "docs/README.md"]);
  for (const path of found) {
    const document = documents.find((one) => one.path === path);
    for (const link of document === undefined ? [] : linksOf(document)) found.add(link.path);
  }
  const lost = documents.map(({ path }) => path).filter((path) =>
    path.startsWith("docs/") && !found.has(path)
  );
  assert.deepEqual(lost, [], "name them in docs/README.md");
});

Deno.test("every page of docs/ is a topic of mm help: add it to cli/help/topic_list.ts", () => {
  const pages = documents.map(({ path }) => path)
    .filter((path) => /^docs\/[^/]+\.md$/.test(path) && path !== "docs/README.md");
  assert.deepEqual(pages.filter((path) => topicOfFile(path.slice("docs/".length)) === undefined), []);
});

Deno.test("topics have names of their own, and every one is the page it says", async () => {
  const names = TOPICS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), []);
  // A command of that name comes first; its page is found with .md.
  const hidden = TOPICS.flatMap(({ aliases = [] }) => aliases)
    .filter((name) => COMMANDS.some((command) => command.name === name || command.alias === name));
  assert.deepEqual(hidden, []);
  for (const { name, file, section, summary, load } of TOPICS) {
    const document = documents.find(({ path }) => path === `docs/${file}`);
    const { default: text } = await load();
    assert.equal(text, document?.text, name);
    if (section !== undefined) assert.match(text, new RegExp(`^## ${section}$`, "m"), name);
    assert.match(summary, /^[^A-Z].*[^.]$/, `the summary of ${name} is part of a list`);
    assert.equal(findTopic(name.toUpperCase().replaceAll("-", "_"))?.name, name);
  }
});
