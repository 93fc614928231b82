import assert from "node:assert/strict";
import fc from "fast-check";
import { EXIT_CODES, exitCodeOf } from "../../cli/exit_code.ts";
import { outputFailure } from "../../cli/output_failure.ts";
import type { CreateAppOptions } from "../../cli/wiring.ts";
import { ERROR_CODES, type ErrorCode, ModelManagerError, throwIfAborted } from "../../core/base/errors.ts";
import type { DownloadEvent } from "../../core/download/events.ts";
import type {
  ModelManager,
  PullRequest,
  PullResult,
  VerifiedFile,
  VerifyEvent,
} from "../../core/operations/model_manager.ts";
import { fakeManager, LIBRARY, pullEvents, pullResult } from "../support/fake_manager.ts";
import { FakeTerminal } from "../support/fake_terminal.ts";
import { runTestCli } from "../support/run_cli.ts";
import { settle, TestClock } from "../support/test_clock.ts";

const failing = (code: ErrorCode): Partial<ModelManager> => ({
  list: () => Promise.reject(new ModelManagerError(code, "It did not work")),
});

for (const code of ERROR_CODES) {
  Deno.test(`runCli() ends with ${EXIT_CODES[code]} and at least one hint for ${code}`, async () => {
    const human = await runTestCli(["list"], { manager: failing(code) });
    assert.equal(human.code, EXIT_CODES[code]);
    assert.equal(human.stdout, "");
    assert.match(human.stderr, /^error: It did not work\n\n(hint: .+\n)+$/);
    const json = await runTestCli(["list", "--json"], { manager: failing(code) });
    assert.deepEqual([json.code, json.stderr], [EXIT_CODES[code], ""]);
    const { error } = JSON.parse(json.stdout);
    assert.deepEqual(Object.keys(error), ["code", "message", "hints", "causes"]);
    assert.equal(error.code, code);
    assert.ok(error.hints.length > 0);
  });
}

Deno.test("runCli() shows the stack of an error of our own making only, without secrets", async () => {
  const manager = { list: () => Promise.reject(new TypeError("x is undefined at hf_abcdefghijkl")) };
  const run = await runTestCli(["list"], { manager });
  assert.equal(run.code, 1);
  assert.match(run.stderr, /^error: This is a bug in mm: x is undefined at hf_REDACTED\n {4}at /);
  assert.match(run.stderr, /hint: Report it/);
  const json = await runTestCli(["list", "--json"], { manager });
  assert.equal(JSON.parse(json.stdout).error.code, "FAILED");
  const expected = await runTestCli(["list"], { manager: failing("FAILED") });
  assert.doesNotMatch(expected.stderr, / at /);
});

const MISUSE: readonly (readonly [readonly string[], RegExp, RegExp])[] = [
  [["serch"], /There is no command "serch"/, /Did you mean mm search\?/],
  [["--jsn"], /There is no option "--jsn"/, /Did you mean --json\?/],
  [["pull", "--forse", "a/b"], /There is no option "--forse"/, /Did you mean --force\?/],
  [["history", "lst"], /There is no command "lst"/, /Did you mean mm history list\?/],
  [["history"], /"mm history" wants a command: list, show, stats, export, clear/, /mm history --help/],
  [["pull"], /The argument REF is missing/, /mm pull --help/],
  [["list", "one", "two"], /Too many arguments for "mm list": wanted 1, got 2/, /mm list --help/],
  [["list", "--sort", "age"], /--sort is "age": wanted one of name, size, date/, /mm list --help/],
  [["search", "--limit", "many", "x"], /The option --limit is "many": wanted a whole number/, /--limit 4/],
  [["search", "--limit"], /The option --limit wants a value/, /mm search --help/],
  [["pull", "--connections", "17", "a/b"], /from 1 to 16/, /--connections/],
  [
    ["pull", "--limit-rate", "fast", "a/b"],
    /wanted a number with a unit, in the option --limit-rate/,
    /20MB/,
  ],
  [["history", "list", "--since", "ages"], /The option --since is "ages": wanted an age or a date/, /30d/],
  [["config", "get", "download.conections"], /There is no setting/, /Did you mean "download.connections"\?/],
  [["config", "set", "log.level", "loud"], /it is "loud": wanted one of/, /mm config get log.level/],
  [["list", "--endpoint", "hub"], /The option --endpoint is "hub"/, /mm --help/],
];

