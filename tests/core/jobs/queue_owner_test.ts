import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { cancelledError, isModelManagerError } from "../../../core/base/errors.ts";
import type { DownloadEvent } from "../../../core/download/events.ts";
import type { QueueEvent } from "../../../core/jobs/queue_events.ts";
import { type JobOutcome, QueueOwner, type QueueOwnerOptions } from "../../../core/jobs/queue_owner.ts";
import type { JobOwner, JobRecord } from "../../../core/state/job_record.ts";
import { waitUntil } from "../../support/run_program.ts";
import { makeJob, openQueue, type QueueFixture } from "./job_fixture.ts";

const DONE: JobOutcome = { status: "completed", bytesTotal: 100 };

/** A download that a test lets end. */
interface Download {
  readonly job: JobRecord;
  readonly signal: AbortSignal;
  emit(event: DownloadEvent): void;
  end(outcome: JobOutcome): void;
  crash(error: unknown): void;
}

/** An owner over a queue; downloads go on until a test ends them, or they are stopped. */
class OwnerFixture {
  readonly downloads: Download[] = [];
  readonly events: QueueEvent[] = [];
  readonly notices: string[] = [];
  readonly stop = new AbortController();
  readonly owner: QueueOwner;
  readonly queue: QueueFixture;

  constructor(queue: QueueFixture, options: Partial<QueueOwnerOptions> = {}) {
    this.queue = queue;
    this.owner = new QueueOwner({
      queue: queue.queue,
      clock: queue.clock,
      limits: { maxConcurrent: 1, maxPerHost: 4 },
      owner: { id: "me", pid: 1, host: "here" },
      alone: true,
      onNotice: (message) => this.notices.push(message),
      runJob: (job, { signal, onEvent }) => {
        const result = Promise.withResolvers<JobOutcome>();
        signal.addEventListener("abort", () => result.reject(cancelledError()));
        this.downloads.push({ job, signal, emit: onEvent, end: result.resolve, crash: result.reject });
        return result.promise;
      },
      ...options,
    });
    this.owner.subscribe((event) => this.events.push(event));
  }

  /** The download of a reference, as soon as it has begun for the n-th time. */
  async download(reference: string, count = 1): Promise<Download> {
    const find = () => this.downloads.filter(({ job }) => job.reference === reference)[count - 1];
    await waitUntil(`${reference} is started`, () => find() !== undefined);
    const found = find();
    ok(found !== undefined);
    return found;
  }

  get order(): string[] {
    return this.downloads.map(({ job }) => job.reference);
  }
}

function planned(receivedBytes: number): DownloadEvent {
  const files = [{ path: "f", totalBytes: 100, action: "resume" as const, resumedBytes: receivedBytes }];
  const bytes = { receivedBytes, totalBytes: 100, fetchBytes: 100 - receivedBytes };
  return { type: "planned", reference: "r", repo: "r", commit: "c", files, notices: [], ...bytes };
}

function progressed(receivedBytes: number): DownloadEvent {
  return { type: "progress", reference: "r", file: "f", connections: 1, receivedBytes, totalBytes: 100 };
}

Deno.test("QueueOwner.run() works jobs by priority, one after the other, and ends", async () => {
  await using queue = await openQueue();
  for (const [name, priority] of [["a", "low"], ["b", "normal"], ["c", "urgent"], ["d", "high"]] as const) {
    await queue.add(`acme/${name}`, priority);
  }
  const fixture = new OwnerFixture(queue);
  const run = fixture.owner.run(fixture.stop.signal);
  for (const name of ["c", "d", "b", "a"]) {
    const download = await fixture.download(`acme/${name}`);
    strictEqual(fixture.downloads.at(-1), download);
    download.end(DONE);
  }
  await run;
  const { jobs } = await queue.queue.list();
  ok(
    jobs.every(({ status, bytesTotal, attempts }) =>
      status === "completed" && bytesTotal === 100 && attempts === 1
    ),
  );
});

Deno.test("QueueOwner.run() goes on when a job fails or crashes", async () => {
  await using queue = await openQueue();
  for (const name of ["a", "b", "c"]) await queue.add(`acme/${name}`);
  const fixture = new OwnerFixture(queue);
  const run = fixture.owner.run(fixture.stop.signal);
  const error = { code: "NOT_FOUND", message: "no such thing", hints: ["look"], causes: [] } as const;
  (await fixture.download("acme/a")).end({ status: "failed", error });
  (await fixture.download("acme/b")).crash(new TypeError("a bug"));
  (await fixture.download("acme/c")).end(DONE);
  await run;
  deepStrictEqual((await queue.job("acme/a")).error, error);
  const crashed = await queue.job("acme/b");
  deepStrictEqual([crashed.status, crashed.error?.code, crashed.error?.message], [
    "failed",
    "FAILED",
    "a bug",
  ]);
  strictEqual((await queue.job("acme/c")).status, "completed");
});

