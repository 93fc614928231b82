import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { isModelManagerError } from "../../../core/base/errors.ts";
import type { QueueConnection, QueueControl, QueueService } from "../../../core/jobs/queue_service.ts";
import { JobLimit } from "../../../core/jobs/job_limit.ts";
import { createQueue, type Queue, type QueueParts } from "../../../core/operations/queue.ts";
import { acquireFileLock } from "../../../core/platform/file_lock.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";
import { openQueue, type QueueFixture } from "../jobs/job_fixture.ts";
import { openOperations } from "./operation_fixture.ts";

const NOBODY: QueueControl = {
  connect: () => Promise.resolve(undefined),
  serve: () =>
    Promise.resolve({ close: () => Promise.resolve(), [Symbol.asyncDispose]: () => Promise.resolve() }),
};

interface Fixture extends AsyncDisposable {
  readonly dir: TempDir;
  readonly queue: Queue;
  readonly jobs: QueueFixture;
  readonly notices: readonly string[];
  readonly lockPath: string;
}

async function open(control: QueueControl = NOBODY, endpoint = "https://hub.test"): Promise<Fixture> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await makeTempDir());
  const operations = stack.use(openOperations(dir));
  const clock = new TestClock({ autoAdvance: true });
  const jobs = stack.use(await openQueue(clock));
  const context = { ...operations.context, endpoint, clock };
  const lockPath = dir.join("state", "queue", "owner.lock");
  const parts: QueueParts = {
    context,
    control,
    lockPath,
    limits: new JobLimit(1),
    alone: true,
    background: { folder: dir.join("state", "queue"), logPath: dir.join("logs", "queue.log") },
    jobs: () => Promise.resolve(jobs.queue),
    contextFor: () => context,
  };
  const queue = createQueue(parts);
  const owned = stack.move();
  return {
    dir,
    queue,
    jobs,
    notices: operations.notices,
    lockPath,
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  };
}

async function drain(queue: Queue) {
  const run = queue.run();
  let next = await run.next();
  for (; next.done !== true; next = await run.next());
  return next.value;
}

Deno.test("Queue.add() keeps no credentials, and places that mean the same in every process", async () => {
  await using fixture = await open(NOBODY, "https://me:secret@hub.test");
  const [added] = await fixture.queue.add({ references: ["acme/m"], to: "somewhere", priority: "low" });
  ok(added?.job !== undefined);
  strictEqual(added.job.endpoint, "https://hub.test");
  match(added.job.options.to ?? "", /^(?:\/|[A-Z]:\\).*somewhere$/);
  strictEqual(added.job.priority, "low");
});

Deno.test("Queue.add() refuses what no pull could do, before anything is queued", async () => {
  await using fixture = await open();
  const { queue } = fixture;
  await rejects(queue.add({ references: [] }), /Nothing to pull/);
  await rejects(queue.add({ references: ["acme/m"], connections: 99 }), /99 connections/);
  await rejects(queue.add({ references: ["acme/m"], priority: "soon" as "low" }), /no priority "soon"/);
  deepStrictEqual(await queue.list(), []);
});

Deno.test("Queue.list() says which records it had to skip", async () => {
  await using fixture = await open();
  await fixture.jobs.kv.set(["jobs", "broken"], 7);
  deepStrictEqual(await fixture.queue.list(), []);
  match(fixture.notices.join(), /A damaged record of a job was skipped \(broken\)/);
});

Deno.test("Queue lets the process that is at work do it, and does it itself when that has gone", async () => {
  let there = true;
  const asked: string[] = [];
  const connection: QueueConnection = {
    pid: 7,
    list: () => Promise.resolve(there ? { jobs: [], damaged: [] } : undefined),
    execute: ({ type }) => {
      asked.push(type);
      return Promise.resolve(there ? [] : undefined);
    },
    async *events() {},
    [Symbol.dispose]() {},
  };
  await using fixture = await open({ ...NOBODY, connect: () => Promise.resolve(connection) });
  const { queue } = fixture;
  deepStrictEqual(await queue.owner(), { pid: 7 });
  deepStrictEqual(await queue.add({ references: ["acme/m"] }), []);
  there = false;
  strictEqual((await queue.add({ references: ["acme/m"] })).length, 1);
  strictEqual((await queue.list()).length, 1);
  deepStrictEqual(asked, ["add", "add"]);
});