for (const [args, message, hint] of MISUSE) {
  Deno.test(`mm ${args.join(" ")} is misuse: exit 2, and a document with --json`, async () => {
    const human = await runTestCli(args);
    assert.equal(human.code, 2);
    assert.equal(human.stdout, "");
    assert.match(human.stderr, message);
    assert.match(human.stderr, hint);
    const json = await runTestCli(["--json", ...args]);
    assert.equal(json.code, 2);
    const { error } = JSON.parse(json.stdout);
    assert.equal(error.code, "USAGE_ERROR");
    assert.match(error.message, message);
  });
}

Deno.test("global options are understood before and after the command", async () => {
  for (
    const args of [
      ["--models-dir", "/m", "--offline", "--token", "hf_secret", "list", "--json"],
      ["list", "--json", "--models-dir=/m", "--token=hf_secret", "--offline"],
      ["--json", "list", "--offline", "--models-dir", "/m", "--token", "hf_secret"],
    ]
  ) {
    let created: CreateAppOptions | undefined;
    const run = await runTestCli(args, { onCreate: (options) => created = options });
    assert.equal(run.code, 0);
    assert.ok(run.stdout.startsWith("{"));
    assert.equal(created?.settings.models_dir, "/m");
    assert.equal(created?.token, "hf_secret");
    assert.equal(created?.offline, true);
  }
});

Deno.test("HF_HUB_OFFLINE forbids the network as --offline does", async () => {
  const offline: boolean[] = [];
  const onCreate = (options: CreateAppOptions): void => void offline.push(options.offline);
  await runTestCli(["list"], { onCreate, environment: { HF_HUB_OFFLINE: "ON" } });
  await runTestCli(["list"], { onCreate, environment: { HF_HUB_OFFLINE: "0" } });
  assert.deepEqual(offline, [true, false]);
});

Deno.test("notices of the application go to standard error at once, unless quiet is wanted", async () => {
  const terminal = new FakeTerminal();
  const answer = Promise.withResolvers<[]>();
  const asked = Promise.withResolvers<void>();
  const running = runTestCli(["search", "x"], {
    terminal,
    onCreate: (options) => options.onNotice('"hub" limits the rate of requests: waiting 60 s'),
    manager: {
      search() {
        asked.resolve();
        return answer.promise;
      },
    },
  });
  await asked.promise;
  assert.equal(terminal.stderr, 'warning: "hub" limits the rate of requests: waiting 60 s\n');
  answer.resolve([]);
  assert.equal((await running).code, 0);
  for (const args of [["list", "--json"], ["pull", "acme/x", "--events"], ["list", "--quiet"]]) {
    const run = await runTestCli(args, { onCreate: (options) => options.onNotice("Waiting") });
    assert.equal(run.stderr, args.includes("--quiet") ? "" : "warning: Waiting\n", args.join(" "));
    assert.doesNotMatch(run.stdout, /Waiting/);
  }
});

Deno.test("damage that was found is said in every form, but not where nobody looks", async () => {
  for (const form of [[], ["--json"], ["--quiet"]]) {
    for (const environment of [{}, { MM_BACKGROUND: "1" }]) {
      const told: (boolean | undefined)[] = [];
      const run = await runTestCli(["list", ...form], {
        environment,
        onCreate: ({ onDamage }) => told.push(onDamage?.("The state file was damaged")),
      });
      const isSeen = !("MM_BACKGROUND" in environment);
      assert.deepEqual(told, [isSeen]);
      assert.equal(run.stderr.includes("warning: The state file was damaged\n"), isSeen, form.join());
      assert.doesNotMatch(run.stdout, /damaged/);
    }
  }
});

