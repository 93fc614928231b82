import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import type { DownloadEvent } from "../../../../core/download/events.ts";
import type { QueueRunOptions } from "../../../../core/operations/model_manager.ts";
import { createDownloads } from "../../../../cli/tui/downloads/create_downloads.ts";
import type { TuiContext, TuiSession } from "../../../../cli/tui/context.ts";
import { settle } from "../../../support/test_clock.ts";
import { job, moved, plan, retrying, started } from "./downloads_fixtures.ts";
import { FakeWork, startDownloads } from "./fake_work.ts";

const REQUEST = { references: ["acme/a:Q4_K_M"] };

function withPending(change = {}): FakeWork {
  const work = new FakeWork(change);
  work.jobs = [job("a", "pending")];
  return work;
}

Deno.test("createDownloads() opens nothing before somebody listens or asks", async () => {
  const downloads = createDownloads({
    manager: () => Promise.reject(new TypeError("Nothing is to be opened")),
    signal: new AbortController().signal,
  } as unknown as TuiContext);
  await settle();
  deepStrictEqual([downloads.get().isLoading, downloads.get().jobs, downloads.worksHere], [true, [], false]);
});

Deno.test("downloads show the queue, and never begin work that nobody here has asked for", async () => {
  await using test = await startDownloads(withPending());
  const { downloads, work } = test;
  deepStrictEqual(downloads.get().jobs.map(({ id }) => id), ["a"]);
  strictEqual(downloads.get().isLoading, false);
  await test.advance(10_000);
  strictEqual(work.runs.length, 0);
  ok(work.calls >= 10, `looked ${work.calls} times for somebody who works`);
  deepStrictEqual(downloads.get().worker, { kind: "nobody" });
  strictEqual(downloads.worksHere, false);
});

Deno.test("downloads.add() works the queue here when nobody does, until it is empty", async () => {
  await using test = await startDownloads(withPending());
  const { downloads, work } = test;
  await downloads.add(REQUEST);
  await test.advance(100);
  strictEqual(work.runs.length, 1);
  strictEqual(work.run.options.takeOver, true);
  deepStrictEqual(downloads.get().worker, { kind: "here" });
  strictEqual(downloads.worksHere, true);
  work.change(job("a", "completed"));
  work.run.events.close();
  await test.advance(1_500);
  deepStrictEqual(downloads.get().worker, { kind: "nobody" });
  strictEqual(downloads.worksHere, false);
  strictEqual(work.runs.length, 1);
});

Deno.test("downloads.add() throws what is wrong with a reference, and works on the others", async () => {
  await using test = await startDownloads(withPending());
  await rejects(test.downloads.add({ references: ["???", "acme/a:Q4_K_M"] }), {
    message: 'Cannot read "???"',
  });
  await test.advance(100);
  strictEqual(test.work.runs.length, 1);
});

Deno.test("downloads.add() says that a paused job stays paused, and begins nothing for it", async () => {
  const work = new FakeWork();
  work.jobs = [job("a", "paused")];
  await using test = await startDownloads(work);
  await test.downloads.add(REQUEST);
  await test.advance(2_000);
  deepStrictEqual(test.shell.said, ["acme/a:Q4_K_M is queued already, and is paused"]);
  strictEqual(work.runs.length, 0);
});

Deno.test("downloads follow another process, and leave the work to it", async () => {
  const work = withPending();
  work.otherPid = 77;
  await using test = await startDownloads(work);
  const { downloads } = test;
  await downloads.add(REQUEST);
  await test.advance(500);
  deepStrictEqual(downloads.get().worker, { kind: "other", pid: 77, isDaemon: false });
  strictEqual(downloads.worksHere, false);
  deepStrictEqual(work.runs.map(({ options }) => options.takeOver), [false]);
  work.change(job("a", "downloading"));
  work.run.events.push({ ...plan(), jobId: "a" });
  work.run.events.push({ ...moved(1, 2_000_000_000), jobId: "a" });
  await test.advance(200);
  strictEqual(downloads.get().progress.get("a")?.progress.receivedBytes, 2_000_000_000);
  // It ends and leaves work that was asked for here: this process goes on with it.
  work.otherPid = undefined;
  work.jobs = [job("a", "pending")];
  work.run.events.close();
  await test.advance(1_500);
  deepStrictEqual(downloads.get().worker, { kind: "here" });
  strictEqual(work.run.options.takeOver, true);
});

