import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import type { JobRecord, ModelManager } from "../../core/operations/model_manager.ts";
import { fakeQueue, JOBS, pullEvents } from "../support/fake_manager.ts";
import { FakeTerminal } from "../support/fake_terminal.ts";
import { TestClock } from "../support/test_clock.ts";
import { runTestCli } from "../support/run_cli.ts";

const ID = "1rtd6q77";

/** Runs with a queue that notes what it is asked. */
async function run(args: readonly string[], change: Parameters<typeof fakeQueue>[0] = {}) {
  return await runTestCli(args, { manager: { queue: fakeQueue(change) } });
}

Deno.test("mm queue list shows jobs for people, programs and shells", async () => {
  const { stdout } = await run(["queue", "list"]);
  const [header, first, second] = stdout.split("\n");
  match(header ?? "", /^ID +MODEL +PRIORITY +STATUS +PROGRESS +ADDED +ERROR$/);
  match(first ?? "", /^1rtd6q77 .*GGUF:Q4_K_M +high +downloading +42 % of 2\.00 GB +10 minutes ago$/);
  match(second ?? "", /failed .*Repository "acme\/none" does not exist$/);
  const document = JSON.parse((await run(["queue", "list", "--json"])).stdout);
  strictEqual(document.jobs[0].id, ID);
  ok(!("owner" in document.jobs[0]));
  ok(document.jobs[1].error.hints.length > 0, "also an error that came without a hint has one");
  strictEqual((await run(["queue", "list", "-q"])).stdout, "1rtd6q77\n1rtd6q78\n");
  strictEqual((await run(["queue", "list", "-q", "--status", "failed"])).stdout, "1rtd6q78\n");
  match((await run(["queue", "list"])).stderr, /^hint: See why jobs failed: mm queue list --status failed\n/);
  const failed = await run(["queue", "list", "--status", "failed"]);
  match(
    failed.stderr,
    /^error: 1rtd6q78, acme\/none: Repository .*\n\nhint: [^]*hint: Try them again: mm queue retry all/,
  );
});

Deno.test("mm queue list says what to do when nobody works the queue, or it is empty", async () => {
  const waiting = JOBS.map((job) => ({ ...job, status: "pending" as const }));
  const idle = await run(["queue", "list"], { list: () => Promise.resolve(waiting) });
  match(idle.stderr, /2 jobs waiting, and nobody works the queue\nhint: Work it: mm queue run, or/);
  const owner = () => Promise.resolve({ pid: 7 });
  const busy = await run(["queue", "list"], { list: () => Promise.resolve(waiting), owner });
  doesNotMatch(busy.stderr, /nobody/);
  match((await run(["queue", "list"], { list: () => Promise.resolve([]) })).stderr, /mm queue add REF/);
});

Deno.test("mm queue says that the process which has the queue is suspended, and how to wake it", async () => {
  const waiting = JOBS.map((job) => ({ ...job, status: "pending" as const }));
  const silentOwner = () =>
    Promise.resolve({ pid: 7, isSuspended: true, hints: ["Let it go on: kill -CONT 7"] });
  const change = { list: () => Promise.resolve(waiting), silentOwner };
  const listed = await run(["queue", "list"], change);
  strictEqual(
    listed.stderr,
    "warning: Process 7 holds the queue, but is suspended\nhint: Let it go on: kill -CONT 7\n",
  );
  const { owner } = JSON.parse((await run(["queue", "list", "--json"], change)).stdout);
  deepStrictEqual(owner, { pid: 7, answers: false });
  for (const args of [["queue", "add", "a/b"], ["queue", "resume", "all"]]) {
    const resume = () =>
      Promise.resolve([{ id: ID, changed: true, job: waiting[0] as typeof waiting[number] }]);
    const { code, stderr } = await run(args, { ...change, resume });
    strictEqual(code, 0);
    match(stderr, /kill -CONT 7/);
    doesNotMatch(stderr, /mm queue run/);
  }
  strictEqual((await run(["pull", "a/b", "--background"], change)).code, 10);
  const unsure = () => Promise.resolve({ pid: 7, isSuspended: undefined, hints: [] });
  match((await run(["queue", "list"], { ...change, silentOwner: unsure })).stderr, /answer \(suspended\?\)/);
  const done = await run(["queue", "list"], { silentOwner, list: () => Promise.resolve(JOBS.slice(1)) });
  doesNotMatch(done.stderr, /Process 7/);
});

