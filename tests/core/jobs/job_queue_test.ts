import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { JobPlace, JobResult } from "../../../core/jobs/commands.ts";
import { JobQueue } from "../../../core/jobs/job_queue.ts";
import { KEEP_FINISHED, KEEP_FINISHED_MS } from "../../../core/jobs/job_order.ts";
import { openStore } from "../../../core/platform/kv.ts";
import { JobStore } from "../../../core/state/jobs.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";
import { addRequest, makeJob, only, openQueue, type QueueFixture } from "./job_fixture.ts";

async function references(fixture: QueueFixture): Promise<string[]> {
  return (await fixture.queue.list()).jobs.map(({ reference }) => reference);
}

function codes(results: readonly JobResult[]): (string | undefined)[] {
  return results.map(({ error }) => error?.code);
}

Deno.test("JobQueue.list() shows jobs in the order of their turns", async () => {
  await using fixture = await openQueue();
  for (const [name, priority] of [["a", "low"], ["b", "normal"], ["c", "urgent"], ["d", "normal"]] as const) {
    await fixture.add(`acme/${name}`, priority);
  }
  deepStrictEqual(await references(fixture), ["acme/c", "acme/b", "acme/d", "acme/a"]);
});

Deno.test("JobQueue.execute() joins what is queued already, however it is written, and raises its priority", async () => {
  await using fixture = await openQueue();
  const id = await fixture.add("acme/m:Q4_K_M", "normal");
  const add = async (reference: string, priority: "low" | "high") =>
    only(
      await fixture.queue.execute({ type: "add", requests: [addRequest(reference, { priority })] }),
    );
  const lower = await add("https://hub.test/acme/m/resolve/main/x", "low");
  ok(lower.joined === false, "another selection is another job");
  const joined = await add("hf.co/acme/m:Q4_K_M", "low");
  deepStrictEqual([joined.id, joined.joined, joined.changed, joined.job?.priority], [
    id,
    true,
    false,
    "normal",
  ]);
  const raised = await add("acme/m:Q4_K_M", "high");
  deepStrictEqual([raised.id, raised.changed, raised.job?.priority], [id, true, "high"]);
});

Deno.test("JobQueue.execute() tells other options apart, but not other speeds", async () => {
  await using fixture = await openQueue();
  const add = async (options: Parameters<typeof addRequest>[1]) =>
    only(await fixture.queue.execute({ type: "add", requests: [addRequest("acme/m", options)] })).id;
  const first = await add({});
  strictEqual(await add({ options: { connections: 2, limitBytesPerSecond: 5 } }), first);
  strictEqual(await add({ options: { to: "library" } }), first);
  strictEqual(await add({ options: { revision: "main" } }), first);
  const others = [
    { include: ["*.json"] },
    { exclude: ["*.json"] },
    { revision: "v1" },
    { to: "/else" },
    { withMmproj: true },
    { force: true },
  ];
  const ids = new Set([first]);
  for (const options of others) ids.add(await add({ options }));
  strictEqual(ids.size, others.length + 1);
});

Deno.test("JobQueue.execute() brings a failed job back when it is added again, and adds a completed one anew", async () => {
  await using fixture = await openQueue();
  const { store } = fixture;
  const id = await fixture.add("acme/m");
  const entry = await store.get(id);
  ok(entry !== undefined);
  await store.replace(entry, { ...entry.job, status: "failed", endedAt: entry.job.createdAt, attempts: 1 });
  strictEqual(await fixture.add("acme/m", "high"), id);
  const back = await fixture.job("acme/m");
  deepStrictEqual([back.status, back.priority, back.attempts], ["pending", "high", 1]);
  const again = await store.get(id);
  ok(again !== undefined);
  await store.replace(again, { ...again.job, status: "completed", endedAt: again.job.createdAt });
  ok(await fixture.add("acme/m") !== id);
});

