import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import type { ByteRange } from "../../../core/base/byte_range.ts";
import { isModelManagerError, ModelManagerError } from "../../../core/base/errors.ts";
import {
  type Journal,
  journalFiles,
  keptOf,
  parseJournal,
  syncedNotePath,
} from "../../../core/download/journal.ts";
import { JournalKeeper, removeJournal } from "../../../core/download/journal_keeper.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

const IDENTITY = {
  repo: "acme/tiny",
  commit: "c".repeat(40),
  path: "a.gguf",
  digest: { algorithm: "sha256", hex: "ab".repeat(32) },
  sizeBytes: 10_000,
} as const;

function upTo(end: number): ByteRange[] {
  return [{ start: 0, end }];
}

interface SetUp {
  readonly keeper: JournalKeeper;
  readonly clock: TestClock;
  /** Syncs under way, to be ended by the test. */
  readonly syncs: PromiseWithResolvers<void>[];
  readonly path: string;
}

function setUp(dir: TempDir, path = dir.join("a.journal"), sizeBytes = IDENTITY.sizeBytes as number): SetUp {
  const clock = new TestClock();
  const syncs: PromiseWithResolvers<void>[] = [];
  const keeper = new JournalKeeper({
    path,
    identity: { ...IDENTITY, sizeBytes },
    bootId: "boot-1",
    staged: {
      sync: () => {
        const sync = Promise.withResolvers<void>();
        syncs.push(sync);
        return sync.promise;
      },
    },
    clock,
    synced: [],
  });
  return { keeper, clock, syncs, path };
}

async function read(path: string): Promise<Journal | undefined> {
  return parseJournal(await readFile(path, "utf8"));
}