Deno.test("QueueOwner.changed() makes a pause, a resume and a cancel take effect at once", async () => {
  await using queue = await openQueue();
  const id = await queue.add("acme/a");
  let idle = 0;
  const fixture = new OwnerFixture(queue, { waitForPaused: true, onIdle: () => idle++ });
  const run = fixture.owner.run(fixture.stop.signal);
  const first = await fixture.download("acme/a");
  first.emit(planned(10));
  first.emit(progressed(40));
  deepStrictEqual((await fixture.owner.list()).jobs.map(({ bytesReceived }) => bytesReceived), [40]);
  await queue.queue.execute({ type: "pause", ids: [id] });
  fixture.owner.changed();
  // The clock stands: nothing but the call can have told it.
  await waitUntil("the download is stopped", () => first.signal.aborted);
  await waitUntil(
    "what was fetched is written down",
    async () => (await queue.job("acme/a")).bytesReceived === 40,
  );
  await waitUntil("it says what it waits for", () => idle > 0);
  fixture.owner.changed();
  await queue.queue.execute({ type: "resume", ids: [id] });
  fixture.owner.changed();
  const second = await fixture.download("acme/a", 2);
  await queue.queue.execute({ type: "cancel", ids: [id] });
  fixture.owner.changed();
  await run;
  ok(second.signal.aborted);
  strictEqual((await queue.job("acme/a")).status, "cancelled");
  strictEqual(idle, 1);
});

Deno.test("QueueOwner.run() hears of commands that nobody told it of within a second", async () => {
  await using queue = await openQueue();
  const id = await queue.add("acme/a");
  const fixture = new OwnerFixture(queue);
  const run = fixture.owner.run(fixture.stop.signal);
  const download = await fixture.download("acme/a");
  await queue.queue.execute({ type: "cancel", ids: [id] });
  await waitUntil("the download is stopped", async () => {
    await queue.clock.advance(1_000);
    return download.signal.aborted;
  });
  await run;
});

Deno.test("QueueOwner.run() lets a command win over a download that ends at the same moment", async () => {
  await using queue = await openQueue();
  const id = await queue.add("acme/a");
  const fixture = new OwnerFixture(queue);
  const run = fixture.owner.run(fixture.stop.signal);
  const download = await fixture.download("acme/a");
  await queue.queue.execute({ type: "cancel", ids: [id] });
  download.end(DONE);
  await run;
  strictEqual((await queue.job("acme/a")).status, "cancelled");
});

Deno.test("QueueOwner.run() lets an urgent job take the place of another, which goes on afterwards", async () => {
  await using queue = await openQueue();
  await queue.add("acme/long", "low");
  const fixture = new OwnerFixture(queue);
  const run = fixture.owner.run(fixture.stop.signal);
  const long = await fixture.download("acme/long");
  await queue.add("acme/urgent", "urgent");
  fixture.owner.changed();
  const urgent = await fixture.download("acme/urgent");
  ok(long.signal.aborted);
  strictEqual((await queue.job("acme/long")).status, "pending");
  urgent.end(DONE);
  (await fixture.download("acme/long", 2)).end(DONE);
  await run;
  deepStrictEqual(fixture.order, ["acme/long", "acme/urgent", "acme/long"]);
  const told = fixture.events.flatMap((event) =>
    event.type === "job" && event.job.reference === "acme/long"
      ? [[event.job.status, event.preempted === true]]
      : []
  );
  ok(told.some(([status, preempted]) => status === "pending" && preempted));
  deepStrictEqual(told.filter(([status, preempted]) => status !== "pending" && preempted), []);
});

