import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelInfo, RepoFile } from "../../../core/hub/model.ts";
import { compareUpstream } from "../../../core/library/compare_upstream.ts";
import { UpdateTarget } from "../../../core/operations/update_target.ts";
import { fileFacts } from "../../../core/platform/directory.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { sha256 } from "../library/library_fixture.ts";
import { openOperations } from "./operation_fixture.ts";

const REPO = "acme/m";
const NEW = "d".repeat(40);
const OLD_FILES = { "m-Q8_0.gguf": "old weights", "README.md": "old text", "config.json": "{}" };

function remote(path: string, data: string): RepoFile {
  return { path, sizeBytes: data.length, digest: { algorithm: "sha256", hex: sha256(data) } };
}

/** A target for an update to these files, with a way to hand it what was fetched. */
async function openTarget(dir: TempDir, files: Readonly<Record<string, string>>, removed?: string) {
  const fixture = openOperations(dir);
  await fixture.files.add(REPO, OLD_FILES);
  const entry = await fixture.files.entry(REPO);
  const all = Object.entries({ ...OLD_FILES, ...files })
    .filter(([path]) => path !== removed)
    .map(([path, data]) => remote(path, data));
  const comparison = compareUpstream(entry, { files: all });
  const info = { repo: "acme/renamed", revision: "main", commit: NEW, files: all } as unknown as ModelInfo;
  const target = new UpdateTarget(fixture.context, { entry, info, comparison, revision: "main" });
  const read = (path: string): Promise<string> => readFile(dir.join(REPO, path), "utf8");
  return {
    fixture,
    target,
    read,
    path: (path: string) => dir.join(REPO, path),
    /** As a transfer does it. */
    async publish(path: string): Promise<string> {
      const stagedPath = join(target.partialFolder, `staged-${path}`);
      await dir.write(stagedPath.slice(dir.path.length + 1), files[path] ?? "");
      const seen = await fileFacts(dir.join(REPO, path));
      await target.publish(path, { stagedPath, replace: true, seen });
      return stagedPath;
    },
    async register(): Promise<void> {
      await target.register(comparison.changed.map((file) => ({
        ...file,
        digest: file.digest ?? { algorithm: "sha256", hex: "" },
        hasPieces: false,
      })));
    },
    [Symbol.dispose]: () => fixture[Symbol.dispose](),
  };
}

Deno.test("UpdateTarget replaces nothing before all is there, then everything, in the folder of the old name", async () => {
  await using dir = await makeTempDir();
  using place = await openTarget(dir, { "m-Q8_0.gguf": "new weights!", "README.md": "new text" });
  await place.publish("m-Q8_0.gguf");
  assert.equal(await place.read("m-Q8_0.gguf"), "old weights");
  await place.publish("README.md");
  assert.equal(await place.read("README.md"), "old text");
  await place.register();
  assert.deepEqual([await place.read("m-Q8_0.gguf"), await place.read("README.md")], [
    "new weights!",
    "new text",
  ]);
  const { metadata } = await place.fixture.files.entry(REPO);
  assert.equal(metadata.commit, NEW);
  assert.deepEqual(metadata.files.map(({ path, commit, sha256 }) => [path, commit, sha256]), [
    ["m-Q8_0.gguf", NEW, sha256("new weights!")],
    ["README.md", NEW, sha256("new text")],
    ["config.json", NEW, sha256("{}")],
  ]);
});

Deno.test("UpdateTarget replaces none of the files when somebody has changed one of them meanwhile", async () => {
  await using dir = await makeTempDir();
  using place = await openTarget(dir, { "m-Q8_0.gguf": "new weights!", "README.md": "new text" });
  await place.publish("m-Q8_0.gguf");
  await place.publish("README.md");
  await writeFile(place.path("README.md"), "my own notes on it");
  await assert.rejects(place.register(), { code: "FAILED", message: /in the way: ".*README\.md"/ });
  assert.deepEqual([await place.read("m-Q8_0.gguf"), await place.read("README.md")], [
    "old weights",
    "my own notes on it",
  ]);
  assert.notEqual((await place.fixture.files.entry(REPO)).metadata.commit, NEW);
});

Deno.test("UpdateTarget.release() takes small files away that nobody would find again", async () => {
  await using dir = await makeTempDir();
  using place = await openTarget(dir, { "README.md": "new text" });
  const staged = await place.publish("README.md");
  assert.ok(await fileFacts(staged));
  await place.target.release();
  assert.equal(await fileFacts(staged), undefined);
  assert.equal(await place.read("README.md"), "old text");
});

Deno.test("UpdateTarget deletes old weights when their successor is in its place and recorded, not before", async () => {
  await using dir = await makeTempDir();
  using place = await openTarget(dir, { "M.Q8_0.gguf": "new weights!" }, "m-Q8_0.gguf");
  const staged = await place.publish("M.Q8_0.gguf");
  assert.equal(await place.read("m-Q8_0.gguf"), "old weights");
  await rm(staged);
  await assert.rejects(place.register());
  assert.equal(await place.read("m-Q8_0.gguf"), "old weights", "there is no new one");
  assert.equal(place.target.removal === undefined, true);
  await writeFile(staged, "new weights!");
  await place.register();
  assert.equal(await fileFacts(place.path("m-Q8_0.gguf")), undefined);
  assert.deepEqual(place.target.removal?.paths, ["m-Q8_0.gguf"]);
  const { metadata } = await place.fixture.files.entry(REPO);
  assert.deepEqual(metadata.files.map((file) => file.path), ["README.md", "config.json", "M.Q8_0.gguf"]);
});

Deno.test("UpdateTarget says that old weights could not be removed, and the update is done all the same", async () => {
  await using dir = await makeTempDir();
  using place = await openTarget(dir, { "M.Q8_0.gguf": "new weights!" }, "m-Q8_0.gguf");
  await place.publish("M.Q8_0.gguf");
  place.fixture.context.library.removeReplaced = () => Promise.reject(new Error("The disk says no"));
  await place.register();
  assert.deepEqual(place.fixture.notices, [
    'Old weights of "acme/m:Q8_0" could not be removed: The disk says no',
  ]);
  assert.equal((await place.fixture.files.entry(REPO)).metadata.commit, NEW);
});

Deno.test("UpdateTarget gives a file its place at once when another large one has the same contents", async () => {
  await using dir = await makeTempDir();
  const large = "x".repeat(2_000_000);
  using place = await openTarget(dir, { "m-Q8_0.gguf": large, "config.json": large, "README.md": "new" });
  assert.deepEqual(["m-Q8_0.gguf", "config.json", "README.md"].map((path) => place.target.holds(path)), [
    false,
    false,
    true,
  ]);
  await place.publish("m-Q8_0.gguf");
  assert.equal(await place.read("m-Q8_0.gguf"), large);
});
