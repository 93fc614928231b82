import assert from "node:assert/strict";
import type { CleanupResult, ModelManager, VerifiedFile } from "../../core/operations/model_manager.ts";
import { LIBRARY } from "../support/fake_manager.ts";
import { type CliRunOptions, formatRun, runTestCli } from "../support/run_cli.ts";

const EVICTED: CleanupResult = {
  removed: [
    { path: "/models/acme/old/old-Q8_0.gguf", reason: "quota", bytes: 4_000_000_000 },
    { path: "/models/acme/clip/.cache/4a.bad", reason: "quarantined", bytes: 1_500_000 },
  ],
  models: [{
    reference: "acme/old:Q8_0",
    repo: "acme/old",
    quant: "Q8_0",
    bytes: 4_000_000_000,
    lastUsedAt: "2024-11-01T00:00:00.000Z",
  }],
  bytesFreed: 4_001_500_000,
  quota: { limitBytes: 10e9, bytesBefore: 13.5e9, bytesAfter: 9.4985e9, fits: true, kept: [] },
  inUse: [],
  problems: [],
};

const TIGHT: CleanupResult = {
  ...EVICTED,
  removed: [],
  models: [],
  bytesFreed: 0,
  quota: {
    limitBytes: 10e9,
    bytesBefore: 13.5e9,
    bytesAfter: 13.5e9,
    fits: false,
    kept: [
      { reference: "acme/a:Q8_0", reason: "pinned", lastUsedAt: "2024-11-01T00:00:00.000Z" },
      { reference: "mine/tune", reason: "unknown-source", lastUsedAt: "2024-11-02T00:00:00.000Z" },
      { reference: "acme/b:Q4_0", reason: "used-last", lastUsedAt: "2024-11-03T00:00:00.000Z" },
    ],
  },
};

function cleaning(result: CleanupResult): Partial<ModelManager> {
  return { planCleanup: () => Promise.resolve(result), cleanup: () => Promise.resolve(result) };
}

const CASES: readonly (readonly [string, readonly string[], CliRunOptions])[] = [
  ["a quota's plan", ["cleanup", "--max-size", "10G", "--dry-run"], { manager: cleaning(EVICTED) }],
  ["a quota's plan as JSON", ["cleanup", "--dry-run", "--json"], { manager: cleaning(EVICTED) }],
  ["a quota carried out", ["cleanup", "--yes"], { manager: cleaning(EVICTED) }],
  ["a quota that nothing fits", ["cleanup", "--yes"], { manager: cleaning(TIGHT) }],
  ["a quota that nobody was asked about", ["cleanup", "--max-size", "10G"], { manager: cleaning(EVICTED) }],
  ["pins", ["models", "pin", "acme/clip", "acme/m:Q8_0"], {}],
  ["pins as JSON", ["models", "unpin", "acme/clip", "--json"], {}],
  ["a scan", ["list", "--scan"], {}],
  ["a scan as JSON", ["list", "--scan", "--json"], {}],
];

for (const [name, args, options] of CASES) {
  Deno.test(`output of ${name}`, async (t) => {
    await t.assertSnapshot(formatRun(args, await runTestCli(args, options)));
  });
}

Deno.test("mm cleanup on a terminal shows what goes, and deletes nothing for anything but yes", async () => {
  let cleaned = 0;
  const manager: Partial<ModelManager> = {
    planCleanup: () => Promise.resolve(EVICTED),
    cleanup: () => Promise.resolve((cleaned += 1, EVICTED)),
  };
  const no = await runTestCli(["cleanup"], { manager, terminal: { columns: 100, input: ["n"] } });
  assert.match(no.stderr, /^acme\/old:Q8_0 +4\.00 GB/m);
  assert.match(no.stderr, /Delete 1 model and 1 leftover, 4\.00 GB\? \[y\/N\]/);
  assert.deepEqual([no.code, cleaned], [1, 0]);
  const yes = await runTestCli(["cleanup"], { manager, terminal: { columns: 100, input: ["yes"] } });
  assert.deepEqual([yes.code, cleaned], [0, 1]);
});