Deno.test("Queue.run() refuses, naming the owner, when that can be neither replaced nor followed", async () => {
  await using fixture = await open();
  await fixture.dir.write("state/queue/.keep");
  await using _lock = await acquireFileLock(fixture.lockPath);
  await rejects(drain(fixture.queue), (error) => {
    ok(isModelManagerError(error));
    strictEqual(error.code, "LOCKED");
    match(error.message, new RegExp(`process ${Deno.pid} `));
    return error.hints.length > 0;
  });
});

Deno.test("Queue.silentOwner() names who has the queue and does not answer, and nobody else", async () => {
  await using fixture = await open();
  strictEqual(await fixture.queue.silentOwner(), undefined);
  await fixture.dir.write("state/queue/.keep");
  await using _lock = await acquireFileLock(fixture.lockPath);
  const silent = await fixture.queue.silentOwner();
  deepStrictEqual([silent?.pid, silent?.isSuspended ?? false], [Deno.pid, false]);
  match(silent?.hints.join() ?? "", new RegExp(`^See what it is: .*${Deno.pid}`));
});

Deno.test("Queue.run() tells each time that another process works the queue", async () => {
  let calls = 0;
  const connection: QueueConnection = {
    pid: 7,
    list: () => Promise.resolve(undefined),
    execute: () => Promise.resolve(undefined),
    async *events() {
      // It dies; what it has left is there.
      await lock?.[Symbol.asyncDispose]();
      await fixture.jobs.add("acme/left");
      yield* [];
    },
    [Symbol.dispose]() {},
  };
  await using fixture = await open({
    ...NOBODY,
    connect: () => Promise.resolve(calls++ === 0 ? connection : undefined),
  });
  await fixture.dir.write("state/queue/.keep");
  const lock = await acquireFileLock(fixture.lockPath);
  const owners: (number | undefined)[] = [];
  const run = fixture.queue.run({ onOwner: (pid) => owners.push(pid) });
  while ((await run.next()).done !== true);
  deepStrictEqual(owners, [7, undefined]);
});

Deno.test("Queue.run() works what came while it was about to end, and keeps the error of what failed", async () => {
  let service: QueueService | undefined;
  let closed = 0;
  const opening = Promise.withResolvers<Fixture>();
  const control: QueueControl = {
    ...NOBODY,
    serve: (offered) => {
      service = offered;
      const close = async (): Promise<void> => {
        // The first time, somebody adds a job at the last moment.
        if (closed++ === 0) await (await opening.promise).jobs.add("acme/late");
      };
      return Promise.resolve({ close, [Symbol.asyncDispose]: close });
    },
  };
  await using opened = await open(control);
  opening.resolve(opened);
  await opened.jobs.add("acme/early");
  const { jobs } = await drain(opened.queue);
  // There is no Hub in this test: both fail, and the run goes on.
  deepStrictEqual(jobs.map(({ reference, status }) => [reference, status]), [
    ["acme/early", "failed"],
    ["acme/late", "failed"],
  ]);
  strictEqual(closed, 2);
  match((await opened.jobs.job("acme/late")).error?.message ?? "", /nothing of that kind/);
  strictEqual((await service?.list())?.jobs.length, 2);
});

Deno.test("Queue.run() works the queue also where others cannot reach it, and says so", async () => {
  const serve = () => Promise.reject(new Error("no sockets"));
  await using fixture = await open({ ...NOBODY, serve });
  await fixture.jobs.add("acme/m");
  strictEqual((await drain(fixture.queue)).jobs.length, 1);
  match(fixture.notices.join(), /Other terminals cannot follow the queue: no sockets/);
});

Deno.test("Queue.list() shows what a dead owner was at as waiting, but not while somebody has the lock", async () => {
  await using fixture = await open();
  const { queue, jobs, dir, lockPath } = fixture;
  const entry = await jobs.store.get(await jobs.add("acme/m"));
  ok(entry !== undefined);
  const owner = { id: "dead", pid: 1, host: "here" };
  await jobs.store.replace(entry, { ...entry.job, status: "downloading", owner });
  const shown = async () => (await queue.list()).map(({ status, owner }) => [status, owner?.id]);
  deepStrictEqual(await shown(), [["pending", undefined]]);
  await dir.write("state/queue/.keep");
  await using _lock = await acquireFileLock(lockPath);
  deepStrictEqual(await shown(), [["downloading", "dead"]]);
});

