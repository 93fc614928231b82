import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { readPage } from "../../../../cli/tui/history/history_pages.ts";
import { NOW_MS } from "../../../support/tui_screens.ts";
import { fakeHistory, MANY, record } from "./history_fixtures.ts";

const always = (): boolean => true;

Deno.test("readPage() reads as many as are wanted, and says whether there are older ones", async () => {
  const { history } = fakeHistory();
  const first = await readPage(history, { filter: {}, repo: "", known: [], size: 40, isWanted: always });
  deepStrictEqual(first, { records: MANY.slice(0, 40), hasMore: true });
  const last = await readPage(history, {
    filter: {},
    repo: "",
    known: first.records,
    size: 40,
    isWanted: always,
  });
  deepStrictEqual(last, { records: MANY.slice(40), hasMore: false });
});

Deno.test("readPage() is exact when the last page is full", async () => {
  const { history } = fakeHistory();
  const page = await readPage(history, { filter: {}, repo: "", known: [], size: 45, isWanted: always });
  strictEqual(page.records.length, 45);
  strictEqual(page.hasMore, false);
});

Deno.test("readPage() finds parts of names", async () => {
  const { history } = fakeHistory();
  const { records } = await readPage(history, {
    filter: { status: "failed" },
    repo: "LLAMA-3",
    known: [],
    size: 100,
    isWanted: always,
  });
  deepStrictEqual(
    records,
    MANY.filter(({ status, repo }) => status === "failed" && repo.includes("Llama-3")),
  );
  strictEqual(records.length > 0, true);
});

Deno.test("readPage() gives each record once, however many end within one millisecond", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 30 }),
    fc.integer({ min: 1, max: 7 }),
    async (steps, size) => {
      let time = NOW_MS;
      const records = steps.map((step, index) => {
        time -= step === 0 ? 1 : 0;
        return record(index, { id: String(1000 - index), endedAt: new Date(time).toISOString() });
      });
      const { history } = fakeHistory(records);
      let known: typeof records = [];
      for (let hasMore = true; hasMore;) {
        const page = await readPage(history, { filter: {}, repo: "", known, size, isWanted: always });
        known = [...known, ...page.records];
        hasMore = page.hasMore;
      }
      deepStrictEqual(known.map(({ id }) => id), records.map(({ id }) => id));
    },
  ));
});

Deno.test("readPage() reads no further once nobody wants it", async () => {
  const { history } = fakeHistory();
  let asked = 0;
  await readPage(history, { filter: {}, repo: "", known: [], size: 100, isWanted: () => ++asked < 3 });
  strictEqual(asked, 3);
});