Deno.test("QueueOwner.run() lets all jobs wait again when it is stopped", async () => {
  await using queue = await openQueue();
  await queue.add("acme/a");
  await queue.add("acme/b");
  const fixture = new OwnerFixture(queue, { limits: { maxConcurrent: 2, maxPerHost: 2 } });
  const run = fixture.owner.run(fixture.stop.signal);
  (await fixture.download("acme/a")).emit(planned(70));
  await fixture.download("acme/b");
  fixture.stop.abort(cancelledError());
  await rejects(run, (error) => isModelManagerError(error) && error.code === "CANCELLED");
  const { jobs } = await queue.queue.list();
  deepStrictEqual(jobs.map(({ status, owner, attempts }) => [status, owner, attempts]), [
    ["pending", undefined, 1],
    ["pending", undefined, 1],
  ]);
  strictEqual((await queue.job("acme/a")).bytesReceived, 70);
});

/** A job that somebody is at work on. */
async function putAtWork(
  queue: QueueFixture,
  id: string,
  owner: Omit<JobOwner, "id" | "pid">,
): Promise<void> {
  const job = makeJob({
    id,
    reference: `acme/${id}`,
    status: "downloading",
    startedAt: new Date(queue.clock.now()).toISOString(),
    owner: { id: "dead", pid: 9, ...owner },
    machine: owner.host,
  });
  await queue.store.insert(job, await queue.store.list());
}

Deno.test("QueueOwner.run() takes over what a dead owner has left", async () => {
  await using queue = await openQueue();
  await putAtWork(queue, "there", { host: "there", seenAt: new Date(queue.clock.now()).toISOString() });
  const alone = new OwnerFixture(queue);
  const run = alone.owner.run(alone.stop.signal);
  (await alone.download("acme/there")).end(DONE);
  await run;
  deepStrictEqual(alone.order, ["acme/there"]);
});

Deno.test("QueueOwner.run() leaves to a machine of its own name what that works on, and takes back its own", async () => {
  await using queue = await openQueue();
  const seenAt = new Date(queue.clock.now()).toISOString();
  const owner = { id: "me", pid: 1, host: "box", installation: "mine" };
  await putAtWork(queue, "own", { host: "box", installation: "mine", seenAt });
  await putAtWork(queue, "namesake", { host: "box", installation: "other", seenAt });
  await putAtWork(queue, "copied", { host: "copy", installation: "mine", seenAt });
  await putAtWork(queue, "older", { host: "box" });
  const fixture = new OwnerFixture(queue, { alone: false, owner });
  const run = fixture.owner.run(fixture.stop.signal);
  const own = await fixture.download("acme/own");
  deepStrictEqual((await queue.job("acme/own")).machine, "box");
  own.end(DONE);
  await run;
  deepStrictEqual(fixture.order, ["acme/own"]);
  for (const name of ["namesake", "copied", "older"]) {
    strictEqual((await queue.job(`acme/${name}`)).status, "downloading", name);
  }
});

Deno.test("QueueOwner.run() takes over from a machine that has not been heard of for two minutes", async () => {
  await using queue = await openQueue();
  const owner = { id: "me", pid: 1, host: "box", installation: "mine" };
  await putAtWork(queue, "lost", {
    host: "box",
    installation: "other",
    seenAt: new Date(queue.clock.now()).toISOString(),
  });
  const fixture = new OwnerFixture(queue, { alone: false, owner, stay: true });
  const run = fixture.owner.run(fixture.stop.signal);
  await queue.clock.advance(110_000);
  deepStrictEqual(fixture.order, []);
  await waitUntil("it is taken over", async () => {
    await queue.clock.advance(2_000);
    return fixture.order.length > 0;
  });
  (await fixture.download("acme/lost")).end(DONE);
  await waitUntil("it is done", async () => (await queue.job("acme/lost")).status === "completed");
  const { machine, installation } = await queue.job("acme/lost");
  deepStrictEqual([machine, installation], ["box", "mine"]);
  fixture.stop.abort(cancelledError());
  await rejects(run);
});

Deno.test("QueueOwner.run() says again and again that it is at work, and writes nothing into what others have taken", async () => {
  await using queue = await openQueue();
  await queue.add("acme/a");
  const owner = { id: "me", pid: 1, host: "box", installation: "mine" };
  const fixture = new OwnerFixture(queue, { alone: false, owner });
  const run = fixture.owner.run(fixture.stop.signal);
  const download = await fixture.download("acme/a");
  const first = (await queue.job("acme/a")).owner?.seenAt;
  ok(first !== undefined);
  await waitUntil("it is heard of again", async () => {
    await queue.clock.advance(2_000);
    return (await queue.job("acme/a")).owner?.seenAt !== first;
  });
  download.emit(planned(40));
  const entry = (await queue.store.list()).entries[0];
  ok(entry !== undefined);
  const theirs = {
    ...entry.job,
    bytesReceived: 7,
    owner: { id: "they", pid: 2, host: "box", installation: "other" },
  };
  while (await queue.store.replace((await queue.store.get(theirs.id)) ?? entry, theirs) === undefined);
  await waitUntil("it has let go", async () => {
    await queue.clock.advance(1_000);
    return download.signal.aborted;
  });
  await run;
  const { bytesReceived, status, owner: by } = await queue.job("acme/a");
  deepStrictEqual([bytesReceived, status, by?.id], [7, "downloading", "they"]);
});

