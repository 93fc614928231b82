import assert from "node:assert/strict";
import fc from "fast-check";
import { EXIT_CODES, exitCodeOf } from "../../cli/exit_code.ts";
import type { CreateAppOptions } from "../../cli/wiring.ts";
import { ERROR_CODES, type ErrorCode, ModelManagerError, throwIfAborted } from "../../core/base/errors.ts";
import type { DownloadEvent } from "../../core/download/events.ts";
import type { ModelManager, PullRequest, PullResult } from "../../core/operations/model_manager.ts";
import { pullEvents, pullResult } from "../support/fake_manager.ts";
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
  [["history"], /"mm history" wants a command: list, stats, clear/, /mm history --help/],
  [["pull"], /The argument REF is missing/, /mm pull --help/],
  [["list", "extra"], /Too many arguments for "mm list": wanted 0, got 1/, /mm list --help/],
  [["list", "--sort", "age"], /--sort <BY> is "age": wanted one of name, size, date/, /mm list --help/],
  [["search", "--limit", "many", "x"], /The option --limit is "many": wanted a whole number/, /--limit 4/],
  [["search", "--limit"], /The option --limit <N> wants a value/, /mm search --help/],
  [["pull", "--connections", "17", "a/b"], /from 1 to 16/, /--connections/],
  [["pull", "--limit-rate", "0", "a/b"], /wanted more than zero, in the option --limit-rate/, /20M/],
  [["history", "list", "--since", "ages"], /Cannot read "ages" as a duration/, /30d/],
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

Deno.test("notices of the application go to standard error", async () => {
  const run = await runTestCli(["list", "--json"], {
    onCreate: (options) => options.onNotice("The registry was rebuilt"),
  });
  assert.equal(run.stderr, "warning: The registry was rebuilt\n");
  assert.ok(JSON.parse(run.stdout).models);
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
  assert.deepEqual([run.code, stopped, run.stdout.trim().split("\n").length], [0, true, 2]);
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
