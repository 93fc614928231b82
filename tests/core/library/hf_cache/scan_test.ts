import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { scanHfCache, scanHfRepo } from "../../../../core/library/hf_cache/scan.ts";
import { makeTempDir } from "../../../support/temp_dir.ts";
import { FIRST, HfCacheFixture, SECOND, sha256 } from "./hf_cache_fixture.ts";

const LINKS = { ignore: Deno.build.os === "windows" };

Deno.test("scanHfCache() takes a directory that does not exist for an empty cache", async () => {
  await using dir = await makeTempDir();
  const cache = await scanHfCache(dir.join("none"));
  assert.deepEqual([cache.exists, cache.repos, cache.warnings, cache.sizeBytes], [false, [], [], 0]);
});

Deno.test(
  "scanHfCache() finds repositories, revisions and files, and counts shared bytes once",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const fixture = new HfCacheFixture(dir);
    await fixture.add("models--acme--m", FIRST, { "a.bin": "12345", "sub/b.json": "{}" }, [
      "main",
      "refs/pr/1",
    ]);
    await fixture.add("models--acme--m", SECOND, { "a.bin": "12345", "c.txt": "new" });
    await fixture.add("datasets--acme--d", FIRST, { "d.csv": "1,2" }, ["main"]);
    await fixture.write(".locks/models--acme--m/x.lock", "");
    await fixture.write("CACHEDIR.TAG", "tag");
    await fixture.write("models--acme--m/.no_exist/x/y", "");
    const cache = await scanHfCache(fixture.directory);
    assert.deepEqual(cache.warnings, []);
    assert.deepEqual(cache.repos.map(({ kind, repo }) => `${kind} ${repo}`), [
      "dataset acme/d",
      "model acme/m",
    ]);
    const model = cache.repos[1];
    assert.deepEqual(model?.revisions.map(({ commit, refs }) => ({ commit, refs })), [
      { commit: FIRST, refs: ["main", "refs/pr/1"] },
      { commit: SECOND, refs: [] },
    ]);
    assert.equal(model?.sizeBytes, 5 + 2 + 3);
    assert.equal(cache.sizeBytes, 5 + 2 + 3 + 3);
    const [a, b] = model?.revisions[0]?.files ?? [];
    assert.equal(a?.digest?.hex, sha256("12345"));
    assert.equal(a?.blobPath, fixture.join("models--acme--m", "blobs", sha256("12345")));
    assert.equal(b?.path, "sub/b.json");
    assert.deepEqual((await scanHfRepo(fixture.directory, "acme/m"))?.revisions, model?.revisions);
    assert.equal(await scanHfRepo(fixture.directory, "acme/none"), undefined);
  },
);

Deno.test("scanHfCache() says what is damaged, and lists the rest", LINKS, async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  await fixture.add("models--acme--m", FIRST, { "a.bin": "12345", "b.bin": "678" }, ["main"]);
  await rm(fixture.join("models--acme--m", "blobs", sha256("678")));
  await fixture.write("models--acme--m/refs/old", SECOND);
  await fixture.write("models--acme--m/snapshots/stray", "x");
  await fixture.write("models--acme--m/snapshots/.DS_Store", "x");
  await fixture.write(`models--acme--m/blobs/${"e".repeat(64)}.0123abcd.incomplete`, "12");
  await fixture.write(`models--acme--m/blobs/${"f".repeat(64)}.downloadInProgress`, "1");
  await fixture.write("models--acme--empty/blobs/x", "");
  await mkdir(fixture.join("somebody's own"));
  const cache = await scanHfCache(fixture.directory);
  assert.deepEqual(cache.warnings.map(({ kind }) => kind).sort(), [
    "missing-bytes",
    "missing-commit",
    "no-snapshots",
    "stray-file",
    "unknown-name",
  ]);
  const model = cache.repos.find(({ repo }) => repo === "acme/m");
  assert.deepEqual(model?.revisions[0]?.files.map(({ path, realPath }) => [path, realPath !== undefined]), [
    ["a.bin", true],
    ["b.bin", false],
  ]);
  assert.deepEqual(cache.incomplete.map(({ sizeBytes, lockPath }) => [sizeBytes, lockPath]), [
    [2, fixture.join(".locks", "models--acme--m", `${"e".repeat(64)}.lock`)],
    [1, fixture.join(".locks", "models--acme--m", `${"f".repeat(64)}.lock`)],
  ]);
});

Deno.test(
  "scanHfCache() follows links into the shared store, and counts what is in it once",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const fixture = new HfCacheFixture(dir);
    const hex = sha256("12345");
    await fixture.add("models--acme--m", FIRST, { "a.bin": "12345" }, ["main"]);
    await fixture.add("models--acme--n", FIRST, { "a.bin": "12345" }, ["main"]);
    const payload = await fixture.share("models--acme--m", hex, "ab".repeat(32));
    await fixture.share("models--acme--n", hex, "ab".repeat(32));
    const cache = await scanHfCache(fixture.directory);
    assert.deepEqual([cache.warnings, cache.sizeBytes, cache.shared.length], [[], 5, 1]);
    const file = cache.repos[0]?.revisions[0]?.files[0];
    assert.equal(file?.realPath, payload);
    assert.equal(file?.digest?.hex, hex);
    await rm(fixture.join("blobs", ".huggingface-shared-blobs"));
    const unmarked = await scanHfCache(fixture.directory);
    assert.deepEqual(
      unmarked.warnings.map(({ kind }) => kind),
      ["unknown-name"],
      "without its mark it is somebody's own",
    );
  },
);

Deno.test("scanHfCache() takes real files in snapshots, whose names say nothing of their bytes", async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  await fixture.write(`models--acme--m/snapshots/${FIRST}/${"a".repeat(64)}`, "12345");
  const cache = await scanHfCache(fixture.directory);
  assert.deepEqual(cache.repos[0]?.revisions[0]?.files[0]?.digest, undefined);
  assert.equal(cache.sizeBytes, 5);
});