Deno.test("JobQueue.execute() changes several jobs, and says of each what could not be done", async () => {
  await using fixture = await openQueue();
  const [a, b] = [await fixture.add("acme/a"), await fixture.add("acme/b")];
  const { queue } = fixture;
  await queue.execute({ type: "cancel", ids: [a] });
  const results = await queue.execute({ type: "cancel", ids: [a, b, "nothing", b] });
  deepStrictEqual(codes(results), ["USAGE_ERROR", undefined, "NOT_FOUND"]);
  match(results[0]?.error?.message ?? "", /Cannot cancel job ".*": it was cancelled/);
  deepStrictEqual(results.map(({ changed }) => changed), [false, true, false]);
});

Deno.test("JobQueue.execute() takes all for the jobs that a command can be meant for", async () => {
  await using fixture = await openQueue();
  const { queue } = fixture;
  await fixture.add("acme/a");
  await fixture.add("acme/b");
  const names = (results: readonly JobResult[]) => results.map(({ job }) => job?.reference);
  deepStrictEqual(names(await queue.execute({ type: "pause", ids: ["all"] })), ["acme/a", "acme/b"]);
  deepStrictEqual(await queue.execute({ type: "pause", ids: ["all"] }), []);
  deepStrictEqual(await queue.execute({ type: "retry", ids: ["all"] }), []);
  deepStrictEqual(names(await queue.execute({ type: "resume", ids: ["all"] })), ["acme/a", "acme/b"]);
  deepStrictEqual(names(await queue.execute({ type: "cancel", ids: ["all"] })), ["acme/a", "acme/b"]);
});

Deno.test("JobQueue.execute() moves a job within its priority", async () => {
  await using fixture = await openQueue();
  const { queue } = fixture;
  const ids = new Map<string, string>();
  for (const name of ["a", "b", "c", "d"]) ids.set(name, await fixture.add(`acme/${name}`));
  const move = async (name: string, place: JobPlace) => {
    await queue.execute({ type: "move", id: ids.get(name) ?? "", place });
    return (await references(fixture)).map((reference) => reference.slice(5)).join("");
  };
  strictEqual(await move("c", "first"), "cabd");
  strictEqual(await move("c", "last"), "abdc");
  strictEqual(await move("d", 1), "dabc");
  strictEqual(await move("d", 3), "abdc");
  strictEqual(await move("a", 99), "bdca");
  strictEqual(await move("c", "up"), "bcda");
  strictEqual(await move("c", "down"), "bdca");
  strictEqual(await move("a", "down"), "bdca");
});

Deno.test("JobQueue.execute() says when a job is in its place already, and steps over what is paused", async () => {
  await using fixture = await openQueue();
  const { queue } = fixture;
  const [a, b, c] = [await fixture.add("acme/a"), await fixture.add("acme/b"), await fixture.add("acme/c")];
  const move = async (id: string, place: "first" | "up" | "last") =>
    only(await queue.execute({ type: "move", id, place })).changed;
  strictEqual(await move(a, "first"), false);
  strictEqual(await move(a, "up"), false);
  strictEqual(await move(c, "last"), false);
  await queue.execute({ type: "pause", ids: [b] });
  strictEqual(await move(c, "up"), true);
  deepStrictEqual(await references(fixture), ["acme/c", "acme/a", "acme/b"]);
});

Deno.test("JobQueue.execute() remembers what is to be done in the background, also of what is queued already", async () => {
  await using fixture = await openQueue();
  const { queue } = fixture;
  await fixture.add("acme/a");
  const request = { ...addRequest("acme/a"), background: true } as const;
  const joined = only(await queue.execute({ type: "add", requests: [request] }));
  deepStrictEqual([joined.joined, joined.changed, joined.job?.background], [true, false, true]);
  await fixture.add("acme/a", "high");
  strictEqual((await fixture.job("acme/a")).background, true);
});

