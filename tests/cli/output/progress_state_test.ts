import assert from "node:assert/strict";
import fc from "fast-check";
import {
  forgetProgress,
  type ProgressState,
  reduceProgress,
  startProgress,
} from "../../../cli/output/progress_state.ts";
import { windowSpeed } from "../../../core/base/speed_window.ts";
import type { DownloadEvent, FileEvent, PlannedFile } from "../../../core/download/events.ts";

const digest = { algorithm: "sha256", hex: "a".repeat(64) } as const;
const error = { code: "NETWORK_ERROR", message: "gone", hints: [], causes: [] } as const;

function planned(files: readonly PlannedFile[], reference = "acme/x"): DownloadEvent {
  const sum = (of: (file: PlannedFile) => number): number =>
    files.reduce((total, file) => total + of(file), 0);
  return {
    type: "planned",
    reference,
    repo: reference,
    commit: "c",
    files,
    fetchBytes: 0,
    notices: [],
    receivedBytes: sum(({ resumedBytes }) => resumedBytes),
    totalBytes: sum(({ totalBytes }) => totalBytes),
  };
}

function fileEvent(event: Partial<FileEvent> & Pick<FileEvent, "type">, change: object = {}): DownloadEvent {
  return {
    reference: "acme/x",
    file: "a.gguf",
    totalBytes: 1000,
    receivedBytes: 0,
    ...event,
    ...change,
  } as DownloadEvent;
}

function run(events: readonly (readonly [atMs: number, DownloadEvent])[]): ProgressState {
  return events.reduce((state, [atMs, event]) => reduceProgress(state, event, atMs), startProgress(0));
}

const FETCH: PlannedFile = { path: "a.gguf", totalBytes: 1000, action: "fetch", resumedBytes: 0 };
const RESUME: PlannedFile = { path: "b.gguf", totalBytes: 500, action: "resume", resumedBytes: 200 };
const PRESENT: PlannedFile = { path: "c.json", totalBytes: 10, action: "present", resumedBytes: 10 };

Deno.test("reduceProgress() counts resumed bytes from the start and leaves out what is present", () => {
  const state = run([[0, planned([FETCH, RESUME, PRESENT])]]);
  assert.equal(state.totalFiles, 2);
  assert.equal(state.totalBytes, 1500);
  assert.equal(state.receivedBytes, 200);
  assert.equal(state.fetchedBytes, 0);
});

Deno.test("reduceProgress() shows a retry until its time has come, or bytes have", () => {
  const retrying = fileEvent({ type: "retrying", receivedBytes: 400 }, { attempt: 2, delayMs: 3000, error });
  const progress = (receivedBytes: number) =>
    fileEvent({ type: "progress", receivedBytes }, { connections: 0 });
  const after = (atMs: number, event: DownloadEvent) =>
    [...run([[0, planned([FETCH])], [1, retrying], [atMs, event]]).active.values()][0];
  const waiting = after(500, progress(400));
  assert.equal(waiting?.phase, "retrying");
  assert.deepEqual(waiting?.retry, { attempt: 2, atMs: 3001 });
  assert.equal(after(500, progress(401))?.phase, "downloading");
  assert.equal(after(3001, progress(400))?.phase, "downloading");
});

Deno.test("reduceProgress() shows the phases of a file one after the other", () => {
  const events: [DownloadEvent, string | undefined][] = [
    [fileEvent({ type: "started" }, { resumedBytes: 0 }), "connecting"],
    [fileEvent({ type: "progress", receivedBytes: 400 }, { connections: 8 }), "downloading"],
    [fileEvent({ type: "retrying", receivedBytes: 400 }, { attempt: 2, delayMs: 3000, error }), "retrying"],
    [fileEvent({ type: "progress", receivedBytes: 1000 }, { connections: 1 }), "downloading"],
    [fileEvent({ type: "verifying", receivedBytes: 1000 }, { verifiedBytes: 300 }), "verifying"],
    [fileEvent({ type: "verified", receivedBytes: 1000 }, { digest }), "publishing"],
    [fileEvent({ type: "finished", receivedBytes: 1000 }, { path: "/m/a.gguf" }), undefined],
  ];
  let state = reduceProgress(startProgress(0), planned([FETCH]), 0);
  for (const [event, phase] of events) {
    state = reduceProgress(state, event, 100);
    assert.equal(state.active.get("acme/x\0a.gguf")?.phase, phase);
  }
  assert.deepEqual([state.finishedFiles, state.failedFiles, state.receivedBytes], [1, 0, 1000]);
});

Deno.test("reduceProgress() does not take resumed bytes for speed", () => {
  const state = run([
    [0, planned([RESUME])],
    [
      1000,
      fileEvent({ type: "started", receivedBytes: 300 }, {
        file: "b.gguf",
        totalBytes: 500,
        resumedBytes: 300,
      }),
    ],
    [
      2000,
      fileEvent({ type: "progress", receivedBytes: 300 }, {
        file: "b.gguf",
        totalBytes: 500,
        connections: 1,
      }),
    ],
  ]);
  assert.equal(state.receivedBytes, 300);
  assert.equal(state.fetchedBytes, 0);
  assert.equal(windowSpeed(state.window, 2000), 0);
});

