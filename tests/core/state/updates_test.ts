import assert from "node:assert/strict";
import { isDue, type SeenRepo, UpdateStore } from "../../../core/state/updates.ts";
import { TestClock } from "../../support/test_clock.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function seen(repo: string, change: Partial<SeenRepo> = {}): SeenRepo {
  return {
    repo,
    revision: "main",
    checkedAt: "2025-01-01T00:00:00.000Z",
    commit: "c".repeat(40),
    units: [{ contentKey: "k", verdict: "up to date", bytesToFetch: 0 }],
    ...change,
  };
}

function strip(repos: readonly SeenRepo[]): unknown[] {
  return repos.map(({ repo, revision, commit, units }) => [repo, revision, commit, units.length]);
}

Deno.test("UpdateStore keeps what was found, by repository and revision, apart from other libraries", async () => {
  using kv = await Deno.openKv(":memory:");
  const store = new UpdateStore(kv, { place: "here" });
  await store.put([
    seen("acme/m"),
    seen("acme/m", { revision: "v1" }),
    seen("acme/n", { commit: undefined }),
  ]);
  await store.put([seen("acme/m", { commit: "d".repeat(40), units: [] })]);
  await new UpdateStore(kv, { place: "elsewhere" }).put([seen("acme/z")]);
  assert.deepEqual(strip(await store.list()), [
    ["acme/m", "main", "d".repeat(40), 0],
    ["acme/m", "v1", "c".repeat(40), 1],
    ["acme/n", "main", undefined, 1],
  ]);
  await store.forget(({ repo }) => repo !== "acme/m");
  assert.deepEqual((await store.list()).map(({ repo }) => repo), ["acme/n"]);
  assert.equal(await store.get("acme/m", "main"), undefined);
});

Deno.test("UpdateStore takes damaged records, and those of later versions, for none", async () => {
  using kv = await Deno.openKv(":memory:");
  const store = new UpdateStore(kv, { place: "here" });
  await kv.set(["updates", "here", "acme/a", "main"], { v: 2, ...seen("acme/a") });
  await kv.set(["updates", "here", "acme/b", "main"], { v: 1, repo: "acme/b", units: "none" });
  await kv.set(["updates", "here", "acme/c", "main"], "damaged");
  await kv.set(["updates_schedule", "here"], { v: 1, startedAtMs: "soon" });
  assert.deepEqual(await store.list(), []);
  assert.equal(await store.claim(DAY), true, "nothing is known of an earlier check");
});

Deno.test("UpdateStore.put() keeps a record within what a value may hold", async () => {
  using kv = await Deno.openKv(":memory:");
  const store = new UpdateStore(kv, { place: "here" });
  const units = Array.from({ length: 5000 }, (_, index) => ({
    contentKey: String(index).padStart(16, "0"),
    verdict: "other files changed",
    bytesToFetch: 1,
  }));
  await store.put([seen("acme/m", { units })]);
  assert.equal((await store.get("acme/m", "main"))?.units.length, 300);
});

Deno.test("UpdateStore.claim() says yes to one of many, and again when it is time", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  const stores = Array.from({ length: 8 }, () => new UpdateStore(kv, { place: "here", clock }));
  const [store] = stores;
  assert.ok(store);
  const claims = await Promise.all(stores.map((each) => each.claim(DAY)));
  assert.equal(claims.filter((claimed) => claimed).length, 1);
  await store.finish();
  await clock.advance(DAY - 1);
  assert.equal(await store.claim(DAY), false);
  await clock.advance(1);
  assert.equal(await store.claim(DAY), true);
});

Deno.test("isDue() backs off after checks that did not come to their end, and never waits longer than the interval", () => {
  const nowMs = 100 * DAY;
  const due = (failures: number, agoMs: number, everyMs = DAY): boolean =>
    isDue({ startedAtMs: nowMs - agoMs, failures }, { nowMs, everyMs });
  const minutes = 60_000;
  assert.deepEqual([due(1, 14 * minutes), due(1, 15 * minutes)], [false, true]);
  assert.deepEqual([due(2, 29 * minutes), due(2, 30 * minutes)], [false, true]);
  assert.deepEqual([due(99, DAY - 1), due(99, DAY)], [false, true]);
  assert.deepEqual([due(99, HOUR - 1, HOUR), due(99, HOUR, HOUR)], [false, true]);
  assert.deepEqual([due(0, DAY - 1), due(0, DAY)], [false, true]);
  assert.equal(due(0, -HOUR), true, "the clock was set back");
  assert.equal(isDue(undefined, { nowMs, everyMs: DAY }), true);
});