Deno.test("mm queue run tells who works the queue, why a job waits again, and what Ctrl+C has not stopped", async () => {
  const [job] = JOBS as [JobRecord];
  const terminal = new FakeTerminal();
  const following: ModelManager["queue"]["run"] = async function* (options = {}) {
    options.onOwner?.(7);
    yield { type: "job", jobId: job.id, job };
    yield { type: "job", jobId: job.id, job: { ...job, status: "pending" }, preempted: true };
    options.onOwner?.(undefined);
    yield { type: "job", jobId: job.id, job };
    yield { type: "job", jobId: job.id, job: { ...job, status: "pending" } };
    options.onOwner?.(8);
    terminal.send("SIGINT");
    await Promise.resolve();
    throw options.signal?.reason;
  };
  const { code, stderr } = await runTestCli(["queue", "run"], {
    manager: { queue: fakeQueue({ run: following }) },
    terminal,
  });
  strictEqual(code, 130);
  const lines = stderr.split("\n").filter((line) => !line.startsWith(`Job ${ID}: `));
  deepStrictEqual(lines, [
    "Process 7 works the queue; Ctrl+C leaves it at work",
    `Job ${ID} waits again: another one is more urgent`,
    "Process 7 has ended; this one goes on with the queue",
    `Job ${ID} waits again`,
    "Process 8 works the queue; Ctrl+C leaves it at work",
    "error: Stopped following; process 8 goes on with the queue",
    "",
    "hint: See how far it is: mm queue list",
    "hint: Stop what it does, too: mm queue pause all",
    "",
  ]);
});

Deno.test("mm queue run shows no bytes of a job that is paused, also those that come late", async () => {
  const clock = new TestClock();
  const [job] = JOBS as [JobRecord];
  const { id: jobId } = job;
  const [planned, started] = pullEvents(job.reference);
  const late = pullEvents(job.reference).find(({ type }) => type === "progress");
  ok(planned && started && late);
  const pausing: ModelManager["queue"]["run"] = async function* (options = {}) {
    yield { type: "job", jobId, job };
    yield { ...planned, jobId };
    yield { ...started, jobId };
    yield { type: "job", jobId, job: { ...job, status: "paused" } };
    yield { ...late, jobId };
    await clock.advance(20_000);
    options.onIdle?.();
    return { jobs: [{ ...job, status: "paused" }], ownerPid: undefined };
  };
  const { stderr } = await runTestCli(["queue", "run"], {
    manager: { queue: fakeQueue({ run: pausing }) },
    clock,
  });
  match(
    stderr,
    /goes on with: mm queue resume 1rtd6q77\nAll that is left .*\nhint: .*: mm queue resume all\n1 job paused\n$/,
  );
});

Deno.test("mm queue commands hand on what was typed and say what became of it", async () => {
  const calls: unknown[] = [];
  const note = (name: string) => (...args: readonly unknown[]) => {
    calls.push([name, ...args]);
    return Promise.resolve([{ id: ID, changed: name !== "move", job: JOBS[0] as typeof JOBS[number] }]);
  };
  const queue = {
    pause: note("pause"),
    resume: note("resume"),
    retry: note("retry"),
    cancel: note("cancel"),
    setPriority: note("priority"),
    move: note("move"),
  };
  const paused = await run(["queue", "pause", "1r", "all"], queue);
  strictEqual(paused.stdout, `Paused ${ID}: acme/Llama-3.2-3B-Instruct-GGUF:Q4_K_M\n`);
  await run(["queue", "resume", ID], queue);
  await run(["queue", "retry", "all"], queue);
  await run(["queue", "cancel", ID], queue);
  await run(["queue", "priority", "URGENT", ID], queue);
  await run(["queue", "priority", ID, "all", "low"], queue);
  match((await run(["queue", "move", ID, "2"], queue)).stdout, /is in that place already/);
  await run(["queue", "move", ID, "Up"], queue);
  deepStrictEqual(calls, [
    ["pause", ["1r", "all"]],
    ["resume", [ID]],
    ["retry", ["all"]],
    ["cancel", [ID]],
    ["priority", [ID], "urgent"],
    ["priority", [ID, "all"], "low"],
    ["move", ID, 2],
    ["move", ID, "up"],
  ]);
});