/** Waits until the journal says so; a test that never ends has failed. */
async function until(path: string, test: (journal: Journal) => boolean): Promise<Journal> {
  for (;;) {
    const journal = await read(path).catch(() => undefined);
    if (journal !== undefined && test(journal)) return journal;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Ticks until so much is noted: a tick while a note is being written leaves it to the next one. */
async function tickUntil(facts: SetUp, end: number): Promise<Journal> {
  return await until(facts.path, (journal) => {
    if (journal.written[0]?.end === end) return true;
    facts.keeper.tick(upTo(end));
    return false;
  });
}

Deno.test("JournalKeeper.checkpoint() notes what is written", async () => {
  await using dir = await makeTempDir();
  const { keeper, path } = setUp(dir);
  await keeper.checkpoint(upTo(500));
  assert.deepEqual(await read(path), {
    identity: IDENTITY,
    bootId: "boot-1",
    written: upTo(500),
    synced: [],
  });
  await keeper.stop();
});

Deno.test("JournalKeeper.tick() notes at most every 100 ms", async () => {
  await using dir = await makeTempDir();
  const { keeper, clock, path } = setUp(dir);
  keeper.tick(upTo(100));
  await until(path, (journal) => journal.written[0]?.end === 100);
  await clock.advance(99);
  keeper.tick(upTo(200));
  await keeper.checkpoint(upTo(200));
  await clock.advance(1);
  keeper.tick(upTo(300));
  await until(path, (journal) => journal.written[0]?.end === 300);
  await keeper.stop();
});

Deno.test("JournalKeeper names as synced only what was written before the sync began", async () => {
  await using dir = await makeTempDir();
  const facts = setUp(dir);
  const { keeper, clock, syncs, path } = facts;
  await clock.advance(1000);
  keeper.tick(upTo(1000));
  await until(path, (journal) => journal.written[0]?.end === 1000);
  await clock.advance(500);
  const before = await tickUntil(facts, 2000);
  assert.equal(syncs.length, 1, "one sync at a time");
  assert.deepEqual(before.synced, []);
  syncs[0]?.resolve();
  const after = await until(path, (journal) => journal.synced.length > 0);
  assert.deepEqual(after.synced, upTo(1000));
  assert.deepEqual(after.written, upTo(2000), "the note after a sync is not an old one");
  await keeper.stop();
});

Deno.test("JournalKeeper keeps the synced note in a file of its own, never replaced by a note that is not synced", async () => {
  await using dir = await makeTempDir();
  const facts = setUp(dir);
  const { keeper, clock, syncs, path } = facts;
  await clock.advance(1000);
  keeper.tick(upTo(1000));
  syncs[0]?.resolve();
  const note = await until(syncedNotePath(path), (journal) => journal.synced.length > 0);
  assert.deepEqual([note.written, note.synced], [upTo(1000), upTo(1000)]);
  for (let end = 2000; end < 9000; end += 1000) {
    await clock.advance(100);
    await tickUntil(facts, end);
  }
  assert.deepEqual(await read(syncedNotePath(path)), note);
  await keeper.stop();
  // What a power cut may leave of the one that is not synced.
  await Deno.writeTextFile(path, "");
  const wanted = { digest: IDENTITY.digest, sizeBytes: IDENTITY.sizeBytes, bootId: "boot-2" };
  const notes = await Promise.all(journalFiles(path).map(read));
  assert.deepEqual(keptOf(notes, wanted).kept, upTo(1000));
  await removeJournal(path);
  assert.deepEqual(await readdir(dir.path), []);
});

Deno.test("JournalKeeper trusts nothing any more that was synced before the file was begun anew", async () => {
  await using dir = await makeTempDir();
  const { keeper, clock, syncs, path } = setUp(dir);
  await clock.advance(1000);
  keeper.tick(upTo(5000));
  syncs[0]?.resolve();
  await until(syncedNotePath(path), (journal) => journal.synced.length > 0);
  await until(path, (journal) => journal.synced.length > 0);
  keeper.tick(upTo(200));
  const journal = await until(path, ({ begunAnew }) => begunAnew === true);
  assert.deepEqual([journal.written, journal.synced], [upTo(200), upTo(200)]);
  await assert.rejects(readFile(syncedNotePath(path)), { code: "ENOENT" });
  await keeper.stop();
});

Deno.test("JournalKeeper.tick() notes sooner the smaller the file is", async () => {
  await using dir = await makeTempDir();
  const facts = setUp(dir, dir.join("a.journal"), 100_000_000);
  facts.keeper.tick(upTo(1));
  await until(facts.path, (journal) => journal.written[0]?.end === 1);
  await facts.clock.advance(25);
  await tickUntil(facts, 600_000);
  await facts.keeper.stop();
});

Deno.test("JournalKeeper.stop() ends a sync that is under way, and no note comes after it", async () => {
  await using dir = await makeTempDir();
  const { keeper, clock, syncs, path } = setUp(dir);
  await clock.advance(1000);
  keeper.tick(upTo(1000));
  let stopped = false;
  const stopping = keeper.stop().then(() => stopped = true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(stopped, false);
  // The file is published and its journal deleted as soon as the keeper has stopped.
  syncs[0]?.resolve();
  await stopping;
  await Deno.remove(path);
  await keeper.checkpoint(upTo(5000));
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(await readdir(dir.path), []);
});

Deno.test("JournalKeeper.tick() throws what an earlier note or sync failed with", async () => {
  await using dir = await makeTempDir();
  const { keeper } = setUp(dir, dir.join("none", "a.journal"));
  await keeper.checkpoint(upTo(1));
  assert.throws(
    () => keeper.tick(upTo(2)),
    (error) => isModelManagerError(error) && error.code === "FAILED",
  );
  await keeper.stop();

  const other = setUp(dir);
  await other.clock.advance(1000);
  other.keeper.tick(upTo(1));
  other.syncs[0]?.reject(new ModelManagerError("INSUFFICIENT_SPACE", "The disk is full"));
  await other.keeper.stop();
  assert.throws(() => other.keeper.tick(upTo(2)), /disk is full/);
});
