import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { dayChart, elapsedText, successText } from "../../../cli/output/history_view.ts";
import { PLAIN_THEME } from "../../../cli/output/theme.ts";

const DAYS = [{ date: "2026-05-01", bytesFetched: 1_000 }, { date: "2026-05-04", bytesFetched: 2_000 }];
const HOW = { endMs: Date.parse("2026-05-04T12:00:00Z"), width: 60, unicode: true, theme: PLAIN_THEME };

Deno.test("dayChart() shows as many days and lines as are wanted", () => {
  const lines = dayChart(DAYS, { ...HOW, days: 4, height: 2 });
  deepStrictEqual(lines, [
    "Fetched each day, the last 4 (UTC)",
    "2.00 kB ┤      █",
    "        │█     █",
    "      0 ┼────────",
    "           May 4",
  ]);
  match(dayChart(DAYS, HOW)[0] ?? "", /the last 30/);
});

Deno.test("dayChart() is nothing when nothing was fetched in its days", () => {
  deepStrictEqual(dayChart(DAYS, { ...HOW, endMs: Date.parse("2026-05-03T00:00:00Z"), days: 1 }), []);
});

Deno.test("elapsedText() and successText() say nothing of what is not known", () => {
  strictEqual(elapsedText({ startedAt: "2026-05-04T12:00:00Z", endedAt: "2026-05-04T12:01:05Z" }), "1:05");
  strictEqual(elapsedText({ startedAt: "never", endedAt: "2026-05-04T12:01:05Z" }), "");
  strictEqual(successText({ total: 0, successRate: 0 }), "-");
  strictEqual(successText({ total: 3, successRate: 2 / 3 }), "66.7 %");
});
