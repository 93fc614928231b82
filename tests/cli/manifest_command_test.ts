import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { ModelManagerError } from "../../core/base/errors.ts";
import type {
  ManifestModelChanges,
  ModelManager,
  SyncReport,
  SyncRequest,
} from "../../core/operations/model_manager.ts";
import { fakeManifest, SYNCED } from "../support/fake_manifest.ts";
import { type CliRunOptions, formatRun, runTestCli } from "../support/run_cli.ts";

const [DONE] = SYNCED.results;
if (DONE === undefined) throw new Error("The fake has synced nothing");

const FETCHED: SyncReport = {
  ...SYNCED,
  lock: "/project/models.lock.json",
  plan: [
    {
      reference: "acme/a:Q4_K_M",
      priority: "high",
      action: "resume",
      fetchBytes: 500_000,
      totalBytes: 1_000_000,
    },
    { reference: "acme/b", priority: "low", action: "failed", fetchBytes: 0, totalBytes: 0 },
  ],
  results: [
    {
      ...DONE,
      reference: "acme/a:Q4_K_M",
      status: "downloaded",
      bytesFetched: 500_000,
      bytesTotal: 1_000_000,
    },
    {
      ...DONE,
      reference: "acme/b",
      priority: "low",
      status: "failed",
      paths: [],
      bytesTotal: 0,
      error: {
        code: "NOT_FOUND",
        message: 'Repository "acme/b" does not exist',
        hints: ["Search for it: mm search b"],
        causes: [],
      },
    },
  ],
  notPruned: "failures",
  outdatedLock: ["acme/a:Q4_K_M"],
};

/** A manager whose sync ends so, after it has told its plan. */
function syncing(report: SyncReport, requests: (SyncRequest | undefined)[] = []): Partial<ModelManager> {
  return {
    async *sync(request, options) {
      requests.push(request);
      options?.onPlan?.(report.plan);
      yield* [];
      return await Promise.resolve(report);
    },
  };
}

const PRUNED = [{
  reference: "acme/old:Q8_0",
  repo: "acme/old",
  quant: "Q8_0",
  paths: ["/models/acme/old/old-Q8_0.gguf"],
  bytesFreed: 2_000_000,
}];

function pruning(): Partial<ModelManager> {
  const { manifest } = fakeManifest();
  return {
    ...syncing({ ...SYNCED, pruned: PRUNED }),
    manifest: { ...manifest, planPrune: () => Promise.resolve(PRUNED) },
  };
}

const CASES: readonly (readonly [string, readonly string[], CliRunOptions])[] = [
  ["the list at 100 columns", ["models", "list"], { terminal: { columns: 100 } }],
  ["the list at 60 columns", ["models", "list"], { terminal: { columns: 60 } }],
  ["the list as JSON", ["models", "list", "--json"], {}],
  ["the list in quiet mode", ["models", "list", "-q"], {}],
  ["a status that there is not", ["models", "list", "--status", "done"], {}],
  ["a new model", ["models", "add", "acme/a:Q8_0"], {}],
  ["a new model as JSON", ["models", "add", "acme/a:Q8_0", "--json"], {}],
  ["a model that goes", ["models", "remove", "acme/a"], {}],
  ["a change that says nothing", ["models", "update", "acme/a"], {}],
  ["the schema", ["models", "schema"], {}],
  ["a lock", ["lock"], {}],
  ["a lock as JSON", ["lock", "--json"], {}],
  ["a sync that finds everything", ["sync"], {}],
  ["a sync in part", ["sync", "--no-progress"], { manager: syncing(FETCHED) }],
  ["a sync in part as JSON", ["sync", "--json"], { manager: syncing(FETCHED) }],
  ["a sync in quiet mode", ["sync", "-q"], { manager: syncing(FETCHED) }],
  ["a dry run", ["sync", "--dry-run"], { manager: syncing(FETCHED) }],
  ["a sync as events", ["sync", "--events"], {}],
  ["a prune that nobody confirms", ["sync", "--prune"], { manager: pruning() }],
  ["a prune", ["sync", "--prune", "--yes"], { manager: pruning() }],
  ["a manifest without models", ["sync"], { manager: syncing({ ...SYNCED, plan: [], results: [] }) }],
];

