import assert from "node:assert/strict";
import { utimes, writeFile } from "node:fs/promises";
import type { ModelEntry } from "../../../core/library/model_entry.ts";
import { fileFacts } from "../../../core/platform/directory.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { LibraryFixture, sha256 } from "./library_fixture.ts";

const OLD = ["m-Q4_K_M-00001-of-00002.gguf", "m-Q4_K_M-00002-of-00002.gguf"] as const;
const NEW = "m-Q4_K_M.gguf";
const MODEL_ID = "acme/m:Q4_K_M";

/** A library in which an update has cut the weights of a model into other shards, and nothing more. */
async function openUpdated(dir: TempDir): Promise<LibraryFixture> {
  const fixture = new LibraryFixture(dir);
  await fixture.add("acme/m", { [OLD[0]]: "old one", [OLD[1]]: "old two", "README.md": "read me" });
  await dir.write(`acme/m/${NEW}`, "new weights");
  const digest = { algorithm: "sha256", hex: sha256("new weights") } as const;
  await fixture.library.recordUpdate({
    modelId: MODEL_ID,
    repo: "acme/m",
    revision: "main",
    commit: "d".repeat(40),
    files: [{ path: NEW, sizeBytes: 11, digest }],
    same: [],
  });
  return fixture;
}

function paths(entry: ModelEntry): string[] {
  return entry.metadata.files.map((file) => file.path).sort();
}

Deno.test("Library.removeReplaced() deletes old weights, and takes them out of their entry", async () => {
  await using dir = await makeTempDir();
  const fixture = await openUpdated(dir);
  const { library } = fixture;
  const removal = await library.removeReplaced({ modelId: MODEL_ID, paths: OLD });
  assert.deepEqual([...removal.paths].sort(), OLD);
  assert.ok(removal.bytesFreed > 0);
  assert.deepEqual(paths(await fixture.entry(MODEL_ID)), ["README.md", NEW]);
  for (const path of OLD) assert.equal(await fileFacts(dir.join("acme/m", path)), undefined);
  assert.ok(await fileFacts(dir.join("acme/m", NEW)));
  const again = await library.removeReplaced({ modelId: MODEL_ID, paths: OLD });
  assert.deepEqual(again, { paths: [], bytesFreed: 0 });
});

Deno.test("Library.removeReplaced() leaves what was put there by hand, or changed, with its record", async () => {
  await using dir = await makeTempDir();
  const fixture = await openUpdated(dir);
  const { library } = fixture;
  await library.registry.update((entries) =>
    entries.map((each) => ({
      ...each,
      metadata: {
        ...each.metadata,
        files: each.metadata.files.map((file) =>
          file.path === OLD[0] ? { ...file, commit: "unknown" } : file
        ),
      },
    }))
  );
  await writeFile(dir.join("acme/m", OLD[1]), "my own!");
  await utimes(dir.join("acme/m", OLD[1]), new Date(4e12), new Date(4e12));
  const removal = await library.removeReplaced({ modelId: MODEL_ID, paths: OLD });
  assert.deepEqual(removal, { paths: [], bytesFreed: 0 });
  assert.deepEqual(paths(await fixture.entry(MODEL_ID)), ["README.md", ...OLD, NEW]);
  for (const path of OLD) assert.ok(await fileFacts(dir.join("acme/m", path)), path);
});

Deno.test("Library.removeReplaced() leaves files on the disk that another model has, too", async () => {
  await using dir = await makeTempDir();
  const fixture = await openUpdated(dir);
  const { library } = fixture;
  await library.registry.update((entries) => {
    const [first] = entries;
    if (first === undefined) return entries;
    const files = first.metadata.files.filter((file) => file.path === OLD[0]);
    return [...entries, { ...first, modelId: "acme/m:other", metadata: { ...first.metadata, files } }];
  });
  const removal = await library.removeReplaced({ modelId: MODEL_ID, paths: OLD });
  assert.deepEqual(removal.paths, [OLD[1]]);
  assert.ok(await fileFacts(dir.join("acme/m", OLD[0])));
  const entries = await library.entries();
  assert.deepEqual(entries.map(paths), [["README.md", NEW], [OLD[0]]]);
});
