import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { openStore } from "../../../core/platform/kv.ts";
import type { ScheduleRecord } from "../../../core/state/schedule_record.ts";
import { ScheduleStore } from "../../../core/state/schedules.ts";

function make(change: Partial<ScheduleRecord> = {}): ScheduleRecord {
  return {
    name: "nightly",
    enabled: true,
    type: "daily",
    time: "23:00",
    references: ["acme/one"],
    createdAt: "2025-01-01T00:00:00.000Z",
    handledUntil: "2025-01-01T00:00:00.000Z",
    ...change,
  };
}

async function withStore(run: (store: ScheduleStore, kv: Deno.Kv) => Promise<void>): Promise<void> {
  await using opened = await openStore(":memory:");
  await run(new ScheduleStore(opened.kv), opened.kv);
}

Deno.test("ScheduleStore keeps what it is given, by name", () =>
  withStore(async (store) => {
    const full = make({
      name: "weekend",
      type: "weekly",
      day: 6,
      until: "07:00",
      timeZone: "UTC",
      limitBytesPerSecond: null,
      maxConcurrent: 2,
      run: {
        dueAt: "2025-01-01T00:00:00.000Z",
        startedAt: "2025-01-01T00:00:00.000Z",
        attempts: 1,
        owner: { id: "o", pid: 1, host: "h", seenAt: "2025-01-01T00:00:00.000Z" },
      },
      last: {
        status: "missed",
        dueAt: "2025-01-01T00:00:00.000Z",
        endedAt: "2025-01-01T00:00:00.000Z",
        attempts: 0,
      },
    });
    const { type: _, time: __, ...rest } = make({ name: "cron" });
    const cron: ScheduleRecord = { ...rest, type: "cron", cron: "@daily" };
    for (const schedule of [full, make(), cron]) ok(await store.insert(schedule) !== undefined);
    const { entries, damaged } = await store.list();
    deepStrictEqual(entries.map(({ schedule }) => schedule), [cron, make(), full]);
    deepStrictEqual(damaged, []);
    deepStrictEqual((await store.get("weekend"))?.schedule, full);
    strictEqual(await store.insert(make()), undefined, "the name is taken");
  }));

Deno.test("ScheduleStore.replace() and delete() change what was read, and nothing else", () =>
  withStore(async (store) => {
    const first = await store.insert(make());
    const other = await store.insert(make({ name: "other" }));
    ok(first !== undefined && other !== undefined);
    const second = await store.replace(first, make({ enabled: false }));
    ok(second !== undefined);
    strictEqual(await store.replace(first, make({ time: "01:00" })), undefined);
    strictEqual(
      await store.replaceAll([[other, make({ name: "other", enabled: false })], [first, make()]]),
      false,
    );
    strictEqual((await store.get("other"))?.schedule.enabled, true, "all or none");
    strictEqual(await store.delete(first), false);
    strictEqual((await store.get("nightly"))?.schedule.enabled, false);
    strictEqual(await store.delete(second), true);
    strictEqual(await store.get("nightly"), undefined);
  }));

Deno.test("ScheduleStore.list() leaves damaged records aside, and those of a later version alone", () =>
  withStore(async (store, kv) => {
    const stored = { ...make({ name: "good" }), v: 1 };
    await kv.set(["schedules", "good"], stored);
    await kv.set(["schedules", "later"], { v: 2, anything: true });
    const damaged: readonly unknown[] = [
      null,
      {},
      { ...stored },
      { ...stored, name: "d3", time: "25:00" },
      { ...stored, name: "d4", type: "hourly" },
      { ...stored, name: "d5", type: "weekly", day: 9 },
      { ...stored, name: "d6", type: "cron" },
      { ...stored, name: "d7", references: "acme/one" },
      { ...stored, name: "d8", handledUntil: "yesterday" },
      { ...stored, name: "d9", run: { dueAt: "soon" } },
    ];
    for (const [index, value] of damaged.entries()) await kv.set(["schedules", `d${index}`], value);
    const listing = await store.list();
    deepStrictEqual(listing.entries.map(({ schedule }) => schedule.name), ["good"]);
    deepStrictEqual(listing.damaged, damaged.map((_, index) => `d${index}`));
    strictEqual(await store.get("d3"), undefined);
    strictEqual(await store.insert(make({ name: "d3" })), undefined, "nothing is written over it");
    await store.deleteDamaged("d3");
    ok(!(await store.list()).damaged.includes("d3"));
  }));

Deno.test("ScheduleStore.insert() refuses what is too long to be kept", () =>
  withStore(async (store) => {
    const references = Array.from({ length: 2_000 }, (_, index) => `acme/a-rather-long-name-${index}`);
    await rejects(store.insert(make({ references })), { code: "USAGE_ERROR", message: /too long/ });
    strictEqual((await store.list()).entries.length, 0);
  }));
