import assert from "node:assert/strict";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { sep } from "node:path";
import { parseDigest } from "../../../core/base/digest.ts";
import { formatJournal } from "../../../core/download/journal.ts";
import { beginAttempt, recordInterrupted, writeRecord } from "../../../core/operations/attempt.ts";
import { createHistory } from "../../../core/operations/history.ts";
import { announceRun } from "../../../core/operations/run_claim.ts";
import { openStore } from "../../../core/platform/kv.ts";
import { HistoryStore } from "../../../core/state/history.ts";
import type { HistoryRecord } from "../../../core/state/history_record.ts";
import type { OpenAttempt } from "../../../core/state/open_attempt.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

const NOW = Date.UTC(2025, 0, 1);
const MINUTE = 60_000;
const DAY = 86_400_000;

interface Fixture extends AsyncDisposable {
  readonly dir: TempDir;
  readonly clock: TestClock;
  readonly history: HistoryStore;
  readonly kv: Deno.Kv;
}

async function openFixture(): Promise<Fixture> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await makeTempDir());
  const { kv } = stack.use(await openStore(":memory:"));
  const clock = new TestClock({ startMs: NOW });
  const history = new HistoryStore(kv, { clock });
  const owned = stack.move();
  return { dir, clock, history, kv, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** An attempt at three files that began five minutes ago. */
function attempt({ dir }: Fixture, change: Partial<OpenAttempt> = {}): OpenAttempt {
  return {
    id: "a",
    lockPath: dir.join("0000000a.lock"),
    host: Deno.hostname(),
    reference: "acme/m:Q8_0",
    repo: "acme/m",
    revision: "main",
    commit: "c".repeat(40),
    names: ["deep/one.gguf", "two.gguf", "three.json"],
    folder: dir.join("models"),
    files: [
      { name: "deep/one.gguf", sizeBytes: 5000, keptBytes: 1000, journalPath: dir.join("one.journal") },
      { name: "two.gguf", sizeBytes: 7000, keptBytes: 500, journalPath: dir.join("two.journal") },
      { name: "three.json", sizeBytes: 70, keptBytes: 0 },
    ],
    startedAt: new Date(NOW - 5 * MINUTE).toISOString(),
    ...change,
  };
}

async function writeAt(path: string, content: string | Uint8Array, timeMs: number): Promise<void> {
  await writeFile(path, content);
  await utimes(path, timeMs / 1000, timeMs / 1000);
}

/** The second file half-way. */
async function writeJournal({ dir }: Fixture, timeMs: number): Promise<void> {
  const digest = parseDigest("d".repeat(64));
  assert.ok(digest !== undefined);
  const text = formatJournal({
    identity: { repo: "acme/m", commit: "c".repeat(40), path: "two.gguf", digest, sizeBytes: 7000 },
    bootId: undefined,
    written: [{ start: 0, end: 2000 }, { start: 4000, end: 5500 }],
    synced: [],
  });
  await writeAt(dir.join("two.journal"), text, timeMs);
}

function without({ id: _, ...record }: HistoryRecord): Omit<HistoryRecord, "id"> {
  return record;
}

Deno.test("recordInterrupted() records an attempt whose lock is free, once, by what it has left", async () => {
  await using fixture = await openFixture();
  const { dir, clock, history, kv } = fixture;
  await history.open(attempt(fixture));
  await mkdir(dir.join("models", "deep"), { recursive: true });
  await writeAt(dir.join("models", "deep", "one.gguf"), new Uint8Array(5000), NOW - 3 * MINUTE);
  await writeJournal(fixture, NOW - 2 * MINUTE);
  await Promise.all(
    [history, new HistoryStore(kv, { clock })].map((store) => recordInterrupted({ clock }, store)),
  );
  await recordInterrupted({ clock }, history);
  const speed = Math.round((4000 + 3000) / 180);
  assert.deepEqual((await history.list()).map(without), [{
    reference: "acme/m:Q8_0",
    repo: "acme/m",
    revision: "main",
    commit: "c".repeat(40),
    files: ["deep/one.gguf", "two.gguf", "three.json"],
    status: "failed",
    bytesFetched: 4000 + 3000,
    bytesResumed: 1500,
    averageBytesPerSecond: speed,
    peakBytesPerSecond: speed,
    retries: 0,
    startedAt: new Date(NOW - 5 * MINUTE).toISOString(),
    endedAt: new Date(NOW - 2 * MINUTE).toISOString(),
    error: { code: "FAILED", message: "Interrupted: the process ended before the download did" },
  }]);
});

Deno.test("recordInterrupted() counts no file that was there before, nor one that somebody else wrote", async () => {
  await using fixture = await openFixture();
  const { dir, clock, history } = fixture;
  await history.open(attempt(fixture));
  await mkdir(dir.join("models"));
  await writeAt(dir.join("models", "three.json"), new Uint8Array(70), NOW - 6 * MINUTE);
  await writeAt(dir.join("models", "two.gguf"), new Uint8Array(6999), NOW);
  await writeFile(dir.join("one.journal"), "{ torn");
  await recordInterrupted({ clock }, history);
  const [record] = await history.list();
  assert.deepEqual([record?.bytesFetched, record?.averageBytesPerSecond], [0, 0]);
  assert.equal(record?.endedAt, record?.startedAt, "nothing tells when it ended");
});

Deno.test("recordInterrupted() leaves alone what is under way", async () => {
  await using fixture = await openFixture();
  const { dir, clock, history } = fixture;
  {
    await using run = await announceRun({ clock }, { folder: dir.path, id: "0000000a", files: [] });
    await history.open(attempt(fixture, { lockPath: run.lockPath }));
    await recordInterrupted({ clock }, history);
    assert.deepEqual(await history.list(), []);
    // As where a lock that is held cannot be read.
    await writeFile(run.lockPath, "");
    await recordInterrupted({ clock }, history);
    assert.deepEqual(await history.list(), []);
  }
  await recordInterrupted({ clock }, history);
  assert.equal((await history.list()).length, 1);
});

Deno.test("recordInterrupted() goes on after an attempt whose lock it cannot look at", async () => {
  await using fixture = await openFixture();
  const { dir, clock, history } = fixture;
  await mkdir(dir.join("folder.lock"));
  await history.open(attempt(fixture, { lockPath: dir.join("folder.lock") }));
  await history.open(attempt(fixture, { id: "b" }));
  await recordInterrupted({ clock }, history);
  assert.equal((await history.list()).length, 1);
  assert.deepEqual((await history.openAttempts()).map((entry) => entry.attempt.id), ["a"]);
});

Deno.test("recordInterrupted() knows of other machines only that they have been silent for a month", async () => {
  await using fixture = await openFixture();
  const { clock, kv } = fixture;
  const shared = new HistoryStore(kv, { clock, isShared: true });
  await shared.open(attempt(fixture, { host: "elsewhere" }));
  await shared.open(attempt(fixture, { id: "b", startedAt: new Date(NOW - 31 * DAY).toISOString() }));
  await shared.open(
    attempt(fixture, { id: "c", host: "elsewhere", startedAt: new Date(NOW - 31 * DAY).toISOString() }),
  );
  await recordInterrupted({ clock }, shared);
  assert.equal((await shared.list()).length, 2);
  assert.deepEqual((await shared.openAttempts()).map((entry) => entry.attempt.id), ["a"]);
});

Deno.test("recordInterrupted() takes no machine of the same name for its own, where machines share a store", async () => {
  await using fixture = await openFixture();
  const { clock, kv } = fixture;
  const shared = new HistoryStore(kv, { clock, isShared: true, installation: "mine" });
  await shared.open(attempt(fixture, { installation: "other" }));
  await shared.open(attempt(fixture, { id: "b" }));
  await shared.open(attempt(fixture, { id: "c", installation: "mine" }));
  await recordInterrupted({ clock }, shared);
  assert.deepEqual((await shared.openAttempts()).map((entry) => entry.attempt.id), ["a", "b"]);
});

Deno.test("recordInterrupted() tells times that fit together when the clock was set back", async () => {
  await using fixture = await openFixture();
  const { clock, history } = fixture;
  await history.open(attempt(fixture));
  await writeJournal(fixture, NOW);
  clock.jumpTo(NOW - DAY);
  await recordInterrupted({ clock }, history);
  const [record] = await history.list();
  assert.equal(record?.endedAt, record?.startedAt);
});

Deno.test("the history that callers see has the attempts of dead processes in it, also where it cannot be written", async () => {
  await using fixture = await openFixture();
  const { clock, kv } = fixture;
  const readOnly = new Proxy(kv, {
    get(target, name) {
      if (name === "atomic") throw new Error("attempt to write a readonly database");
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  let used = 0;
  const historyOn = (store: Deno.Kv) =>
    createHistory({
      context: { clock },
      open: () => Promise.resolve(new HistoryStore(store, { clock })),
      onUsed: () => used++,
    });
  await fixture.history.open(attempt(fixture));
  assert.deepEqual(await historyOn(readOnly).list(), []);
  const history = historyOn(kv);
  assert.equal((await history.stats()).failed, 1);
  const [record] = await Array.fromAsync(history.records());
  assert.deepEqual(await history.find(record?.id ?? ""), [record]);
  assert.equal(await history.clear(), 1);
  assert.equal(used, 5);
});

const RECORD: Omit<HistoryRecord, "id"> = {
  reference: "acme/m",
  repo: "acme/m",
  revision: "main",
  commit: "c".repeat(40),
  files: ["m.gguf"],
  status: "completed",
  bytesFetched: 7,
  bytesResumed: 0,
  averageBytesPerSecond: 7,
  peakBytesPerSecond: 7,
  retries: 0,
  startedAt: new Date(NOW - 1000).toISOString(),
  endedAt: new Date(NOW).toISOString(),
};

Deno.test("an attempt is noted until it is recorded, and never both", async () => {
  await using fixture = await openFixture();
  const { dir, clock, history } = fixture;
  const notices: string[] = [];
  const context = {
    clock,
    history: () => Promise.resolve(history),
    notices: { emit: (message: string) => notices.push(message) > 0 },
  } as unknown as Parameters<typeof beginAttempt>[0];
  const file = { path: "m.gguf", sizeBytes: 2_000_000, action: "fetch" };
  const begun = beginAttempt(
    context,
    {
      reference: "acme/m",
      startedAtMs: NOW - 1000,
      lockPath: dir.join("a.lock"),
      pull: {
        info: { repo: "acme/m", revision: "main", commit: "c".repeat(40) },
        selection: { files: [file] },
        target: { pathOf: (path: string) => dir.join(path) },
      },
      plan: {
        download: { files: [file, { ...file, path: "there", action: "present" }] },
        facts: new Map([["m.gguf", { staged: { journalPath: dir.join("m.journal") } }]]),
      },
    } as unknown as Parameters<typeof beginAttempt>[1],
  );
  while ((await history.openAttempts()).length === 0) await new Promise((resolve) => setTimeout(resolve));
  const [open] = await history.openAttempts();
  assert.equal(open?.attempt.folder, dir.join("") + sep);
  assert.deepEqual(open?.attempt.files, [
    { name: "m.gguf", sizeBytes: 2_000_000, keptBytes: 0, journalPath: dir.join("m.journal") },
  ]);
  await begun.record(RECORD);
  assert.deepEqual(await history.openAttempts(), []);
  assert.deepEqual((await history.list()).map(without), [RECORD]);
  await begun.record(RECORD);
  assert.equal((await history.list()).length, 1, "it has been recorded");
  assert.deepEqual(notices, []);
});

Deno.test("writeRecord() says that the history cannot be written, and fails nothing", async () => {
  const notices: string[] = [];
  const context = {
    clock: new TestClock(),
    history: () => Promise.reject(new Error("the disk is full")),
    notices: { emit: (message: string) => notices.push(message) > 0 },
  } as unknown as Parameters<typeof writeRecord>[0];
  await writeRecord(context, RECORD);
  assert.deepEqual(notices, ["The history could not be written: the disk is full"]);
});
