import assert from "node:assert/strict";
import { link, lstat, mkdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type HfFileState,
  HfSnapshotWriter,
  type HfWantedFile,
} from "../../../../core/library/hf_cache/snapshot_writer.ts";
import { scanHfCache } from "../../../../core/library/hf_cache/scan.ts";
import { makeTempDir, type TempDir } from "../../../support/temp_dir.ts";
import { FIRST, HfCacheFixture, SECOND, sha256 } from "./hf_cache_fixture.ts";

const LINKS = { ignore: Deno.build.os === "windows" };

function wanted(path: string, data: string): HfWantedFile {
  return { path, sizeBytes: data.length, digest: { algorithm: "sha256", hex: sha256(data) } };
}

async function isSame(path: string, data: string): Promise<boolean> {
  return await readFile(path, "utf8").catch(() => undefined) === data;
}

/** A writer, and putting a file with it. */
function open(dir: TempDir, options: { readonly symlinks?: boolean; readonly commit?: string } = {}) {
  const { symlinks = true, commit = FIRST } = options;
  const writer = new HfSnapshotWriter({ directory: dir.join("hub"), symlinks }, { repo: "acme/m", commit });
  return {
    writer,
    put: async (path: string, data: string, how: { readonly replace?: boolean } = {}): Promise<string> => {
      const stagedPath = dir.join("hub", `staged-${crypto.randomUUID()}`);
      await mkdir(dirname(stagedPath), { recursive: true });
      await writeFile(stagedPath, data);
      const file = wanted(path, data);
      const put = await writer.put(file, { stagedPath, isSame: (where) => isSame(where, data), ...how });
      await assert.rejects(stat(stagedPath), "nothing stays where it was gathered");
      return put;
    },
    state: (path: string, data: string): Promise<HfFileState> => writer.stateOf(wanted(path, data)),
  };
}

Deno.test(
  "HfSnapshotWriter puts bytes under their digest, a relative link, and the ref last",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const { writer, put, state } = open(dir);
    assert.equal(await state("sub/a.bin", "12345"), "nothing");
    const path = await put("sub/a.bin", "12345");
    assert.equal(await readlink(path), `../../../blobs/${sha256("12345")}`);
    assert.equal(await readFile(path, "utf8"), "12345");
    assert.equal(await state("sub/a.bin", "12345"), "complete");
    assert.equal(await state("other.bin", "12345"), "blob", "the same bytes under another name");
    assert.equal(
      await writer.point(wanted("other.bin", "12345"), { isSame: () => Promise.resolve(true) }),
      true,
    );
    assert.equal(
      await writer.point(wanted("other.bin", "12345"), { isSame: () => Promise.resolve(true) }),
      false,
    );
    await assert.rejects(readFile(dir.join("hub", "models--acme--m", "refs", "main")));
    await writer.finish("main");
    await writer.finish("refs/pr/1");
    await writer.finish(FIRST);
    const cache = await scanHfCache(dir.join("hub"));
    assert.deepEqual(cache.repos[0]?.revisions.map(({ refs }) => refs), [["main", "refs/pr/1"]]);
    assert.equal(await readFile(dir.join("hub", "models--acme--m", "refs", "main"), "utf8"), FIRST);
    assert.deepEqual(cache.warnings, []);
  },
);

Deno.test("HfSnapshotWriter.finish() moves a branch to the new commit", LINKS, async () => {
  await using dir = await makeTempDir();
  const first = open(dir);
  await first.put("a.bin", "old");
  await first.writer.finish("main");
  const second = open(dir, { commit: SECOND });
  await second.put("a.bin", "new");
  await second.writer.finish("main");
  const { repos: [repo] } = await scanHfCache(dir.join("hub"));
  assert.deepEqual(repo?.revisions.map(({ commit, refs }) => [commit, refs]), [[SECOND, ["main"]], [
    FIRST,
    [],
  ]]);
});

Deno.test("HfSnapshotWriter makes real files where links are not wanted", async () => {
  await using dir = await makeTempDir();
  const { put, state, writer } = open(dir, { symlinks: false });
  const path = await put("a.bin", "12345");
  assert.equal((await lstat(path)).isFile(), true);
  assert.equal(await state("a.bin", "12345"), "foreign", "only hashing tells what a real file is");
  // What was put there with links gets a name that is no link.
  await mkdir(dirname(writer.blobPath(wanted("b.bin", "678").digest)), { recursive: true });
  await writeFile(writer.blobPath(wanted("b.bin", "678").digest), "678");
  await writer.point(wanted("b.bin", "678"), { isSame: () => Promise.resolve(true) });
  assert.equal((await lstat(writer.pathOf("b.bin"))).isFile(), true);
  await writer.finish("main");
  assert.deepEqual((await scanHfCache(dir.join("hub"))).warnings, []);
});