Deno.test("downloads leave alone what others queue after the work that was asked for here is done", async () => {
  const work = withPending();
  work.otherPid = 77;
  await using test = await startDownloads(work);
  await test.downloads.add(REQUEST);
  await test.advance(100);
  work.change(job("a", "completed"));
  await test.advance(1_000);
  work.change(job("b", "pending"));
  work.otherPid = undefined;
  work.run.events.close();
  await test.advance(5_000);
  deepStrictEqual(test.downloads.get().worker, { kind: "nobody" });
  strictEqual(work.runs.length, 1);
});

Deno.test("downloads know a daemon by its number", async () => {
  const work = withPending();
  work.otherPid = 77;
  const room = {
    daemonPlaces: () => ({}),
    findDaemon: () => Promise.resolve({ pid: 77 }),
  } as unknown as Awaited<ReturnType<TuiSession["daemon"]>>;
  await using test = await startDownloads(work, {
    session: {
      daemon: () => Promise.resolve(room),
      directories: () => Promise.resolve({} as Awaited<ReturnType<TuiSession["directories"]>>),
    },
  });
  await test.advance(200);
  deepStrictEqual(test.downloads.get().worker, { kind: "other", pid: 77, isDaemon: true });
});

Deno.test("downloads say who has the queue and does not answer", async () => {
  const work = withPending({
    silentOwner: () => Promise.resolve({ pid: 5, isSuspended: true, hints: ["Wake it: kill -CONT 5"] }),
  });
  work.failure = new ModelManagerError("LOCKED", "Process 5 has it", { hints: ["Wake it: kill -CONT 5"] });
  await using test = await startDownloads(work);
  await test.advance(300);
  deepStrictEqual(test.downloads.get().worker, { kind: "other", pid: 5, isDaemon: false, isSilent: true });
  deepStrictEqual(test.shell.failed, []);
  // Who wants to work is told why that is not possible, once.
  test.downloads.work();
  await test.advance(5_000);
  deepStrictEqual(test.shell.failed, ["Process 5 has it"]);
});

Deno.test("downloads say once what is wrong with the queue, and go on looking", async () => {
  const work = withPending();
  work.failure = new ModelManagerError("FAILED", "The state cannot be read");
  await using test = await startDownloads(work);
  await test.advance(5_000);
  deepStrictEqual(test.shell.failed, ["The state cannot be read"]);
  ok(work.calls > 3);
});

Deno.test("downloads take speeds each second, count retries, and forget how a job went when it rests", async () => {
  const work = withPending();
  await using test = await startDownloads(work);
  const { downloads } = test;
  downloads.work();
  await test.advance(0);
  work.change(job("a", "downloading"));
  work.run.events.push({ ...plan(), jobId: "a" });
  work.run.events.push({ ...started(1), jobId: "a" });
  for (let second = 1; second <= 4; second++) {
    await test.advance(1_000);
    work.run.events.push({ ...moved(1, second * 10_000_000), jobId: "a" });
  }
  work.run.events.push({ ...retrying(1, 40_000_000), jobId: "a" });
  await test.advance(1_000);
  const progress = downloads.get().progress.get("a");
  strictEqual(progress?.retries, 1);
  strictEqual(progress.speeds.length, 5);
  ok((progress.speeds[4] ?? 0) > 5_000_000, `speeds ${progress.speeds.join(" ")}`);
  work.change(job("a", "paused"));
  work.run.events.push({ ...moved(1, 50_000_000), jobId: "a" });
  await test.advance(500);
  strictEqual(downloads.get().progress.size, 0);
  strictEqual(downloads.get().jobs[0]?.status, "paused");
});

Deno.test("downloads tell of thirty jobs at ten changes a second no more than ten times a second", async () => {
  const work = new FakeWork();
  work.jobs = Array.from({ length: 30 }, (_, index) => job(`j${index}`, "downloading"));
  work.otherPid = 9;
  await using test = await startDownloads(work);
  const { downloads } = test;
  await test.advance(500);
  const { jobs } = downloads.get();
  const before = test.told();
  for (let tenth = 1; tenth <= 30; tenth++) {
    for (const { id } of work.jobs) {
      const event = tenth === 1 ? started(1) : moved(1, tenth * 1_000_000);
      work.run.events.push({ ...event, jobId: id });
    }
    await test.advance(100);
  }
  const count = test.told() - before;
  ok(count <= 33, `told ${count} times in 3 s`);
  strictEqual(downloads.get().jobs, jobs, "the jobs have not changed");
  strictEqual(downloads.get().progress.size, 30);
  const { progress } = downloads.get();
  await test.advance(0);
  strictEqual(downloads.get().progress, progress);
});

