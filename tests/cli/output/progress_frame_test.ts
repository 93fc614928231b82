import assert from "node:assert/strict";
import fc from "fast-check";
import { drawBar, renderFrame, renderProgressLine } from "../../../cli/output/progress_frame.ts";
import { type ProgressState, reduceProgress, startProgress } from "../../../cli/output/progress_state.ts";
import { loadMeasure } from "../../../cli/output/text_width.ts";
import { PLAIN_THEME } from "../../../cli/output/theme.ts";
import type { DownloadEvent } from "../../../core/download/events.ts";

const measure = await loadMeasure();
const error = { code: "NETWORK_ERROR", message: "gone", hints: [], causes: [] } as const;
const GB = 1e9;

function event(type: string, file: string, fields: object): DownloadEvent {
  return {
    type,
    reference: "acme/x",
    file,
    totalBytes: 4 * GB,
    receivedBytes: 0,
    ...fields,
  } as unknown as DownloadEvent;
}

/** Five files, each in another phase, after ten seconds. */
function busy(): ProgressState {
  const names = [
    "Llama-3.2-3B-Instruct-Q4_K_M.gguf",
    "日本語のとても長いファイル名です.gguf",
    "c.gguf",
    "d.gguf",
    "e.gguf",
  ];
  const [first = "", second = "", third = "", fourth = "", fifth = ""] = names;
  const events: [number, DownloadEvent][] = [
    [0, {
      type: "planned",
      reference: "acme/x",
      repo: "acme/x",
      commit: "c",
      files: names.map((path) => ({ path, totalBytes: 4 * GB, action: "fetch", resumedBytes: 0 })),
      fetchBytes: 20 * GB,
      notices: [],
      receivedBytes: 0,
      totalBytes: 20 * GB,
    }],
    [0, event("started", first, { resumedBytes: GB, receivedBytes: GB })],
    [0, event("started", second, { resumedBytes: 0 })],
    ...Array.from({ length: 10 }, (_, second): [number, DownloadEvent] => [
      (second + 1) * 1000,
      event("progress", first, { receivedBytes: GB + (second + 1) * 100e6, connections: 8 }),
    ]),
    [9000, event("verifying", third, { receivedBytes: 4 * GB, verifiedBytes: 2.5 * GB })],
    [9500, event("verified", fourth, { receivedBytes: 4 * GB })],
    [10_000, event("retrying", fifth, { receivedBytes: 1e6, attempt: 3, delayMs: 4000, error })],
  ];
  return events.reduce((state, [atMs, next]) => reduceProgress(state, next, atMs), startProgress(0));
}

const frame = (state: ProgressState, columns: number, rows = 24): readonly string[] =>
  renderFrame(state, { columns, rows, theme: PLAIN_THEME, measure, nowMs: 10_000, wallMs: 0 });

for (const columns of [120, 100, 80, 60, 40]) {
  Deno.test(`renderFrame() shows every phase at ${columns} columns`, async (t) => {
    const lines = frame(busy(), columns);
    for (const line of lines) assert.ok(measure(line) < columns, `${measure(line)}: ${line}`);
    await t.assertSnapshot(lines.join("\n"));
  });
}

Deno.test("renderFrame() shows as many files as the terminal is high, and says how many more there are", () => {
  const lines = frame(busy(), 80, 6);
  assert.equal(lines.length, 5);
  assert.equal(lines[3], "+2 more");
  assert.match(lines[4] ?? "", /^Total 0\/5, 0:10/);
  assert.ok(frame(busy(), 80, 1).length <= 3);
});

Deno.test("renderFrame() says that it asks before there is a plan, and why it waits", () => {
  const start = startProgress(10_000);
  assert.deepEqual(frame(start, 80), ["Asking the Hub…"]);
  const waiting = { ...start, waiting: { message: "Rate limit of the Hub", untilMs: 65_000 } };
  assert.deepEqual(frame(waiting, 80), ["Waiting: Rate limit of the Hub (1:05 left)"]);
  const busyWaiting = { ...busy(), waiting: { message: "Rate limit", untilMs: undefined } };
  assert.equal(frame(busyWaiting, 80).at(-2), "Waiting: Rate limit");
});

Deno.test("renderFrame() names hashing when hashing is all that is left, not a speed of zero", () => {
  const state = [
    event("progress", "c.gguf", { receivedBytes: 4 * GB }),
    event("verifying", "c.gguf", { receivedBytes: 4 * GB, verifiedBytes: GB }),
  ].reduce((before, next) => reduceProgress(before, next, 1000), startProgress(0));
  const lines = frame(state, 100);
  assert.match(lines[0] ?? "", /25 %.*verifying$/);
  assert.match(lines[1] ?? "", /100 %.*verifying$/);
});

Deno.test("renderFrame() tells shards apart at every width, and gives up their bars for it", () => {
  const names = [1, 2, 3].map((shard) => `some-big-model-Q8_0-0000${shard}-of-00003.gguf`);
  const state = names.reduce(
    (before, name) => reduceProgress(before, event("progress", name, { receivedBytes: GB }), 1000),
    startProgress(0),
  );
  for (let columns = 40; columns <= 120; columns++) {
    const lines = frame(state, columns).slice(0, 3);
    assert.equal(new Set(lines).size, 3, lines.join("\n"));
    if (columns >= 60) assert.match(lines[1] ?? "", /^s.*-00002-of-00003\.gguf /, `${columns}`);
  }
  assert.doesNotMatch(frame(state, 60)[0] ?? "", /█/);
  assert.match(frame(state, 120)[0] ?? "", /█/);
});

Deno.test("renderFrame() never draws into the last column, whatever the width", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 200 }), fc.integer({ min: 1, max: 50 }), (columns, rows) => {
      for (const line of frame(busy(), columns, rows)) assert.ok(measure(line) < columns, line);
    }),
  );
});

Deno.test("renderProgressLine() says the same in one line", () => {
  const line = renderProgressLine(busy(), { nowMs: 10_000, wallMs: 0 });
  assert.equal(line, "50 %, 10.0 GB of 20.0 GB, 0 of 5 files, 1.70 GB/s, ETA 0:06, 0:10 elapsed");
});

Deno.test("drawBar() is full only when all is there", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1 }), fc.integer({ min: 1, max: 80 }), (part, whole, width) => {
      const bar = drawBar(part, whole, width);
      assert.equal(bar.length, width);
      assert.equal(!bar.includes("░"), part >= whole);
    }),
  );
});

Deno.test("drawBar() has signs for terminals that show ASCII only", () => {
  assert.strictEqual(drawBar(1, 2, 6, { unicode: false }), "###---");
});
