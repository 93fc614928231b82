import assert from "node:assert/strict";
import { link, mkdir, open, readdir, writeFile } from "node:fs/promises";
import {
  announceRun,
  bytesToCome,
  claimedBytes,
  type ClaimedFile,
} from "../../../core/operations/run_claim.ts";
import { diskOf } from "../../../core/platform/disk_space.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { openOperations } from "./operation_fixture.ts";

const SIZE = 5_000_000;

function wanted(dir: TempDir, name: string, sizeBytes = SIZE): ClaimedFile {
  return {
    stagedPath: dir.join("acme", name, ".cache", `${name}.part`),
    finalPath: dir.join("acme", name, `${name}.gguf`),
    sizeBytes,
  };
}

function query(change: Partial<Parameters<typeof claimedBytes>[1]> = {}): Parameters<typeof claimedBytes>[1] {
  return { folders: [], ownStaged: new Set(), disk: undefined, ...change };
}

Deno.test("claimedBytes() counts what runs have announced, less what has arrived, until they are done", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const { context } = fixture;
  const folder = dir.join("acme", "one", ".cache");
  const file = wanted(dir, "one");
  {
    await using _run = await announceRun(context, { folder, id: "0000000a", files: [file] });
    assert.equal(await claimedBytes(context, query()), SIZE);
    assert.equal(await claimedBytes(context, query({ ownStaged: new Set([file.stagedPath]) })), 0);
    const disk = (await diskOf(dir.path)).id;
    assert.equal(await claimedBytes(context, query({ disk })), SIZE);
    assert.equal(await claimedBytes(context, query({ disk: -1 })), 0, "it is on another disk");
    await using staged = await open(file.stagedPath, "w");
    await staged.write(new Uint8Array(1_000_000).fill(1));
    await staged.truncate(SIZE);
    await staged.sync();
    const rest = await claimedBytes(context, query());
    assert.ok(rest <= SIZE - 1_000_000 && rest > SIZE - 1_100_000, `${rest}`);
  }
  assert.deepEqual(await readdir(folder), ["one.part"]);
  assert.equal(await claimedBytes(context, query()), 0);
});

Deno.test("claimedBytes() of two runs that look at the same time lets the one that came first go on", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const { context } = fixture;
  const announce = (name: string, id: string) =>
    announceRun(context, { folder: dir.join("acme", name, ".cache"), id, files: [wanted(dir, name)] });
  await using first = await announce("one", "0000000a");
  await context.clock.sleep(5);
  await using second = await announce("two", "0000000b");
  assert.equal(await claimedBytes(context, query({ ownLockPath: first.lockPath })), 0);
  assert.equal(await claimedBytes(context, query({ ownLockPath: second.lockPath })), SIZE);
  assert.equal(await claimedBytes(context, query()), 2 * SIZE);
});

Deno.test("claimedBytes() does not count what a dead run wanted, small files, or what cannot be understood", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const { context } = fixture;
  await dir.write(
    "acme/dead/.cache/0000000c.claim",
    JSON.stringify({ version: 1, files: [wanted(dir, "dead")] }),
  );
  await dir.write("acme/dead/.cache/0000000c.lock", "");
  const folder = dir.join("acme", "one", ".cache");
  await using _small = await announceRun(context, {
    folder,
    id: "0000000a",
    files: [wanted(dir, "one", 1000)],
  });
  assert.deepEqual(await readdir(folder), ["0000000a.lock"]);
  await using _odd = await announceRun(context, { folder, id: "0000000b", files: [wanted(dir, "one")] });
  await writeFile(dir.join("acme", "one", ".cache", "0000000b.claim"), "[");
  assert.equal(await claimedBytes(context, query()), 0);
});

Deno.test("bytesToCome() is all, what is not written yet, or nothing", async () => {
  await using dir = await makeTempDir();
  const file = wanted(dir, "one", 3);
  assert.equal(await bytesToCome(file), 3);
  await mkdir(dir.join("acme", "one", ".cache"), { recursive: true });
  await writeFile(file.finalPath, "abc");
  assert.equal(await bytesToCome(file), 0);
  await link(file.finalPath, file.stagedPath);
  assert.equal(await bytesToCome(file), 0);
});