Deno.test("downloads look at the queue again for what nobody tells of", async () => {
  const work = new FakeWork();
  await using test = await startDownloads(work);
  work.jobs = [job("later", "pending")];
  await test.advance(5_000);
  deepStrictEqual(test.downloads.get().jobs.map(({ id }) => id), ["later"]);
});

Deno.test("downloads do not go back to a listing that is older than an event", async () => {
  let answer: (() => void) | undefined;
  const work: FakeWork = withPending({
    list: () => {
      const { jobs } = work;
      if (work.runs.length === 0) return Promise.resolve(jobs);
      return new Promise((resolve) => answer = () => resolve(jobs));
    },
  });
  await using test = await startDownloads(work);
  test.downloads.work();
  await test.advance(100);
  const refreshed = test.downloads.refresh();
  await settle();
  work.change(job("a", "downloading"));
  await settle();
  answer?.();
  await settle();
  strictEqual(test.downloads.get().jobs[0]?.status, "downloading", "the answer was from before");
  answer?.();
  await refreshed;
  strictEqual(test.downloads.get().jobs[0]?.status, "downloading");
});

Deno.test("downloads.stop() ends the work here, and keeps on looking", async () => {
  const work = withPending();
  await using test = await startDownloads(work);
  const { downloads } = test;
  downloads.work();
  await test.advance(100);
  await downloads.stop();
  deepStrictEqual([downloads.worksHere, downloads.get().worker.kind], [false, "nobody"]);
  strictEqual(work.run.options.signal?.aborted, true);
  await test.advance(5_000);
  deepStrictEqual([work.runs.length, test.shell.failed], [1, []]);
});

Deno.test("downloads.stop() waits a second at most", async () => {
  const work = withPending({
    async *run({ takeOver }: QueueRunOptions = {}) {
      yield* [];
      if (takeOver === true) await new Promise(() => {});
      return { jobs: [], ownerPid: undefined };
    },
  });
  await using test = await startDownloads(work);
  test.downloads.work();
  await test.advance(100);
  let isStopped = false;
  void test.downloads.stop().then(() => isStopped = true);
  await test.advance(900);
  strictEqual(isStopped, false);
  await test.advance(200);
  strictEqual(isStopped, true);
});

Deno.test("downloads.handOver() stops here, starts a process, and waits until that works the queue", async () => {
  const steps: string[] = [];
  const work: FakeWork = withPending({
    owner: () => Promise.resolve(work.otherPid === undefined ? undefined : { pid: work.otherPid }),
  });
  await using test = await startDownloads(work, {
    session: {
      startInBackground(args) {
        steps.push(args.join(" "), `stopped here: ${work.runs[0]?.options.signal?.aborted}`);
        return Promise.resolve(true);
      },
    },
  });
  test.downloads.work();
  await test.advance(100);
  const handed = test.downloads.handOver();
  await test.advance(200);
  work.otherPid = 88;
  await test.advance(1_500);
  strictEqual(await handed, true);
  deepStrictEqual(steps, ["queue run --detached", "stopped here: true"]);
  deepStrictEqual(test.downloads.get().worker, { kind: "other", pid: 88, isDaemon: false });
  strictEqual(test.downloads.worksHere, false);
});

Deno.test("downloads.handOver() goes on here when nothing can be started, and says why", async () => {
  const work = withPending();
  await using test = await startDownloads(work, {
    session: { startInBackground: () => Promise.resolve(false) },
  });
  test.downloads.work();
  await test.advance(100);
  strictEqual(await test.downloads.handOver(), false);
  await test.advance(100);
  deepStrictEqual(test.shell.failed, ["Nothing can be started in the background: that needs deno run -A"]);
  deepStrictEqual(test.downloads.get().worker, { kind: "here" });
});

Deno.test("downloads.handOver() says how the process failed", async () => {
  const run = {
    pid: 4,
    startedAt: "2025-01-01T00:00:01.000Z",
    endedAt: "2025-01-01T00:00:01.000Z",
    error: { code: "PERMISSION_ERROR", message: "Cannot open the state", hints: [], causes: [] },
    logPath: "/s/queue.log",
  } as const;
  const work = withPending({ lastBackgroundRun: () => Promise.resolve(run) });
  await using test = await startDownloads(work, {
    session: { startInBackground: () => Promise.resolve(true) },
  });
  strictEqual(await test.downloads.handOver(), false);
  deepStrictEqual(test.shell.failed, ["The process in the background has failed: Cannot open the state"]);
});

async function* oneFile(signal?: AbortSignal): AsyncGenerator<DownloadEvent, string, undefined> {
  yield plan("r");
  yield started(1);
  yield moved(1, 5_000_000);
  await new Promise<void>((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(new ModelManagerError("CANCELLED", "Stopped")));
    if (signal === undefined) resolve();
  });
  return "done";
}

