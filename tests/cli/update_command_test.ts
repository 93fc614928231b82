import { deepStrictEqual, doesNotMatch, match, strictEqual } from "node:assert/strict";
import { runCli } from "../../cli/run_cli.ts";
import type { ModelManager, UpdateRequest, UpdateResult } from "../../core/operations/model_manager.ts";
import { fakeManager, LIBRARY } from "../support/fake_manager.ts";
import { UPDATES } from "../support/fake_updates.ts";
import { FakeTerminal, type FakeTerminalOptions } from "../support/fake_terminal.ts";
import { type CliRunOptions, formatRun, runTestCli } from "../support/run_cli.ts";
import { TestClock } from "../support/test_clock.ts";

const [CHANGED, CURRENT, GONE] = UPDATES as [UpdateResult, UpdateResult, UpdateResult];

const TIDIED: Partial<UpdateResult> = {
  removedFiles: ["config.json", "old-Q4_K_M.gguf"],
  deletedFiles: ["old-Q4_K_M.gguf"],
  bytesFreed: 1_900_000_000,
  keptFiles: [{ path: "README.md", modelId: "acme/Llama-3.2-3B-Instruct-GGUF:Q8_0" }],
};

/** A manager whose update ends so, and what it was asked for. */
function updating(
  results: readonly UpdateResult[],
  requests: (UpdateRequest | undefined)[] = [],
): Partial<ModelManager> {
  return {
    async *update(request) {
      requests.push(request);
      yield* [];
      return await Promise.resolve([...results]);
    },
  };
}

const CASES: readonly (readonly [string, readonly string[], CliRunOptions])[] = [
  ["a check at 100 columns", ["update", "--check"], { terminal: { columns: 100 } }],
  ["a check at 60 columns", ["update", "--check"], { terminal: { columns: 60 } }],
  ["a check as JSON", ["update", "--check", "--json"], {}],
  ["a check in quiet mode", ["update", "--check", "--quiet"], {}],
  ["an update", ["update", "--no-progress"], {}],
  ["an update in quiet mode", ["update", "-q"], {}],
  ["an update as events", ["update", "--events"], {}],
  ["nothing to update", ["update"], { manager: updating([CURRENT]) }],
  ["an empty library", ["update", "--check"], {
    manager: { ...updating([]), list: () => Promise.resolve([]) },
  }],
  ["a library without files", ["update"], { manager: updating([]) }],
  ["old weights that go, and files that a pin keeps, in a check", ["update", "--check"], {
    manager: updating([{ ...CHANGED, renamedTo: undefined, ...TIDIED, bytesFreed: 0 }]),
  }],
  ["old weights that an earlier update has left", ["update", "--check"], {
    manager: updating([{ ...CURRENT, status: "planned", ...TIDIED, keptFiles: [], bytesFreed: 0 }]),
  }],
  ["old weights that went, and files that a pin keeps", ["update"], {
    manager: updating([{ ...CHANGED, renamedTo: undefined, status: "downloaded", ...TIDIED }]),
  }],
  ["one reference that fails", ["update", "acme/gone"], {
    manager: updating([{ ...GONE, reference: "acme/gone" }]),
  }],
  ["what was removed upstream", ["update", "acme/clip"], {
    manager: updating([{ ...CURRENT, update: "removed upstream", removedFiles: ["config.json"] }]),
  }],
  ["what is pinned, by name", ["update", "acme/clip"], {
    manager: updating([{ ...CURRENT, update: "pinned" }]),
  }],
  ["models that cannot be compared", ["update", "--check"], {
    manager: updating([{ ...CURRENT, update: "pinned" }, {
      ...CURRENT,
      reference: "acme/x",
      update: "unknown",
    }]),
  }],
];

for (const [name, args, options] of CASES) {
  Deno.test(`mm update: ${name}`, async (t) => {
    await t.assertSnapshot(formatRun(args, await runTestCli(args, options)));
  });
}

Deno.test("mm update says what it is doing when that takes long, and only then", async () => {
  const clock = new TestClock();
  const asks = (ms: number): Partial<ModelManager> => ({
    async *update() {
      await clock.advance(ms);
      yield* [];
      return [CURRENT];
    },
  });
  const slow = await runTestCli(["update", "--check"], { clock, manager: asks(2_000) });
  match(slow.stderr, /^Asking the Hub about every model$/m);
  doesNotMatch((await runTestCli(["update", "--check"], { clock, manager: asks(1_900) })).stderr, /Asking/);
});

Deno.test("mm update says one failure of many models once", async () => {
  const error = { code: "OFFLINE", message: "Cannot ask while offline", hints: [], causes: [] } as const;
  const results = ["a", "b", "c"].map((reference): UpdateResult => ({ ...GONE, reference, error }));
  const { code, stderr } = await runTestCli(["update"], { manager: updating(results) });
  strictEqual(code, 9);
  strictEqual(stderr.match(/^error:/gm)?.length, 1, stderr);
  match(stderr, /^error: 3 models: Cannot ask while offline$/m);
});

