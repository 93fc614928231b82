import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readFigures, sumCounts } from "../../../../cli/tui/history/history_figures.ts";
import { NOW_MS } from "../../../support/tui_screens.ts";
import { countsOf, fakeHistory, MANY } from "./history_fixtures.ts";

const wanted = { filter: {}, repo: "", nowMs: NOW_MS, isWanted: () => true };

function near(actual: number, expected: number): void {
  ok(Math.abs(actual - expected) <= Math.abs(expected) * 1e-9, `${actual} is not ${expected}`);
}

Deno.test("readFigures() passes on the sums of the whole history, with what is damaged", async () => {
  const { history } = fakeHistory(MANY, { damaged: 3 });
  const { counts, repos, days, damaged } = await readFigures(history, wanted);
  deepStrictEqual(counts, countsOf(MANY));
  strictEqual(repos.length, 5);
  strictEqual(days.reduce((sum, { bytesFetched }) => sum + bytesFetched, 0), counts.bytesFetched);
  strictEqual(damaged, 3);
});

Deno.test("readFigures() sums up only the repositories that are looked for", async () => {
  const { history } = fakeHistory(MANY, { damaged: 3 });
  const { counts, repos, days, damaged } = await readFigures(history, { ...wanted, repo: "acme/" });
  const ours = MANY.filter(({ repo }) => repo.startsWith("acme/"));
  const expected = countsOf(ours);
  strictEqual(repos.length, 2);
  near(counts.averageBytesPerSecond, expected.averageBytesPerSecond);
  deepStrictEqual({ ...counts, averageBytesPerSecond: 0 }, { ...expected, averageBytesPerSecond: 0 });
  strictEqual(days.reduce((sum, { bytesFetched }) => sum + bytesFetched, 0), expected.bytesFetched);
  strictEqual(damaged, 0);
});

Deno.test("readFigures() reads no records when nothing fits", async () => {
  const { history, queries } = fakeHistory();
  const { counts } = await readFigures(history, { ...wanted, repo: "none" });
  strictEqual(counts.total, 0);
  deepStrictEqual(queries, []);
});

Deno.test("sumCounts() of nothing is nothing", () => {
  strictEqual(sumCounts([]).successRate, 0);
  strictEqual(sumCounts([]).averageBytesPerSecond, 0);
});

Deno.test("sumCounts() works the success rate out of all downloads", () => {
  const first = countsOf(MANY);
  const one = { ...first, total: 3, completed: 1, failed: 0, cancelled: 2, successRate: 1 / 3 };
  const other = { ...first, total: 2, completed: 0, failed: 1, cancelled: 1, successRate: 0 };
  strictEqual(sumCounts([one]).successRate, 1 / 3);
  strictEqual(sumCounts([one, other]).successRate, 0.2);
});