Deno.test("JobQueue.execute() finds room between two jobs however often", async () => {
  await using fixture = await openQueue();
  const { queue } = fixture;
  const [a, b, c] = [await fixture.add("acme/a"), await fixture.add("acme/b"), await fixture.add("acme/c")];
  for (let round = 0; round < 80; round++) {
    const [last] = (await queue.list()).jobs.filter(({ id }) => id !== a).slice(-1);
    await queue.execute({ type: "move", id: last?.id ?? "", place: 2 });
  }
  const order = (await queue.list()).jobs.map(({ id }) => id);
  deepStrictEqual(order, [a, b, c]);
});

Deno.test("JobQueue.execute() forgets finished jobs and damaged records, and nothing else", async () => {
  await using fixture = await openQueue();
  const { queue, kv } = fixture;
  await fixture.add("acme/a");
  const b = await fixture.add("acme/b");
  await queue.execute({ type: "cancel", ids: [b] });
  await kv.set(["jobs", "broken"], "not a job");
  await kv.set(["jobs", "later"], { v: 2 });
  deepStrictEqual((await queue.list()).damaged, ["broken"]);
  deepStrictEqual(await queue.execute({ type: "clear", status: "failed" }), []);
  const cleared = await queue.execute({ type: "clear" });
  deepStrictEqual(cleared.map(({ id }) => id), [b, "broken"]);
  deepStrictEqual(await references(fixture), ["acme/a"]);
  ok((await kv.get(["jobs", "later"])).versionstamp !== null, "what a later version wrote stays");
  deepStrictEqual((await queue.list()).damaged, []);
});

Deno.test("JobQueue.purge() forgets finished jobs that are old or too many", async () => {
  await using fixture = await openQueue();
  const { store, queue, clock } = fixture;
  for (let index = 0; index < KEEP_FINISHED + 3; index++) {
    const endedAt = new Date(clock.now() + index).toISOString();
    const job = makeJob({ id: `x${index}`, reference: `acme/m${index}`, status: "completed", endedAt });
    await store.insert(job, await store.list());
  }
  await fixture.add("acme/open");
  strictEqual((await queue.list()).jobs.length, KEEP_FINISHED + 1);
  clock.jumpTo(clock.now() + KEEP_FINISHED_MS + 60_000);
  await queue.purge();
  deepStrictEqual(await references(fixture), ["acme/open"]);
});

Deno.test("JobQueue.execute() adds a job once when two handles add it at the same moment, and loses no command", async () => {
  await using dir = await makeTempDir();
  const clock = new TestClock({ autoAdvance: true, random: Math.random });
  await using one = await openStore(dir.join("state.kv"));
  const queues = [1, 2, 3].map(() => new JobQueue(new JobStore(one.kv, { clock }), { clock }));
  const adds = await Promise.all(
    queues.flatMap((queue) =>
      ["acme/a", "acme/b", "acme/c"].map((reference) =>
        queue.execute({ type: "add", requests: [addRequest(reference)] })
      )
    ),
  );
  const ids = new Set(adds.flat().map(({ id }) => id));
  strictEqual(ids.size, 3);
  strictEqual(adds.flat().filter(({ joined }) => joined === false).length, 3);
  const [queue = new JobQueue(new JobStore(one.kv), { clock })] = queues;
  const [first = ""] = ids;
  await Promise.all([
    ...queues.map((each) => each.execute({ type: "priority", ids: [first], priority: "high" })),
    queues[1]?.execute({ type: "pause", ids: [first] }),
  ]);
  const job = (await queue.list()).jobs.find(({ id }) => id === first);
  deepStrictEqual([job?.priority, job?.status], ["high", "paused"]);
});

Deno.test("JobQueue.execute() refuses what it cannot keep or read", async () => {
  await using fixture = await openQueue();
  const { queue } = fixture;
  const include = Array.from({ length: 5_000 }, (_, index) => `folder-${index}/*.json`);
  const results = await queue.execute({
    type: "add",
    requests: [
      addRequest("acme/m", { options: { include } }),
      addRequest("no reference at all"),
      addRequest("acme/n"),
    ],
  });
  deepStrictEqual(codes(results), ["USAGE_ERROR", "USAGE_ERROR", undefined]);
  deepStrictEqual(await references(fixture), ["acme/n"]);
});