Deno.test("mm queue refuses a wrong priority, place or status and names those that there are", async () => {
  for (
    const [args, text] of [
      [["queue", "priority", "top", ID], /no priority "top": wanted urgent, high, normal, low/],
      [["queue", "priority", ID, "top"], /no priority "top"/],
      [["queue", "priority", "all"], /missing|no priority/],
      [["queue", "add", "a/b", "--priority", "7"], /no priority "7"/],
      [["queue", "move", ID, "0"], /no place "0" .* first, last, up, down or a number/],
      [["queue", "list", "--status", "busy"], /no status "busy": wanted pending, downloading/],
      [["pull", "a/b", "--background", "--priority", "soon"], /no priority "soon"/],
    ] as const
  ) {
    const { code, stderr } = await run(args);
    strictEqual(code, 2);
    match(stderr, text);
    match(stderr, /\nhint: /);
  }
});

Deno.test("mm queue says what could not be done to single jobs, with the exit code of that", async () => {
  const error = {
    code: "NOT_FOUND",
    message: 'There is no job "x" in the queue',
    hints: ["look"],
    causes: [],
  } as const;
  const cancel = () =>
    Promise.resolve([{ id: "x", changed: false, error }, {
      id: ID,
      changed: true,
      job: JOBS[0] as typeof JOBS[number],
    }]);
  const part = await run(["queue", "cancel", "x", ID], { cancel });
  strictEqual(part.code, 11);
  match(part.stderr, /error: There is no job "x"/);
  match(part.stdout, /^Cancelled 1rtd6q77/);
  const nothing = { cancel: async () => (await cancel()).slice(0, 1) };
  strictEqual((await run(["queue", "cancel", "x"], nothing)).code, 3);
  const document = JSON.parse((await run(["queue", "cancel", "x", "--json"], nothing)).stdout);
  deepStrictEqual([document.results.length, document.error.code], [1, "NOT_FOUND"]);
});

Deno.test("mm queue run shows the downloads and says how the jobs ended", async () => {
  const { code, stdout, stderr } = await run(["queue", "run"]);
  deepStrictEqual([code, stdout], [0, ""]);
  match(
    stderr,
    /Job 1rtd6q77: acme\/Llama.*\n.*1\.16 GB to fetch in 1 file\n(?:.*\n)*.*✓ .*\n1 job completed\n$/,
  );
  const events = (await run(["queue", "run", "--events"])).stdout.trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  ok(events.slice(0, -1).every(({ jobId }) => jobId === ID));
  deepStrictEqual([events[0].type, events.at(-1).type], ["job", "results"]);
  strictEqual((await run(["queue", "run", "-q"])).stdout, `${ID}\n`);
});

Deno.test("mm queue run ends with the code of the failure, and with 11 when other jobs have completed", async () => {
  const [first, failed] = JOBS;
  if (first === undefined || failed === undefined) throw new Error("no jobs");
  const ending = (...jobs: JobRecord[]): ModelManager["queue"]["run"] =>
    async function* () {
      await Promise.resolve();
      yield { type: "job", jobId: failed.id, job: failed };
      return { jobs, ownerPid: undefined };
    };
  const completed: JobRecord = { ...first, status: "completed" };
  strictEqual((await run(["queue", "run"], { run: ending(failed, completed) })).code, 11);
  const { code, stderr } = await run(["queue", "run"], { run: ending(failed) });
  strictEqual(code, 3);
  match(stderr, /error: acme\/none: Repository.*\n\nhint: Try it again: mm queue retry 1rtd6q78/);
});

Deno.test("mm queue clear tells finished jobs from damaged records, and what to do first when there are none", async () => {
  const clear = () =>
    Promise.resolve([{ id: "x", changed: true }, {
      id: ID,
      changed: true,
      job: JOBS[0] as typeof JOBS[number],
    }]);
  strictEqual(
    (await run(["queue", "clear"], { clear })).stderr,
    "Deleted 1 damaged record\nForgot 1 finished job\n",
  );
  const none = await run(["queue", "clear"], { clear: () => Promise.resolve([]) });
  match(none.stderr, /No finished jobs to forget\nhint: .*mm queue cancel all/);
});