for (const args of [["list"], ["list", "--json"], ["pull", "acme/x", "--events"], ["--help"]]) {
  Deno.test(`mm ${args.join(" ")} into a full disk is an ordinary failure`, async () => {
    const terminal = new FakeTerminal();
    terminal.writeOut = () => {
      throw outputFailure(Object.assign(new Error("No space left (os error 28)"), { code: "ENOSPC" }));
    };
    const run = await runTestCli(args, { terminal });
    assert.equal(run.code, 8);
    assert.match(run.stderr, /^error: Cannot write to standard output: the disk is full$/m);
    assert.match(run.stderr, /^hint: /m);
    assert.doesNotMatch(run.stderr, /bug|^ +at /m);
  });
}

Deno.test("a failure whose document nobody reads any more keeps its exit code", async () => {
  const terminal = new FakeTerminal({ closeAfterWrites: 0 });
  const run = await runTestCli(["list", "--json"], { terminal, manager: failing("LOCKED") });
  assert.deepEqual([run.code, run.stdout], [10, ""]);
});

Deno.test("mm pull --no-wait asks not to be kept waiting, and ends with 10 when a file is locked", async () => {
  const requests: PullRequest[] = [];
  // deno-lint-ignore require-yield
  async function* pull(request: PullRequest): AsyncGenerator<DownloadEvent, PullResult[], undefined> {
    await Promise.resolve();
    requests.push(request);
    const error = { code: "LOCKED", message: "Process 7 has it", hints: [], causes: [] } as const;
    return [pullResult("acme/x", request.noWait === true ? { status: "failed", paths: [], error } : {})];
  }
  assert.equal((await runTestCli(["pull", "acme/x", "--no-wait"], { manager: { pull } })).code, 10);
  assert.equal((await runTestCli(["pull", "acme/x"], { manager: { pull } })).code, 0);
  assert.deepEqual(requests.map(({ noWait }) => noWait), [true, false]);
});

Deno.test("a pull that fails says why once", async () => {
  const error = { code: "NETWORK_ERROR", message: "The link broke", hints: [], causes: [] } as const;
  const facts = { reference: "acme/x", totalBytes: 100, receivedBytes: 42, error };
  async function* pull(): AsyncGenerator<DownloadEvent, PullResult[], undefined> {
    await Promise.resolve();
    yield { type: "failed", file: "a.gguf", ...facts };
    yield { type: "failed", ...facts };
    return [pullResult("acme/x", { status: "failed", paths: [], error })];
  }
  const run = await runTestCli(["pull", "acme/x"], { manager: { pull } });
  assert.equal(run.stderr.split("The link broke").length, 2, run.stderr);
  assert.match(run.stderr, /^✗ a\.gguf {2}failed at 42 %\nerror: The link broke\n/);
  const dry = await runTestCli(["pull", "acme/x", "--dry-run"], { manager: { pull } });
  assert.doesNotMatch(dry.stderr, /Would fetch/, "nothing is known of what would be fetched");
});

Deno.test("an empty history is said to be empty, and what a filter hides is not", async () => {
  const { history } = fakeManager();
  const manager = { history: { ...history, list: () => Promise.resolve([]) } };
  assert.match((await runTestCli(["history", "list"], { manager })).stderr, /^No downloads yet\nhint: /);
  const filtered = await runTestCli(["history", "list", "--status", "failed"], { manager });
  assert.equal(filtered.stderr, "The history has nothing like that\n");
});

Deno.test("mm verify names what to fetch anew by the damaged model, not by its repository", async () => {
  const [model] = LIBRARY;
  assert.ok(model !== undefined);
  const path = `${model.path}/${model.files[0]?.path}`;
  // deno-lint-ignore require-yield
  async function* verify(): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined> {
    await Promise.resolve();
    return [{ repo: model?.repo ?? "", path, status: "missing", expected: "sha256:0" }];
  }
  const run = await runTestCli(["verify"], { manager: { verify } });
  assert.equal(run.code, 3);
  assert.match(run.stderr, new RegExp(`^hint: Fetch it anew: mm pull --force "${model.repo}:Q4_K_M"$`, "m"));
});