Deno.test("QueueOwner.subscribe() tells who comes late where everything is", async () => {
  await using queue = await openQueue();
  await queue.add("acme/a");
  const fixture = new OwnerFixture(queue);
  const run = fixture.owner.run(fixture.stop.signal);
  const download = await fixture.download("acme/a");
  for (const event of [planned(10), progressed(20), progressed(30)]) download.emit(event);
  const late: QueueEvent[] = [];
  using _subscription = fixture.owner.subscribe((event) => late.push(event));
  deepStrictEqual(late.map((event) => event.type), ["job", "planned", "progress"]);
  const [first] = late;
  ok(first?.type === "job");
  strictEqual(first.job.bytesReceived, 30);
  download.end(DONE);
  await run;
  const states = fixture.events.flatMap((event) => event.type === "job" ? [event.job.status] : []);
  deepStrictEqual(states, ["pending", "downloading", "completed"]);
});

Deno.test("QueueOwner.run() starts what is added while it works, and skips damaged records", async () => {
  await using queue = await openQueue();
  await queue.kv.set(["jobs", "broken"], { v: 1, id: "broken" });
  await queue.add("acme/a");
  const fixture = new OwnerFixture(queue);
  const run = fixture.owner.run(fixture.stop.signal);
  const first = await fixture.download("acme/a");
  await queue.add("acme/b");
  first.end(DONE);
  (await fixture.download("acme/b")).end(DONE);
  await run;
  deepStrictEqual(fixture.order, ["acme/a", "acme/b"]);
  match(fixture.notices.join(), /^A damaged record of a job was skipped \(broken\); [^,]*$/, "said once");
});

Deno.test("QueueOwner.run() looks again at a job whose end it could not write for so long that it gave up", async () => {
  await using queue = await openQueue();
  await queue.add("acme/a");
  const fixture = new OwnerFixture(queue);
  const run = fixture.owner.run(fixture.stop.signal);
  const first = await fixture.download("acme/a");
  const { get } = queue.store;
  // It is tried for twenty seconds.
  queue.store.get = (id) =>
    queue.clock.monotonic() < 20_500 ? Promise.reject(new Error("disk full")) : get.call(queue.store, id);
  queue.clock.autoAdvance = true;
  first.end(DONE);
  (await fixture.download("acme/a", 2)).end(DONE);
  await run;
  const { status, attempts } = await queue.job("acme/a");
  deepStrictEqual([status, attempts], ["completed", 2]);
});

Deno.test("QueueOwner.run() gives up, saying why, when the store cannot be read at all", async () => {
  await using queue = await openQueue();
  const fixture = new OwnerFixture(queue);
  queue.store.list = () => Promise.reject(new Error("no disk"));
  queue.clock.autoAdvance = true;
  await rejects(
    new QueueOwner({
      queue: queue.queue,
      clock: queue.clock,
      limits: { maxConcurrent: 1, maxPerHost: 1 },
      owner: { id: "me", pid: 1, host: "here" },
      alone: false,
      onNotice: (message) => fixture.notices.push(message),
      runJob: () => Promise.resolve(DONE),
    }).run(fixture.stop.signal),
    /no disk/,
  );
});

Deno.test("QueueOwner.run() works on while the store cannot be written, and writes the end when it can", async () => {
  await using queue = await openQueue();
  await queue.add("acme/a");
  const fixture = new OwnerFixture(queue);
  const run = fixture.owner.run(fixture.stop.signal);
  const download = await fixture.download("acme/a");
  const { get } = queue.store;
  let failures = 0;
  queue.store.get = (id) =>
    failures++ < 3 ? Promise.reject(new Error("disk full")) : get.call(queue.store, id);
  queue.clock.autoAdvance = true;
  download.end(DONE);
  await run;
  strictEqual((await queue.job("acme/a")).status, "completed");
  match(fixture.notices.join(), /disk full/);
});
