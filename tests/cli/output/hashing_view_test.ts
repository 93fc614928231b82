import assert from "node:assert/strict";
import { hashingLine } from "../../../cli/output/hashing_view.ts";
import { loadMeasure } from "../../../cli/output/text_width.ts";

const EVENT = { type: "verifying", file: "model-Q4_K_M.gguf", receivedBytes: 5, totalBytes: 10 } as const;

Deno.test("hashingLine() tells of all files together, and within the width", async () => {
  const measure = await loadMeasure();
  const line = (columns: number, change: Partial<Parameters<typeof hashingLine>[0]> = {}): string =>
    hashingLine({ ...EVENT, ...change }, { columns, measure });
  const overall = { receivedBytes: 250_000_000, totalBytes: 1_000_000_000, filesDone: 1, files: 3 };
  assert.match(line(100, { overall }), /^Verifying 1\/3 model-Q4_K_M\.gguf +.* 25 ?% +1\.00 GB$/);
  assert.match(line(100), /^Verifying model-Q4_K_M\.gguf .* 50 ?% +10 B$/);
  assert.match(line(100, { overall: { ...overall, files: 1 } }), /^Verifying model/);
  assert.match(line(100, { type: "hashing" }), /^Hashing model/);
  for (const columns of [80, 50, 30]) assert.ok(measure(line(columns, { overall })) < columns);
});
