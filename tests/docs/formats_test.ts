import assert from "node:assert/strict";
import { ModelManagerError } from "../../core/base/errors.ts";
import { formatJournal, parseJournal } from "../../core/download/journal.ts";
import { readManifest } from "../../core/library/manifest.ts";
import { formatLock, readLock } from "../../core/library/manifest_lock.ts";
import { decodeRegistry, encodeRegistry, REGISTRY_VERSION } from "../../core/library/registry_document.ts";

const PAGE = new URL("../../docs/formats.md", import.meta.url);

/** The JSON examples of the page, by the headings above them. */
async function examples(): Promise<ReadonlyMap<string, readonly string[]>> {
  const page = await Deno.readTextFile(PAGE);
  return new Map(
    page.split(/^## /m).slice(1).map((section) => [
      section.slice(0, section.indexOf("\n")),
      [...section.matchAll(/^```json\n([^]*?)^```$/gm)].map(([, text = ""]) => text),
    ]),
  );
}

async function example(title: string, index = 0): Promise<string> {
  const text = (await examples()).get(title)?.[index];
  assert.ok(text !== undefined, `docs/formats.md has no JSON below "${title}"`);
  return text;
}

Deno.test("docs/formats.md shows a registry that is one, to the last field", async () => {
  const text = await example(`registry.json, version ${REGISTRY_VERSION}`);
  const document = decodeRegistry(text, "registry.json");
  assert.deepEqual(document.problems, []);
  assert.equal(document.models.length, 1);
  assert.deepEqual(JSON.parse(encodeRegistry(document)), JSON.parse(text));
});

Deno.test("docs/formats.md shows a journal that is one, to the last field", async () => {
  const text = await example("Journal, version 1");
  const journal = parseJournal(text);
  assert.ok(journal !== undefined);
  assert.deepEqual(JSON.parse(formatJournal(journal)), JSON.parse(text));
});

Deno.test("docs/formats.md shows a manifest and its lock, to the last field", async () => {
  const title = "models.json and models.lock.json";
  const { manifest, problems } = readManifest(await example(title));
  assert.deepEqual(problems, []);
  assert.deepEqual(manifest?.models.map(({ name }) => name), ["org/name-GGUF:Q4_K_M"]);
  const text = await example(title, 1);
  const lock = readLock(text);
  assert.deepEqual(lock.problems, []);
  assert.deepEqual(JSON.parse(formatLock(lock.models ?? [])), JSON.parse(text));
});

Deno.test("what docs/formats.md says of newer versions is so", () => {
  const newer = JSON.stringify({ version: REGISTRY_VERSION + 1, models: [] });
  assert.throws(() => decodeRegistry(newer, "registry.json"), ModelManagerError);
  assert.equal(readLock(JSON.stringify({ version: 2, models: [] })).newerVersion, 2);
});