Deno.test("downloads.track() shows what runs without the queue, and gives its result", async () => {
  await using test = await startDownloads(new FakeWork());
  strictEqual(await test.downloads.track("update acme/tiny", oneFile()), "done");
  await test.advance(100);
  const [activity] = test.downloads.get().activities;
  deepStrictEqual(
    [activity?.title, activity?.progress?.receivedBytes, activity?.ended?.error],
    ["update acme/tiny", 5_000_000, undefined],
  );
  strictEqual(test.downloads.worksHere, false);
  strictEqual(test.downloads.forgetEnded(), 1);
  strictEqual(test.downloads.forgetEnded(), 0);
  await test.advance(100);
  deepStrictEqual(test.downloads.get().activities, []);
});

Deno.test("downloads.stopActivity() stops what it was told to run, and so does stop()", async () => {
  await using test = await startDownloads(new FakeWork());
  const { downloads } = test;
  const first = downloads.track("update one", oneFile);
  await test.advance(2_500);
  strictEqual(downloads.worksHere, true);
  strictEqual(downloads.get().activities[0]?.speeds?.length, 2);
  downloads.stopActivity(downloads.get().activities[0]?.id ?? "");
  await rejects(first, { code: "CANCELLED" });
  const second = downloads.track("update two", oneFile);
  const ended = rejects(second, { code: "CANCELLED" });
  await test.advance(100);
  await downloads.stop();
  await ended;
  deepStrictEqual(downloads.get().activities.map(({ ended }) => ended?.error), ["stopped", "stopped"]);
});

Deno.test("downloads.track() passes on what goes wrong, and remembers it; what ended long ago is forgotten", async () => {
  await using test = await startDownloads(new FakeWork());
  // deno-lint-ignore require-yield
  async function* fail(): AsyncGenerator<DownloadEvent, void, undefined> {
    throw await Promise.resolve(new ModelManagerError("NETWORK_ERROR", "No route"));
  }
  for (let time = 0; time < 25; time++) {
    await rejects(test.downloads.track(`update ${time}`, fail()), { message: "No route" });
  }
  await test.advance(100);
  const { activities } = test.downloads.get();
  deepStrictEqual([activities.length, activities[0]?.title, activities[0]?.ended?.error], [
    20,
    "update 5",
    "No route",
  ]);
});

function settingsWith(limit: () => number | string | null): Partial<TuiSession> {
  const load = () => Promise.resolve({ settings: { download: { limit_rate: limit() } } });
  return {
    settings: load as unknown as TuiSession["settings"],
    settingsSource: (() => Promise.resolve({})) as unknown as TuiSession["settingsSource"],
    configuration: (() => Promise.resolve({ loadSettings: load })) as unknown as TuiSession["configuration"],
  };
}

Deno.test("downloads.limitRate() changes the limit of this process, and what the settings say later counts", async () => {
  const set: unknown[] = [];
  let limit: number | null = 4_000_000;
  await using test = await startDownloads(withPending(), {
    manager: { setRateLimit: (rate) => void set.push(rate) },
    session: settingsWith(() => limit),
  });
  const { downloads } = test;
  await test.advance(100);
  strictEqual(downloads.get().rateLimit, 4_000_000);
  downloads.work();
  await downloads.limitRate("08:00,2M 23:00,off");
  strictEqual(downloads.get().rateLimit, "08:00,2M 23:00,off");
  await test.advance(5_000);
  deepStrictEqual(set, ["08:00,2M 23:00,off"]);
  limit = null;
  await test.advance(3_000);
  deepStrictEqual(set, ["08:00,2M 23:00,off", undefined]);
  strictEqual(downloads.get().rateLimit, undefined);
});

Deno.test("downloads.limitRate() throws what the limiter refuses, and shows nothing of it", async () => {
  await using test = await startDownloads(new FakeWork(), {
    manager: {
      setRateLimit() {
        throw new ModelManagerError("USAGE_ERROR", "No rate");
      },
    },
  });
  await rejects(test.downloads.limitRate(0), { message: "No rate" });
  strictEqual(test.downloads.get().rateLimit, undefined);
});

Deno.test("downloads.refresh() shares one answer among those who ask at once", async () => {
  await using test = await startDownloads(withPending());
  const before = test.work.lists;
  await Promise.all([test.downloads.refresh(), test.downloads.refresh(), test.downloads.refresh()]);
  strictEqual(test.work.lists - before, 2);
});
