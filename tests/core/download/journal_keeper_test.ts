import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import type { ByteRange } from "../../../core/base/byte_range.ts";
import { isModelManagerError, ModelManagerError } from "../../../core/base/errors.ts";
import { type Journal, parseJournal } from "../../../core/download/journal.ts";
import { JournalKeeper } from "../../../core/download/journal_keeper.ts";
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

function setUp(dir: TempDir, path = dir.join("a.journal")): SetUp {
  const clock = new TestClock();
  const syncs: PromiseWithResolvers<void>[] = [];
  const keeper = new JournalKeeper({
    path,
    identity: IDENTITY,
    bootId: "boot-1",
    staged: {
      isNew: false,
      sync: () => {
        const sync = Promise.withResolvers<void>();
        syncs.push(sync);
        return sync.promise;
      },
      [Symbol.dispose]: () => {},
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
  const { keeper, clock, syncs, path } = setUp(dir);
  await clock.advance(1000);
  keeper.tick(upTo(1000));
  await until(path, (journal) => journal.written[0]?.end === 1000);
  await clock.advance(500);
  keeper.tick(upTo(2000));
  assert.equal(syncs.length, 1, "one sync at a time");
  const before = await until(path, (journal) => journal.written[0]?.end === 2000);
  assert.deepEqual(before.synced, []);
  syncs[0]?.resolve();
  const after = await until(path, (journal) => journal.synced.length > 0);
  assert.deepEqual(after.synced, upTo(1000));
  assert.deepEqual(after.written, upTo(2000), "the note after a sync is not an old one");
  await keeper.stop();
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
    (error) => isModelManagerError(error) && error.code === "NOT_FOUND",
  );
  await keeper.stop();

  const other = setUp(dir);
  await other.clock.advance(1000);
  other.keeper.tick(upTo(1));
  other.syncs[0]?.reject(new ModelManagerError("INSUFFICIENT_SPACE", "The disk is full"));
  await other.keeper.stop();
  assert.throws(() => other.keeper.tick(upTo(2)), /disk is full/);
});