Deno.test("mm update hands its options on, and takes --dry-run for --check", async () => {
  const requests: (UpdateRequest | undefined)[] = [];
  const manager = updating([CURRENT], requests);
  await runTestCli(["update"], { manager });
  await runTestCli(["update", "a/b", "--dry-run"], { manager });
  await runTestCli(["update", "a/b", "c/d", "-f", "--connections", "4", "--limit-rate", "off"], { manager });
  deepStrictEqual(requests, [
    { check: false, force: false },
    { references: ["a/b"], check: true, force: false },
    { references: ["a/b", "c/d"], check: false, force: true, connections: 4, limitBytesPerSecond: null },
  ]);
});

Deno.test("mm update that is cut short says how to go on", async () => {
  const terminal = new FakeTerminal();
  const { code, stderr } = await runTestCli(["update", "acme/m"], {
    terminal,
    manager: {
      async *update(_request, { signal } = {}) {
        terminal.send("SIGINT");
        yield* [];
        signal?.throwIfAborted();
        return await Promise.resolve([]);
      },
    },
  });
  strictEqual(code, 130);
  match(stderr, /^hint: What has been fetched is kept\. Resume: mm update acme\/m$/m);
});

interface Looking {
  readonly args?: readonly string[];
  readonly terminal?: FakeTerminalOptions;
  readonly environment?: Readonly<Record<string, string>>;
  readonly manager?: Partial<ModelManager>;
}

/** Runs where processes can be started, on a terminal. */
async function runAttended(looking: Looking = {}) {
  const started: unknown[] = [];
  let claims = 0;
  const terminal = new FakeTerminal(looking.terminal ?? { columns: 100 });
  const claimUpdateCheck = () => {
    claims++;
    return Promise.resolve(true);
  };
  const code = await runCli({
    args: looking.args ?? ["list"],
    terminal,
    environment: { NO_COLOR: "1", ...looking.environment },
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
    createApp: () => Promise.resolve(fakeManager({ claimUpdateCheck, ...looking.manager })),
    startDetached: (args) => {
      started.push(args);
      return Promise.resolve(true);
    },
    clock: new TestClock(),
  });
  return { code, started, claims, stdout: terminal.stdout, stderr: terminal.stderr };
}

Deno.test("commands of a person start a check in the background once it is due, and say nothing of it", async () => {
  for (const args of [["list"], ["show", "acme/m"], ["pull", "acme/m"]]) {
    const due = await runAttended({ args });
    deepStrictEqual(due.started, [["update", "--check", "--quiet"]], args.join(" "));
    const early = await runAttended({ args, manager: { claimUpdateCheck: () => Promise.resolve(false) } });
    deepStrictEqual(early.started, []);
    deepStrictEqual([early.code, early.stdout, early.stderr], [due.code, due.stdout, due.stderr]);
  }
  const elsewhere = await runAttended({ args: ["list", "--models-dir", "/m"] });
  deepStrictEqual(elsewhere.started, [["update", "--check", "--quiet", "--models-dir", "/m"]]);
});

Deno.test("no check is started where nobody looks on, and none of what goes wrong with it shows", async () => {
  const unattended: Looking[] = [
    { terminal: {} },
    { environment: { CI: "true" } },
    { args: ["list", "--json"] },
    { args: ["list", "-q"] },
    { args: ["pull", "acme/m", "--events"] },
    { args: ["history", "list"] },
  ];
  for (const looking of unattended) {
    const { claims, started } = await runAttended(looking);
    deepStrictEqual([claims, started], [0, []], JSON.stringify(looking));
  }
  const broken = await runAttended({
    manager: { claimUpdateCheck: () => Promise.reject(new Error("The state cannot be opened")) },
  });
  strictEqual(broken.code, 0);
  doesNotMatch(broken.stderr, /state/);
});

Deno.test("mm list counts the models that have an update", async () => {
  const models = LIBRARY.map((model) => ({ ...model, update: "update available" as const }));
  const { stderr } = await runTestCli(["list"], { manager: { list: () => Promise.resolve(models) } });
  match(stderr, /^hint: 2 models have updates: mm update$/m);
  const none = LIBRARY.map((model) => ({ ...model, update: "up to date" as const }));
  doesNotMatch(
    (await runTestCli(["list"], { manager: { list: () => Promise.resolve(none) } })).stderr,
    /hint/,
  );
});

Deno.test("mm update exits with 11 when some models failed, and with the failure when all did", async () => {
  strictEqual((await runTestCli(["update"], { manager: updating([CHANGED, GONE]) })).code, 11);
  strictEqual((await runTestCli(["update"], { manager: updating([GONE, GONE]) })).code, 3);
});