for (const [name, args, options] of CASES) {
  Deno.test(`mm models, sync, lock: ${name}`, async (t) => {
    await t.assertSnapshot(formatRun(args, await runTestCli(args, options)));
  });
}

Deno.test("mm sync --frozen ends with 5 when bytes are not those of the lock, whatever else went well", async () => {
  const [first] = FETCHED.results;
  const failed = {
    ...DONE,
    status: "failed" as const,
    error: { code: "CHECKSUM_MISMATCH" as const, message: "Other bytes", hints: [], causes: [] },
  };
  if (first === undefined) throw new Error("There is no first result");
  const manager = syncing({ ...SYNCED, results: [first, failed] });
  strictEqual((await runTestCli(["sync", "--frozen"], { manager })).code, 5);
  strictEqual((await runTestCli(["sync"], { manager })).code, 11);
});

Deno.test("mm sync hands its options on", async () => {
  const requests: (SyncRequest | undefined)[] = [];
  const args = [
    "sync",
    "--frozen",
    "--manifest",
    "team.json",
    "--refresh",
    "--connections",
    "3",
    "--limit-rate",
    "off",
  ];
  await runTestCli(args, { manager: syncing(SYNCED, requests) });
  deepStrictEqual(requests, [{
    manifest: "team.json",
    frozen: true,
    prune: false,
    dryRun: false,
    refresh: true,
    connections: 3,
    limitBytesPerSecond: null,
  }]);
});

Deno.test("mm models add and update hand their fields on", async () => {
  const { manifest } = fakeManifest();
  const seen: ManifestModelChanges[] = [];
  const changes = (): Partial<ModelManager> => ({
    manifest: {
      ...manifest,
      add: (names, fields = {}, choice) => {
        seen.push(fields);
        return manifest.add(names, fields, choice);
      },
      update: (names, fields, choice) => {
        seen.push(fields);
        return manifest.update(names, fields, choice);
      },
    },
  });
  const run = (...args: string[]) => runTestCli(["models", ...args], { manager: changes() });
  await run(
    "add",
    "acme/a",
    "--priority",
    "HIGH",
    "--tag",
    "x",
    "--tag",
    "y",
    "--size-estimate",
    "1.6GB",
    "--disabled",
    "--pinned",
  );
  await run("update", "acme/a", "--name", "acme/a:Q8_0", "--description", "", "--untag", "x");
  await run("disable", "acme/a");
  deepStrictEqual(seen, [
    { priority: "high", sizeEstimateBytes: 1_600_000_000, addTags: ["x", "y"], enabled: false, pinned: true },
    { description: null, name: "acme/a:Q8_0", removeTags: ["x"] },
    { enabled: false },
  ]);
});

Deno.test("mm models pin notes it in the manifest, also for what is not here yet; a broken manifest is no obstacle", async () => {
  const { manifest } = fakeManifest();
  const missing = new ModelManagerError("NOT_FOUND", '"acme/a" is not in the library');
  const noting: Partial<ModelManager> = {
    setPinned: () => Promise.reject(missing),
    manifest: {
      ...manifest,
      update: (names) =>
        Promise.resolve({
          manifest: "/w/models.json",
          created: false,
          models: names.map((name) => ({ name, change: "updated" })),
        }),
    },
  };
  const noted = await runTestCli(["models", "pin", "acme/a"], { manager: noting });
  strictEqual(noted.code, 0, noted.stderr);
  match(noted.stderr, /Noted in "\/w\/models\.json"/);
  const broken = new ModelManagerError("CONFIG_INVALID", "Cannot use it");
  const inSpite = await runTestCli(["models", "pin", "acme/a"], {
    manager: { manifest: { ...manifest, update: () => Promise.reject(broken) } },
  });
  strictEqual(inSpite.code, 0, inSpite.stderr);
  match(inSpite.stderr, /warning: The manifest does not get to know it: Cannot use it/);
  const nowhere = await runTestCli(["models", "pin", "acme/a"], {
    manager: { setPinned: () => Promise.reject(missing) },
  });
  strictEqual(nowhere.code, 3);
});