Deno.test("mm cleanup --max-size takes a size and nothing else", async () => {
  let asked: unknown;
  const manager: Partial<ModelManager> = {
    planCleanup: (request) => Promise.resolve((asked = request, TIGHT)),
  };
  await runTestCli(["cleanup", "--max-size", "1.5GiB", "--older-than", "1d"], { manager });
  assert.deepEqual(asked, { olderThanMs: 86_400_000, maxTotalBytes: 1.5 * 2 ** 30 });
  const wrong = await runTestCli(["cleanup", "--max-size", "much"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /Cannot read "much" as a size.*--max-size/);
});

Deno.test("mm list takes a name, and shows pins", async () => {
  let asked: unknown;
  const models = LIBRARY.map((model) => ({ ...model, pinned: true, update: undefined }));
  const manager: Partial<ModelManager> = { list: (query) => Promise.resolve((asked = query, models)) };
  const { stdout } = await runTestCli(["list", "llama"], { manager });
  assert.deepEqual(asked, { sort: "name", name: "llama" });
  assert.match(stdout, /Q4_K_M .* pinned$/m);
});

Deno.test("mm list --scan says what is gone and what could not be looked at, and ends with 11", async () => {
  const manager: Partial<ModelManager> = {
    async *scan() {
      await Promise.resolve();
      yield { type: "hashing", file: "f", receivedBytes: 0, totalBytes: 1 };
      return {
        adopted: [],
        vanished: [
          { reference: "acme/clip", paths: ["/a"], isGone: true },
          { reference: "acme/m:Q8_0", paths: ["/b"], isGone: false },
        ],
        problems: [{ code: "PERMISSION_ERROR", message: 'Cannot read "/c"', hints: ["ls"], causes: [] }],
      };
    },
  };
  const { code, stderr } = await runTestCli(["list", "--scan"], { manager });
  assert.equal(code, 11);
  assert.match(stderr, /^warning: The files of acme\/clip are gone$/m);
  assert.match(stderr, /^hint: Forget it: mm remove "acme\/clip", or fetch it again: mm pull "acme\/clip"$/m);
  assert.match(stderr, /^warning: 1 file of acme\/m:Q8_0 is gone$/m);
  assert.match(stderr, /^error: Cannot read "\/c"$/m);
});

function verifying(files: readonly VerifiedFile[]): Partial<ModelManager> {
  return {
    async *verify() {
      await Promise.resolve();
      yield { type: "verifying", file: "f", receivedBytes: 0, totalBytes: 1 };
      return [...files];
    },
  };
}

const WRONG = { repo: "acme/clip", path: "/models/acme/clip/config.json", expected: "sha256:aa" } as const;
const DENIED = { code: "PERMISSION_ERROR", message: "Cannot read", hints: [], causes: [] } as const;
const FULL = { code: "INSUFFICIENT_SPACE", message: "No space left", hints: [], causes: [] } as const;

for (
  const [name, files, code, text] of [
    [
      "a file that cannot be read",
      [{ ...WRONG, status: "unreadable", error: DENIED }],
      12,
      /1 file cannot be read/,
    ],
    [
      "a corrupt file besides",
      [{ ...WRONG, status: "unreadable", error: DENIED }, { ...WRONG, status: "corrupt" }],
      5,
      /1 file is corrupt, 1 file cannot be read/,
    ],
    [
      "a repair for which there is no room",
      [{ ...WRONG, status: "corrupt", error: FULL }],
      8,
      /No space left/,
    ],
  ] as const
) {
  Deno.test(`mm verify of ${name} ends with ${code}`, async () => {
    const run = await runTestCli(["verify"], { manager: verifying(files) });
    assert.equal(run.code, code, run.stderr);
    assert.match(run.stderr, text);
    assert.match(run.stderr, /^hint: /m);
  });
}
