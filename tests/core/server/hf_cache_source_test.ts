import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { systemClock } from "../../../core/base/clock.ts";
import { FileProofs } from "../../../core/server/file_proof.ts";
import { HfCacheSource } from "../../../core/server/hf_cache_source.ts";
import { combineSources } from "../../../core/server/combined_source.ts";
import { TestClock } from "../../support/test_clock.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { inProcessHash } from "./hash_in_process.ts";

const COMMIT = "d".repeat(40);

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Writes what Python writes. */
async function writeCache(
  dir: TempDir,
  files: Readonly<Record<string, { readonly text: string; readonly blob?: string }>>,
): Promise<void> {
  const repo = "models--acme--cached";
  await dir.write(`${repo}/refs/main`, COMMIT);
  for (const [path, { text, blob = sha256(text) }] of Object.entries(files)) {
    await dir.write(`${repo}/blobs/${blob}`, text);
    const link = dir.join(`${repo}/snapshots/${COMMIT}/${path}`);
    await mkdir(dirname(link), { recursive: true });
    await symlink(`${"../".repeat(path.split("/").length + 1)}blobs/${blob}`, link);
  }
}

function open(dir: TempDir, isPrivate = false): HfCacheSource {
  return new HfCacheSource({
    directory: dir.path,
    proofs: new FileProofs({ clock: new TestClock({ autoAdvance: true }), hashFile: inProcessHash }),
    clock: systemClock,
    private: isPrivate,
  });
}

const address = (path: string) => ({ repo: "acme/cached", commit: COMMIT, path });

Deno.test({
  name: "HfCacheSource shows what Python has downloaded",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await makeTempDir();
    await writeCache(dir, { "model.gguf": { text: "weights" }, "sub/config.json": { text: "{}" } });
    const source = open(dir);
    assert.deepEqual((await source.models()).map(({ id }) => id), ["acme/cached"]);
    assert.equal(await source.commit("acme/cached", "main"), COMMIT);
    assert.equal(await source.commit("acme/cached", "other"), undefined);
    assert.equal((await source.refs("acme/cached")).branches[0]?.targetCommit, COMMIT);
    const files = await source.files(address(""));
    assert.deepEqual(files.map(({ path }) => path), ["model.gguf", "sub/config.json"]);
    assert.equal((await files[0]?.digest())?.hex, sha256("weights"));
    assert.equal(await files[0]?.unavailable?.("send"), undefined);
    const stream = await source.open(address("model.gguf"), { start: 1, end: 4 });
    assert.equal(await new Response(stream).text(), "eig");
    assert.equal((await open(dir, true).model("acme/cached"))?.private, true);
  },
});

Deno.test({
  name: "HfCacheSource gives nothing away that its name does not promise",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await makeTempDir();
    await writeCache(dir, { "bad.gguf": { text: "other", blob: "e".repeat(64) } });
    const source = open(dir);
    const [file] = await source.files(address(""));
    assert.equal((await file?.unavailable?.("send"))?.status, 410);
    await assert.rejects(source.open(address("bad.gguf"), { start: 0, end: 5 }), { status: 410 });
  },
});

Deno.test({
  name: "combineSources() takes each file from the first source that can give it",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using first = await makeTempDir();
    await using second = await makeTempDir();
    await writeCache(first, { "a.gguf": { text: "a" }, "b.gguf": { text: "wrong", blob: sha256("right") } });
    await writeCache(second, { "b.gguf": { text: "right" }, "c.gguf": { text: "c" } });
    const damaged = open(first);
    const source = combineSources(damaged, open(second));
    const before = await damaged.files(address(""));
    await before[1]?.unavailable?.("send");
    const files = await source.files(address(""));
    assert.deepEqual(files.map(({ path }) => path), ["a.gguf", "b.gguf", "c.gguf"]);
    await files[1]?.unavailable?.("send");
    const stream = await source.open(address("b.gguf"), { start: 0, end: 5 });
    assert.equal(await new Response(stream).text(), "right");
    assert.deepEqual((await source.models()).map(({ id }) => id), ["acme/cached"]);
    assert.equal((await source.refs("acme/cached")).branches.length, 1);
    assert.equal(await source.isPartial(address("")), true);
    await assert.rejects(source.open(address("none"), { start: 0, end: 1 }), { status: 404 });
  },
});

Deno.test("HfCacheSource of a folder that is not there has nothing", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("file"), "");
  const source = new HfCacheSource({
    directory: dir.join("none"),
    proofs: new FileProofs({ clock: new TestClock({ autoAdvance: true }), hashFile: inProcessHash }),
    clock: systemClock,
    private: false,
  });
  assert.deepEqual(await source.models(), []);
});
