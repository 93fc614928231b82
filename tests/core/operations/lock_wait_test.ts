import assert from "node:assert/strict";
import { utimes } from "node:fs/promises";
import { ModelManagerError } from "../../../core/base/errors.ts";
import { formatJournal } from "../../../core/download/journal.ts";
import {
  lockedByOther,
  type LockedFile,
  type LockWait,
  watchOwner,
} from "../../../core/operations/lock_wait.ts";
import { thisOwner } from "../../../core/platform/lock_owner.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { settle, TestClock } from "../../support/test_clock.ts";

const SIZE = 10_000_000;

/** A wanted file, begun so far as `writtenBytes` says. */
async function wantedFile(dir: TempDir, name: string, writtenBytes: number): Promise<LockedFile> {
  const digest = { algorithm: "sha256", hex: name.padEnd(64, "0") } as const;
  const identity = { repo: "acme/m", commit: "c".repeat(40), path: name, digest, sizeBytes: SIZE };
  const journalPath = dir.join(`${name}.journal`);
  if (writtenBytes > 0) {
    const written = [{ start: 0, end: writtenBytes }];
    await dir.write(`${name}.journal`, formatJournal({ identity, bootId: undefined, written, synced: [] }));
  }
  const staged = {
    stagedPath: dir.join(`${name}.part`),
    journalPath,
    piecesPath: "",
    quarantinePath: "",
    kept: [],
    keptSynced: [],
    begunAnew: false,
  };
  const finalPath = dir.join(name);
  const file = {
    path: name,
    sizeBytes: SIZE,
    digest,
    atTarget: "nothing",
    keptBytes: 0,
    staged,
    finalPath,
  } as const;
  return { lockPath: dir.join(`${name}.lock`), file };
}

async function lockAs(dir: TempDir, name: string, pid: number): Promise<void> {
  await dir.write(`${name}.lock`, `${JSON.stringify({ ...thisOwner(0), pid })}\n`);
}

Deno.test("lockedByOther() names what the other process has of the wanted files, and sums up how far it is", async () => {
  await using dir = await makeTempDir();
  const wanted = [
    await wantedFile(dir, "a", 0),
    await wantedFile(dir, "b", 4_000_000),
    await wantedFile(dir, "c", 1_000_000),
    await wantedFile(dir, "d", 0),
  ];
  await dir.write("d", "x".repeat(SIZE));
  for (const name of ["a", "b", "d"]) await lockAs(dir, name, 77);
  await lockAs(dir, "c", 78);
  const cause = new ModelManagerError("LOCKED", "Cannot lock");
  const error = await lockedByOther(cause, { lockPath: dir.join("a.lock"), wanted });
  assert.equal(error.code, "LOCKED");
  assert.match(
    error.message,
    /^"b" and 2 more are being downloaded by process 77 since .+ \(46 %, 14\.0 MB of 30\.0 MB\)$/,
  );
});

Deno.test("watchOwner() says when the other process has given no sign of life for long, until it gives one", async () => {
  await using dir = await makeTempDir();
  const clock = new TestClock();
  const wanted = [await wantedFile(dir, "a", 1_000_000)];
  await lockAs(dir, "a", 77);
  const said: LockWait[] = [];
  const stop = new AbortController();
  const lockPath = dir.join("a.lock");
  const watching = watchOwner({ clock }, {
    lockPath,
    wanted,
    onWait: (wait) => said.push(wait),
    signal: stop.signal,
  });
  const look = async (ms: number): Promise<string> => {
    const before = said.length;
    while (clock.sleeping === 0) await settle();
    await clock.advance(ms);
    while (said.length === before || clock.sleeping === 0) await settle();
    return said.at(-1)?.message ?? "";
  };
  assert.doesNotMatch(await look(1_000), /no sign of life/);
  assert.match(
    await look(25_000),
    /\(10 %, 1\.00 MB of 10\.0 MB\); it has given no sign of life for 26 s and may be suspended$/,
  );
  const now = new Date();
  await utimes(lockPath, now, new Date(now.getTime() + 5_000));
  assert.doesNotMatch(await look(1_000), /no sign of life/);
  stop.abort();
  await watching;
});