Deno.test("mm list | head -1 ends quietly", async () => {
  const terminal = new FakeTerminal({ closeAfterWrites: 0 });
  const run = await runTestCli(["list"], { terminal });
  assert.deepEqual([run.code, run.stdout, run.stderr], [0, "", ""]);
});

Deno.test("mm pull --events stops the work when nobody reads any more", async () => {
  let stopped = false;
  async function* pull(): AsyncGenerator<DownloadEvent, PullResult[], undefined> {
    try {
      for (const event of pullEvents("acme/x")) {
        await Promise.resolve();
        yield event;
      }
      return [];
    } finally {
      stopped = true;
    }
  }
  const terminal = new FakeTerminal({ closeAfterWrites: 2 });
  const run = await runTestCli(["pull", "acme/x", "--events"], { terminal, manager: { pull } });
  assert.deepEqual([run.code, stopped, run.stdout.trim().split("\n").length], [1, true, 2]);
  assert.match(
    run.stderr,
    /^error: Stopped: nobody reads the events any more\n\nhint: .*Resume: mm pull acme\/x --events$/m,
  );
});

// deno-lint-ignore require-yield
async function* failSome(request: PullRequest): AsyncGenerator<DownloadEvent, PullResult[], undefined> {
  await Promise.resolve();
  return request.references.map((reference) =>
    reference.startsWith("bad/")
      ? pullResult(reference, {
        status: "failed",
        paths: [],
        error: {
          code: "NOT_FOUND",
          message: `Repository "${reference}" does not exist`,
          hints: [],
          causes: [],
        },
      })
      : pullResult(reference)
  );
}

Deno.test("mm pull ends with 11 when some references failed, else with the code of the first failure", async () => {
  const manager = { pull: failSome };
  const some = await runTestCli(["pull", "acme/x", "bad/a", "bad/b"], { manager });
  assert.equal(some.code, 11);
  assert.match(some.stderr, /error: bad\/a: Repository "bad\/a" does not exist\n\nhint: /);
  assert.match(
    some.stderr,
    /error: 2 of 3 references failed\n\nhint: Try them again: mm pull bad\/a bad\/b\n/,
  );
  assert.equal(some.stdout, "/models/acme/Llama-3.2-3B-Instruct-Q4_K_M.gguf\n");
  const all = await runTestCli(["pull", "bad/a", "bad/b"], { manager });
  assert.equal(all.code, 3);
  const one = await runTestCli(["pull", "bad/a"], { manager });
  assert.match(one.stderr, /^error: Repository "bad\/a" does not exist\n/);
  const json = await runTestCli(["pull", "acme/x", "bad/a", "--json"], { manager });
  assert.deepEqual([json.code, json.stderr], [11, ""]);
  const { results } = JSON.parse(json.stdout);
  assert.deepEqual(results.map(({ status }: PullResult) => status), ["downloaded", "failed"]);
  assert.equal(results[1].error.code, "NOT_FOUND");
  assert.ok(results[1].error.hints.length > 0);
});

Deno.test("exitCodeOf() is 0 without a failure, 11 with some, the first failure's with all", () => {
  const outcome = fc.option(fc.constantFrom(...ERROR_CODES), { nil: undefined });
  fc.assert(fc.property(fc.array(outcome), (outcomes) => {
    const failures = outcomes.filter((code) => code !== undefined);
    const [first] = failures;
    const expected = first === undefined ? 0 : failures.length < outcomes.length ? 11 : EXIT_CODES[first];
    assert.equal(exitCodeOf(outcomes), expected);
  }));
});

