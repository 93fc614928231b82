import { deepStrictEqual, doesNotMatch, match, strictEqual } from "node:assert/strict";
import { runCli } from "../../cli/run_cli.ts";
import type {
  BackgroundRun,
  JobRecord,
  Queue,
  QueueAddRequest,
} from "../../core/operations/model_manager.ts";
import { fakeManager, fakeQueue, JOBS } from "../support/fake_manager.ts";
import { FakeTerminal } from "../support/fake_terminal.ts";
import { runTestCli } from "../support/run_cli.ts";
import { TestClock } from "../support/test_clock.ts";

const ID = "1rtd6q77";
const [JOB] = JOBS as [JobRecord];
const START = new TestClock().now();

function iso(offsetMs: number): string {
  return new Date(START + offsetMs).toISOString();
}

const RUN: BackgroundRun = { pid: 9, startedAt: iso(60_000), logPath: "/h/state/logs/queue.log" };
const FAILURE: BackgroundRun = {
  ...RUN,
  endedAt: iso(60_100),
  error: {
    code: "PERMISSION_ERROR",
    message: "Cannot open the state",
    hints: ["Look at it: ls"],
    causes: [],
  },
};

/** What the process that is started does. */
interface Started {
  /** The owner that is found, one call after the other; the last one stays. @default nobody, then process 9 */
  readonly owners?: readonly ({ readonly pid: number } | undefined)[];
  readonly run?: BackgroundRun;
  readonly cannotStart?: boolean;
  readonly queue?: Partial<Queue>;
}

/** Runs where processes can be started. */
async function runStarting(args: readonly string[], does: Started = {}) {
  const owners = [...does.owners ?? [undefined, { pid: 9 }]];
  const requests: QueueAddRequest[] = [];
  const started: unknown[] = [];
  const terminal = new FakeTerminal();
  const queue = fakeQueue({
    add: (request) => {
      requests.push(request);
      return Promise.resolve([{ id: ID, changed: true, joined: false, job: JOB }]);
    },
    owner: () => Promise.resolve(owners.length > 1 ? owners.shift() : owners[0]),
    lastBackgroundRun: () => Promise.resolve(started.length === 0 ? undefined : does.run),
    ...does.queue,
  });
  const code = await runCli({
    args,
    terminal,
    environment: {},
    directories: () => ({
      home: "/h",
      config: "/h/config",
      state: "/h/state",
      cache: "/h/cache",
      logs: "/h/logs",
      modelsDefault: "/h/models",
    }),
    workingDirectory: "/h",
    configuration: () => import("../../core/config/mod.ts"),
    createApp: () => Promise.resolve(fakeManager({ queue })),
    startDetached: (...call) => {
      started.push(call);
      return Promise.resolve(does.cannotStart !== true);
    },
    clock: new TestClock({ autoAdvance: true }),
  });
  return { code, requests, started, stdout: terminal.stdout, stderr: terminal.stderr };
}

Deno.test("mm pull --background queues, starts a process with the same settings, and prints the id", async () => {
  const secret = `hf_${"x".repeat(20)}`;
  const args = ["pull", "acme/m", "--background", "--priority", "high", "-i", "*.json"];
  const endpoint = "https://hub.test";
  const settings = ["--models-dir", "/elsewhere", "--token", secret, "--endpoint", endpoint];
  const { code, requests, started, stdout, stderr } = await runStarting([...args, ...settings]);
  strictEqual(code, 0);
  deepStrictEqual(requests, [{
    references: ["acme/m"],
    include: ["*.json"],
    priority: "high",
    background: true,
  }]);
  deepStrictEqual(started, [
    [["queue", "run", "--detached", "--models-dir", "/elsewhere", "--endpoint", endpoint], {
      MM_BACKGROUND: "1",
      HF_TOKEN: secret,
    }],
  ]);
  match(stdout, /^Queued .* as 1rtd6q77\n$/);
  match(stderr, /^Downloading in the background, process 9\nhint: Follow it: mm queue run/);
});

Deno.test("mm pull --background leaves the work to a process that is at it, which has its own token", async () => {
  const { started, stderr } = await runStarting(["pull", "acme/m", "--background"], { owners: [{ pid: 7 }] });
  deepStrictEqual(started, []);
  match(stderr, /^Process 7 works the queue\n/);
  const token = ["pull", "acme/m", "--background", "--token", `hf_${"x".repeat(20)}`];
  match(
    (await runStarting(token, { owners: [{ pid: 7 }] })).stderr,
    /^warning: The token is not kept with the job.*\nhint: .*mm login\n/,
  );
});