Deno.test("HfSnapshotWriter sets wrong links right, and leaves what is somebody's own", LINKS, async () => {
  await using dir = await makeTempDir();
  const { put, state, writer } = open(dir);
  const path = await put("a.bin", "12345");
  await rm(writer.blobPath(wanted("a.bin", "12345").digest));
  assert.equal(await state("a.bin", "12345"), "wrong", "its bytes are gone");
  await put("a.bin", "12345", { replace: true });
  assert.equal(await state("a.bin", "12345"), "complete");
  await writeFile(writer.blobPath(wanted("a.bin", "12345").digest), "123");
  assert.equal(await state("a.bin", "12345"), "wrong", "its bytes are cut");
  await put("a.bin", "12345", { replace: true });
  await rm(path);
  await symlink("../../blobs/other", path);
  assert.equal(await state("a.bin", "12345"), "wrong", "it leads to other bytes of the cache");
  await put("a.bin", "12345");
  assert.equal(await state("a.bin", "12345"), "complete");
  await rm(path);
  await writeFile(path, "mine!");
  assert.equal(await state("a.bin", "12345"), "foreign");
  await assert.rejects(
    writer.put(wanted("a.bin", "12345"), {
      stagedPath: await dir.write("hub/staged", "12345").then(() => dir.join("hub", "staged")),
      isSame: (where) => isSame(where, "12345"),
    }),
    { code: "FAILED", message: /A different file is in the way/ },
  );
  assert.equal(await readFile(path, "utf8"), "mine!");
  await put("a.bin", "12345", { replace: true });
  assert.equal((await lstat(path)).isSymbolicLink(), true);
});

Deno.test(
  "HfSnapshotWriter keeps a link into the shared store, and never writes through it",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const { put, state } = open(dir);
    await put("a.bin", "12345");
    const fixture = new HfCacheFixture(dir);
    const hex = sha256("12345");
    const payload = await fixture.share("models--acme--m", hex, "ab".repeat(32));
    const blob = fixture.join("models--acme--m", "blobs", hex);
    assert.equal(await state("a.bin", "12345"), "complete");
    await put("a.bin", "12345");
    assert.equal((await lstat(blob)).isSymbolicLink(), true, "the same bytes: it stays");
    await writeFile(payload, "wrong");
    await put("a.bin", "12345", { replace: true });
    assert.equal((await lstat(blob)).isFile(), true);
    assert.equal(await readFile(blob, "utf8"), "12345");
    assert.equal(await readFile(payload, "utf8"), "wrong");
  },
);

Deno.test(
  "HfSnapshotWriter takes a file that has another name elsewhere without copying it",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    await dir.write("library/a.bin", "12345");
    const { writer } = open(dir);
    const stagedPath = dir.join("hub", "staged");
    await mkdir(dir.join("hub"));
    await link(dir.join("library", "a.bin"), stagedPath);
    const path = await writer.put(wanted("a.bin", "12345"), {
      stagedPath,
      isSame: () => Promise.resolve(true),
    });
    assert.equal((await stat(path)).ino, (await stat(dir.join("library", "a.bin"))).ino);
  },
);

Deno.test("HfSnapshotWriter.lock() excludes others, and not itself", async () => {
  await using dir = await makeTempDir();
  const [first, second] = [open(dir), open(dir)];
  const { digest } = wanted("a.bin", "12345");
  await using _lock = await first.writer.lock(digest, { waitMs: 0 });
  await assert.rejects(second.writer.lock(digest, { waitMs: 0 }), { code: "LOCKED" });
  await first.put("a.bin", "12345");
  await assert.rejects(
    second.writer.lock(digest, { waitMs: 0 }),
    { code: "LOCKED" },
    "putting does not free it",
  );
});

Deno.test("HfSnapshotWriter refuses paths and names that lead elsewhere", async () => {
  await using dir = await makeTempDir();
  const { writer } = open(dir);
  assert.throws(() => writer.pathOf("../../x"), { code: "FAILED" });
  await writer.finish("../../../evil");
  await assert.rejects(stat(dir.join("evil")));
});

Deno.test(
  "HfSnapshotWriter leaves nothing staged that is the same file as what is there",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const { writer, put } = open(dir);
    const path = await put("a.bin", "12345");
    const stagedPath = dir.join("hub", "staged");
    await link(writer.blobPath(wanted("a.bin", "12345").digest), stagedPath);
    await writer.put(wanted("a.bin", "12345"), {
      stagedPath,
      isSame: () => Promise.resolve(true),
      replace: true,
    });
    await assert.rejects(stat(stagedPath));
    assert.equal(await readFile(path, "utf8"), "12345");
  },
);