/** A pull that runs until it is told to stop; `stubborn`: for ever. */
function endless(
  options: { readonly stubborn: boolean; readonly onStart?: () => void },
): Partial<ModelManager> {
  return {
    async *pull(_request, { signal } = {}) {
      yield* pullEvents("acme/x").slice(0, 3);
      options.onStart?.();
      await new Promise<void>((resolve) => {
        if (!options.stubborn) signal?.addEventListener("abort", () => resolve());
      });
      throwIfAborted(signal);
      return [];
    },
  };
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`${signal} stops a pull with ${code} and says how to resume, without the token`, async () => {
    const terminal = new FakeTerminal();
    const started = Promise.withResolvers<void>();
    const manager = endless({ stubborn: false, onStart: started.resolve });
    const args = ["pull", "acme/x:Q4 K", "--token", "hf_abcdefgh12345", "--force"];
    const running = runTestCli(args, { terminal, manager });
    await started.promise;
    terminal.send(signal);
    const run = await running;
    assert.equal(run.code, code);
    assert.match(
      run.stderr,
      /error: Cancelled\n\nhint: What has been fetched is kept\. Resume: mm pull 'acme\/x:Q4 K' --force\n$/,
    );
    assert.doesNotMatch(run.stderr, /hf_/);
  });
}

Deno.test("a stop signal ends work that does not stop after 900 ms, and the hint is still given", async () => {
  const terminal = new FakeTerminal();
  const clock = new TestClock();
  const started = Promise.withResolvers<void>();
  const manager = endless({ stubborn: true, onStart: started.resolve });
  const running = runTestCli(["pull", "acme/x", "--json"], { terminal, clock, manager });
  let ended = false;
  void running.then(() => ended = true);
  await started.promise;
  terminal.send("SIGTERM");
  await clock.advance(899);
  await settle(20);
  assert.equal(ended, false);
  await clock.advance(1);
  const run = await running;
  assert.equal(run.code, 143);
  assert.equal(JSON.parse(run.stdout).error.code, "CANCELLED");
});

Deno.test("a second Ctrl+C ends at once; one that follows within 100 ms is the same one", async () => {
  const terminal = new FakeTerminal();
  const clock = new TestClock();
  const started = Promise.withResolvers<void>();
  const manager = endless({ stubborn: true, onStart: started.resolve });
  const running = runTestCli(["pull", "acme/x"], { terminal, clock, manager });
  let ended = false;
  void running.then(() => ended = true);
  await started.promise;
  terminal.send("SIGINT");
  await clock.advance(99);
  terminal.send("SIGINT");
  await settle(20);
  assert.equal(ended, false);
  await clock.advance(1);
  terminal.send("SIGINT");
  assert.equal((await running).code, 130);
});

Deno.test("the application is closed at the end, after a failure too", async () => {
  let closed = 0;
  const dispose = { [Symbol.asyncDispose]: () => Promise.resolve(void closed++) };
  await runTestCli(["list"], { manager: dispose });
  await runTestCli(["list"], { manager: { ...failing("LOCKED"), ...dispose } });
  await runTestCli(["config", "path"], { manager: dispose });
  assert.equal(closed, 2);
});

Deno.test("-v shows the log on standard error, without secrets", async () => {
  const { getLogger } = await import("@logtape/logtape");
  const manager: Partial<ModelManager> = {
    list() {
      getLogger(["mm", "http"]).info("GET with hf_abcdefgh12345");
      getLogger(["mm", "http"]).debug("details");
      return Promise.resolve([]);
    },
  };
  const once = await runTestCli(["list", "-v"], { manager });
  assert.match(once.stderr, /\[inf\] mm\.http: GET with hf_REDACTED\n/);
  assert.doesNotMatch(once.stderr, /details/);
  const twice = await runTestCli(["list", "-vv", "--json"], { manager });
  assert.match(twice.stderr, /details\n/);
  assert.deepEqual(JSON.parse(twice.stdout), { models: [] });
  const { reset } = await import("@logtape/logtape");
  await reset();
});