Deno.test("mm queue run says why there was nothing to do", async () => {
  const empty: ModelManager["queue"]["run"] = async function* () {
    yield* [];
    await Promise.resolve();
    return { jobs: [], ownerPid: undefined };
  };
  const [job] = JOBS as [typeof JOBS[number]];
  const list = () => Promise.resolve([{ ...job, status: "paused" as const }, ...JOBS.slice(1)]);
  const { code, stderr } = await run(["queue", "run"], { run: empty, list });
  strictEqual(code, 0);
  match(
    stderr,
    /waits to be downloaded\nhint: .* 1 paused job .*resume all\nhint: .* 1 failed job .*retry all\n$/,
  );
});

Deno.test("mm queue run --follow takes nothing over, and says when nobody works the queue", async () => {
  const asked: (boolean | undefined)[] = [];
  const nobody: Parameters<typeof fakeQueue>[0] = {
    async *run(options = {}) {
      await Promise.resolve();
      asked.push(options.takeOver);
      yield* [];
      return { jobs: [], ownerPid: undefined };
    },
  };
  const { code, stderr } = await run(["queue", "run", "--follow"], nobody);
  strictEqual(code, 0);
  match(stderr, /^Nobody works the queue\nhint: Work it: mm queue run, or/);
  await run(["queue", "run"], nobody);
  deepStrictEqual(asked, [false, true]);
  const both = await run(["queue", "run", "--follow", "--background"], nobody);
  strictEqual(both.code, 2);
  match(both.stderr, /--background/);
});

Deno.test("mm queue tells which machine does a job, where machines share the queue", async () => {
  const [job] = JOBS as [JobRecord];
  const there = { ...job, machine: "beta", installation: "x", elsewhere: true } as const;
  const here = { ...job, id: "1rtd6q79", machine: "alpha", installation: "y" };
  const shared = { isShared: true, list: () => Promise.resolve([there, here]) };
  const { stdout } = await run(["queue", "list"], shared);
  const [header, first, second] = stdout.split("\n");
  match(header ?? "", / MACHINE /);
  match(first ?? "", / beta /);
  match(second ?? "", / this one /);
  const { jobs } = JSON.parse((await run(["queue", "list", "--json"], shared)).stdout);
  deepStrictEqual([jobs[0].machine, jobs[0].elsewhere, jobs[0].installation], ["beta", true, undefined]);
  const added = await run(["queue", "add", "a/b"], shared);
  match(added.stderr, /library of the machine that takes it\n/);
  doesNotMatch((await run(["queue", "add", "a/b"])).stderr, /machine/);
  const left = await run(["queue", "run"], {
    ...shared,
    run: async function* () {
      yield { type: "job", jobId: job.id, job: there };
      await Promise.resolve();
      return { jobs: [there], ownerPid: undefined };
    },
  });
  match(
    left.stderr,
    /Job 1rtd6q77: .*, on machine "beta"\n[^]*1 job still at work on other machines: "beta"\n/,
  );
});

Deno.test("mm queue run does not count as its own what other machines have completed", async () => {
  const [job] = JOBS as [JobRecord];
  const done = { ...job, status: "completed", machine: "beta", elsewhere: true } as const;
  const { code, stderr } = await run(["queue", "run"], {
    run: async function* () {
      yield { type: "job", jobId: job.id, job: done };
      await Promise.resolve();
      return { jobs: [done], ownerPid: undefined };
    },
  });
  strictEqual(code, 0);
  match(stderr, /Job 1rtd6q77 was completed by machine "beta"\n/);
  match(stderr, /1 job completed by other machines: the files are in their libraries\n/);
  doesNotMatch(stderr, /1 job completed\n/);
});

Deno.test("mm queue add says that a token of the environment stays here when another process works the queue", async () => {
  const added = async (environment: Record<string, string>, owner: { readonly pid: number } | undefined) =>
    (await runTestCli(["queue", "add", "a/b"], {
      environment,
      manager: { queue: fakeQueue({ owner: () => Promise.resolve(owner) }) },
    })).stderr;
  const token = { HF_TOKEN: "hf_one" };
  const said = await added(token, { pid: 7 });
  match(said, /^The token in HF_TOKEN is not kept with the job: .*\nhint: .*: mm login\n/m);
  doesNotMatch(said, /hf_one/);
  doesNotMatch(await added({}, { pid: 7 }), /token/);
  doesNotMatch(await added(token, undefined), /token/);
});
