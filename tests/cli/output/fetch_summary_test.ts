import { strictEqual } from "node:assert/strict";
import { fetchSummary } from "../../../cli/output/fetch_summary.ts";

const PARTS = [
  { bytesFetched: 20_000_000, elapsedMs: 4_000 },
  { bytesFetched: 30_000_000, elapsedMs: 6_000 },
];

Deno.test("fetchSummary() counts the time of all that came one after the other", () => {
  strictEqual(fetchSummary(PARTS, 10_400), "Fetched 50.0 MB in 0:10 (5.00 MB/s), verified");
});

Deno.test("fetchSummary() counts the time of those that came at once only once", () => {
  strictEqual(fetchSummary(PARTS, 6_100), "Fetched 50.0 MB in 0:06 (8.20 MB/s), verified");
});

Deno.test("fetchSummary() tells no rate of what was over at once", () => {
  strictEqual(
    fetchSummary([{ bytesFetched: 1_000, elapsedMs: 40 }], 60),
    "Fetched 1.00 kB in 0:00, verified",
  );
});
