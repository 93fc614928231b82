import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openStore } from "../../../core/platform/kv.ts";
import { JobStore } from "../../../core/state/jobs.ts";
import { makeJob } from "../jobs/job_fixture.ts";

async function withStore(run: (store: JobStore, kv: Deno.Kv) => Promise<void>): Promise<void> {
  await using opened = await openStore(":memory:");
  await run(new JobStore(opened.kv), opened.kv);
}

Deno.test("JobStore.insert() refuses when anything has changed since the listing", () =>
  withStore(async (store) => {
    const listing = await store.list();
    const first = await store.insert(makeJob({ id: "a" }), listing);
    ok(first !== undefined);
    strictEqual(await store.insert(makeJob({ id: "b" }), listing), undefined);
    ok(await store.insert(makeJob({ id: "b" }), first) !== undefined, "the entry tells the new state");
    strictEqual(await store.insert(makeJob({ id: "b" }), await store.list()), undefined, "the id is taken");
    deepStrictEqual((await store.list()).entries.map(({ job }) => job), [
      makeJob({ id: "a" }),
      makeJob({ id: "b" }),
    ]);
  }));

Deno.test("JobStore.replace() writes over what was read, and over nothing else", () =>
  withStore(async (store) => {
    const entry = await store.insert(makeJob(), await store.list());
    ok(entry !== undefined);
    const before = await store.version();
    const second = await store.replace(entry, makeJob({ status: "paused" }));
    ok(second !== undefined && await store.version() !== before);
    strictEqual(await store.replace(entry, makeJob({ status: "cancelled" })), undefined);
    strictEqual(await store.replaceAll([[entry, makeJob({ status: "failed" })]]), false);
    strictEqual((await store.get(entry.job.id))?.job.status, "paused");
    deepStrictEqual(await store.delete([entry]), []);
    deepStrictEqual(await store.delete([second]), [makeJob({ status: "paused" })]);
    strictEqual(await store.get(entry.job.id), undefined);
  }));

Deno.test("JobStore.list() tells damaged records from those of a later version", () =>
  withStore(async (store, kv) => {
    const stored = { ...makeJob({ id: "good" }), v: 1 };
    await kv.set(["jobs", "good"], stored);
    await kv.set(["jobs", "later"], { v: 2, anything: true });
    const damaged: readonly unknown[] = [
      null,
      "text",
      {},
      { ...stored },
      { ...stored, id: "d4", status: "sleeping" },
      { ...stored, id: "d5", priority: 3 },
      { ...stored, id: "d6", position: NaN },
      { ...stored, id: "d7", waitingSince: "yesterday" },
      { ...stored, id: "d8", options: null },
      { ...stored, id: "d9", error: "gone" },
    ];
    for (const [index, value] of damaged.entries()) await kv.set(["jobs", `d${index}`], value);
    const listing = await store.list();
    deepStrictEqual(listing.entries.map(({ job }) => job.id), ["good"]);
    deepStrictEqual(listing.damaged, damaged.map((_, index) => `d${index}`));
    strictEqual(await store.get("d4"), undefined);
    await store.deleteDamaged(listing.damaged);
    deepStrictEqual((await store.list()).damaged, []);
    ok((await kv.get(["jobs", "later"])).versionstamp !== null);
  }));