Deno.test("Queue.runInBackground() leaves a log and a note, which the next run in sight takes away", async () => {
  await using fixture = await open();
  const { queue, jobs, dir } = fixture;
  await jobs.add("acme/m");
  await queue.runInBackground();
  const run = await queue.lastBackgroundRun();
  deepStrictEqual([run?.pid, typeof run?.endedAt, run?.error], [Deno.pid, "string", undefined]);
  match(
    await readFile(dir.join("logs/queue.log"), "utf8"),
    /is downloading[^]* is failed: [^]*Nothing is left to do\n$/,
  );
  await drain(queue);
  strictEqual(await queue.lastBackgroundRun(), undefined);
});

Deno.test("Queue.runInBackground() says why it could not, and leaves another owner in peace", async () => {
  await using fixture = await open();
  await fixture.dir.write("state/queue/.keep");
  await using _lock = await acquireFileLock(fixture.lockPath);
  await rejects(fixture.queue.runInBackground(), /Cannot lock/);
  strictEqual((await fixture.queue.lastBackgroundRun())?.error?.code, "LOCKED");
  const connection: QueueConnection = {
    pid: 7,
    list: () => Promise.resolve(undefined),
    execute: () => Promise.resolve(undefined),
    async *events() {},
    [Symbol.dispose]() {},
  };
  await using other = await open({ ...NOBODY, connect: () => Promise.resolve(connection) });
  await other.dir.write("state/queue/.keep");
  await using _theirs = await acquireFileLock(other.lockPath);
  await other.queue.runInBackground();
  strictEqual(await other.queue.lastBackgroundRun(), undefined);
});

Deno.test("Queue.run() without takeOver works nothing when nobody works the queue", async () => {
  await using fixture = await open();
  const id = await fixture.jobs.add("acme/m");
  const owners: (number | undefined)[] = [];
  const run = fixture.queue.run({ takeOver: false, stay: true, onOwner: (pid) => owners.push(pid) });
  deepStrictEqual(await run.next(), { done: true, value: { jobs: [], ownerPid: undefined } });
  deepStrictEqual(owners, []);
  strictEqual((await fixture.queue.list()).find((job) => job.id === id)?.status, "pending");
});

Deno.test("Queue.run() without takeOver follows another process to its end, and leaves what it has left", async () => {
  let there = true;
  await using fixture = await open({
    ...NOBODY,
    connect: () => Promise.resolve(there ? connection : undefined),
  });
  const id = await fixture.jobs.add("acme/left");
  const job = await fixture.jobs.job("acme/left");
  const connection: QueueConnection = {
    pid: 7,
    list: () => Promise.resolve(there ? { jobs: [job], damaged: [] } : undefined),
    execute: () => Promise.resolve(undefined),
    async *events() {
      yield { type: "job", jobId: id, job: { ...job, status: "downloading" } };
      await Promise.resolve();
      there = false;
    },
    [Symbol.dispose]() {},
  };
  const owners: (number | undefined)[] = [];
  const run = fixture.queue.run({ takeOver: false, onOwner: (pid) => owners.push(pid) });
  const first = await run.next();
  strictEqual(first.done !== true && first.value.jobId, id);
  const last = await run.next();
  ok(last.done === true);
  deepStrictEqual(last.value.jobs.map(({ status }) => status), ["downloading"]);
  deepStrictEqual([owners, (await fixture.jobs.job("acme/left")).status], [[7], "pending"]);
});

Deno.test("Queue.run() without takeOver names the owner that does not answer", async () => {
  await using fixture = await open();
  await fixture.dir.write("state/queue/.keep");
  await using _lock = await acquireFileLock(fixture.lockPath);
  await rejects(fixture.queue.run({ takeOver: false }).next(), (error) => {
    ok(isModelManagerError(error));
    match(error.message, new RegExp(`process ${Deno.pid} `));
    return error.code === "LOCKED";
  });
});