Deno.test("reduceProgress() takes bytes back that were bad", () => {
  const state = run([
    [0, planned([FETCH])],
    [1, fileEvent({ type: "progress", receivedBytes: 800 }, { connections: 1 })],
    [2, fileEvent({ type: "retrying", receivedBytes: 100 }, { attempt: 1, delayMs: 0, error })],
  ]);
  assert.deepEqual([state.receivedBytes, state.fetchedBytes], [100, 100]);
});

Deno.test("reduceProgress() counts a file that no plan has named", () => {
  const state = run([[0, fileEvent({ type: "started", receivedBytes: 50 }, { resumedBytes: 50 })]]);
  assert.deepEqual([state.totalFiles, state.totalBytes, state.receivedBytes], [1, 1000, 50]);
});

Deno.test("reduceProgress() keeps references with equal file names apart, and drops the files of one that ended", () => {
  const other = { reference: "acme/y" };
  const state = run([
    [0, planned([FETCH])],
    [0, planned([FETCH], "acme/y")],
    [1, fileEvent({ type: "progress", receivedBytes: 100 }, { connections: 1 })],
    [1, fileEvent({ type: "progress", receivedBytes: 700 }, { connections: 1, ...other })],
    [2, { type: "failed", reference: "acme/y", error, receivedBytes: 700, totalBytes: 1000 }],
  ]);
  assert.equal(state.receivedBytes, 800);
  assert.deepEqual([...state.active.keys()], ["acme/x\0a.gguf"]);
});

Deno.test("reduceProgress() waits until the next event of a file", () => {
  const waiting: DownloadEvent = {
    type: "waiting",
    reference: "acme/x",
    reason: "rate-limit",
    until: 5000,
    message: "the Hub asks to wait",
    receivedBytes: 0,
    totalBytes: 1000,
  };
  const state = run([[0, planned([FETCH])], [1, waiting]]);
  assert.deepEqual(state.waiting, { message: "the Hub asks to wait", untilMs: 5000 });
  assert.equal(reduceProgress(state, fileEvent({ type: "progress" }), 2).waiting, undefined);
});

Deno.test("reduceProgress() does not change the state it is given", () => {
  const before = run([[0, planned([FETCH])], [1, fileEvent({ type: "progress", receivedBytes: 5 })]]);
  const copy = structuredClone(before);
  reduceProgress(before, fileEvent({ type: "finished", receivedBytes: 1000 }), 2);
  assert.deepEqual(before, copy);
});

Deno.test("reduceProgress() sums are those of the files, whatever the order of events", () => {
  const step = fc.record({
    file: fc.constantFrom("a.gguf", "b.gguf"),
    share: fc.integer({ min: 0, max: 100 }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const sizes: Record<string, number> = { "a.gguf": 1000, "b.gguf": 500 };
    const received: Record<string, number> = { "a.gguf": 0, "b.gguf": 200 };
    let state = reduceProgress(startProgress(0), planned([FETCH, RESUME]), 0);
    for (const [index, { file, share }] of steps.entries()) {
      const totalBytes = sizes[file] ?? 0;
      received[file] = Math.floor(totalBytes * share / 100);
      const event = fileEvent({ type: "progress", receivedBytes: received[file] ?? 0 }, { file, totalBytes });
      state = reduceProgress(state, event, index * 50);
      assert.equal(state.receivedBytes, (received["a.gguf"] ?? 0) + (received["b.gguf"] ?? 0));
      assert.equal(state.fetchedBytes, state.receivedBytes - 200);
    }
  }));
});

Deno.test("forgetProgress() takes what was stopped out of the sums, so that it can be planned anew", () => {
  const other = planned([FETCH], "acme/other");
  const before = run([
    [0, other],
    [1, planned([FETCH, RESUME])],
    [2, fileEvent({ type: "finished", receivedBytes: 500 }, { file: "b.gguf", totalBytes: 500 })],
    [3, fileEvent({ type: "progress", receivedBytes: 400 })],
  ]);
  const after = forgetProgress(before, "acme/x");
  assert.deepEqual([after.totalFiles, after.totalBytes, after.receivedBytes], [2, 1500, 500]);
  assert.deepEqual([after.active.size, after.finishedFiles, after.fetchedBytes], [0, 1, before.fetchedBytes]);
  const again = reduceProgress(after, planned([{ ...FETCH, action: "resume", resumedBytes: 400 }]), 4);
  assert.deepEqual([again.totalFiles, again.totalBytes, again.receivedBytes], [3, 2500, 900]);
});

Deno.test("forgetProgress() counts what a failed file had as gone", () => {
  const failed = run([[0, planned([FETCH])], [1, fileEvent({ type: "failed", receivedBytes: 300, error })]]);
  const { totalBytes, receivedBytes } = forgetProgress(failed, "acme/x");
  assert.deepEqual([totalBytes, receivedBytes], [0, 0]);
});