Deno.test("mm pull --background has the shape of every pull in JSON, and in events", async () => {
  const document = JSON.parse((await runStarting(["pull", "acme/m", "--background", "--json"])).stdout);
  const { reference, repo, commit, status, paths, bytesFetched, id, job } = document.results[0];
  deepStrictEqual([reference, repo, commit, status, paths, bytesFetched, id, job.priority], [
    JOB.reference,
    "acme/Llama-3.2-3B-Instruct-GGUF",
    null,
    "planned",
    [],
    0,
    ID,
    "high",
  ]);
  const lines = (await runStarting(["pull", "acme/m", "--background", "--events"])).stdout;
  deepStrictEqual(JSON.parse(lines), { type: "results", ...document });
  strictEqual((await runStarting(["pull", "acme/m", "--background", "-q"])).stdout, `${ID}\n`);
});

Deno.test("mm pull --background says what to do where no process can be started", async () => {
  const { code, stderr } = await runStarting(["pull", "acme/m", "--background"], { cannotStart: true });
  strictEqual(code, 0);
  match(
    stderr,
    /warning: Nothing can be started in the background: that needs deno run -A\nhint: .*mm queue run/,
  );
});

Deno.test("mm pull --background says that the process failed, and where to read more", async () => {
  const { code, stderr } = await runStarting(["pull", "acme/m", "--background"], {
    owners: [undefined],
    run: FAILURE,
  });
  strictEqual(code, 12);
  match(stderr, /warning: The process in the background \(9, .*\) failed .*: Cannot open the state\n/);
  match(stderr, /hint: Look at it: ls\nhint: See what happened: cat "\/h\/state\/logs\/queue.log"\n/);
});

Deno.test("mm pull --background is content with a process that has ended well, and wonders about a silent one", async () => {
  const { error: _, ...ended } = FAILURE;
  const quick = await runStarting(["pull", "acme/m", "--background"], { owners: [undefined], run: ended });
  match(quick.stderr, /^Downloading in the background\n/);
  const silent = await runStarting(["pull", "acme/m", "--background"], { owners: [undefined] });
  match(silent.stderr, /warning: .* has not answered for 10 s\nhint: .*mm queue list/);
});

Deno.test("mm queue resume lets what was in the background go on there, and says who is missing for the rest", async () => {
  const resumed = (job: JobRecord) => ({
    resume: () => Promise.resolve([{ id: job.id, changed: true, job }]),
  });
  const waiting: JobRecord = { ...JOB, status: "pending" };
  const queue = resumed({ ...waiting, background: true });
  const owners = [undefined, undefined, { pid: 9 }];
  const there = await runStarting(["queue", "resume", ID], { queue, owners });
  strictEqual(there.started.length, 1);
  match(there.stderr, /Downloading in the background, process 9/);
  const here = await runStarting(["queue", "resume", ID], { queue: resumed(waiting) });
  deepStrictEqual(here.started, []);
  match(here.stderr, /^hint: Nobody works the queue. Work it: mm queue run, or/);
  const busy = await runStarting(["queue", "resume", ID], { queue, owners: [{ pid: 7 }] });
  deepStrictEqual([busy.started, busy.stderr], [[], ""]);
});

Deno.test("mm queue run --background starts somebody if there is work", async () => {
  const list = () => Promise.resolve([{ ...JOB, status: "pending" as const }]);
  const { started, stdout } = await runStarting(["queue", "run", "--background", "--json"], {
    queue: { list },
  });
  strictEqual(started.length, 1);
  deepStrictEqual(JSON.parse(stdout), { owner: { pid: 9 } });
  const idle = await runStarting(["queue", "run", "--background"], {
    queue: { list: () => Promise.resolve([]) },
  });
  deepStrictEqual(idle.started, []);
  match(idle.stderr, /^Nothing in the queue waits to be downloaded\nhint: .*mm queue add REF\n$/);
});

Deno.test("mm queue run --detached works the queue unseen, and ends with the code of what went wrong", async () => {
  let called = 0;
  const count = () => {
    called++;
    return Promise.resolve();
  };
  const { code, stdout, stderr } = await runTestCli(["queue", "run", "--detached"], {
    manager: { queue: fakeQueue({ runInBackground: count }) },
  });
  deepStrictEqual([code, stdout, stderr, called], [0, "", "", 1]);
});

Deno.test("mm queue list tells how the process in the background ended", async () => {
  const list = async (run: BackgroundRun, args: readonly string[] = []) =>
    await runTestCli(["queue", "list", ...args], {
      manager: { queue: fakeQueue({ lastBackgroundRun: () => Promise.resolve(run) }) },
    });
  match(
    (await list(FAILURE)).stderr,
    /\(9, begun .*\) failed .*: Cannot open the state\nhint: Look at it: ls\n/,
  );
  match((await list(RUN)).stderr, /warning: .* was killed or has crashed\nhint: See what happened: cat/);
  const stopped: BackgroundRun = {
    ...FAILURE,
    error: { code: "CANCELLED", message: "Cancelled", hints: [], causes: [] },
  };
  doesNotMatch((await list(stopped)).stderr, /background/);
  const document = JSON.parse((await list(FAILURE, ["--json"])).stdout);
  deepStrictEqual([document.owner, document.background.error.code], [null, "PERMISSION_ERROR"]);
});
