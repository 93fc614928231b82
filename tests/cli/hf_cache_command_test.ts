import assert from "node:assert/strict";
import { fakeHfCache } from "../support/fake_hf_cache.ts";
import { formatRun, runTestCli } from "../support/run_cli.ts";

const RUNS: readonly (readonly string[])[] = [
  ["list", "--hf-cache"],
  ["list", "--hf-cache", "clip", "--sort", "size", "--quiet"],
  ["list", "--hf-cache", "nothing"],
  ["list", "--hf-cache", "--json"],
  ["remove", "acme/clip", "--hf-cache", "--dry-run"],
  ["remove", "acme/clip", "--hf-cache"],
  ["remove", "acme/clip", "--hf-cache", "--yes", "--json"],
  ["verify", "--hf-cache"],
  ["cleanup", "--hf-cache", "--dry-run"],
  ["cleanup", "--hf-cache", "--yes", "--json"],
  ["cleanup", "--hf-cache", "--max-size", "1G"],
  ["verify", "--hf-cache", "--repair"],
  ["list", "--hf-cache", "--type", "other"],
];

for (const args of RUNS) {
  Deno.test(`mm ${args.join(" ")}`, async (t) => {
    await t.assertSnapshot(formatRun(args, await runTestCli(args)));
  });
}

Deno.test("mm verify --hf-cache of a corrupt file is exit 5, with what fetches it again", async () => {
  const path = `/hf/hub/models--acme--clip/snapshots/${"1".repeat(40)}/model.safetensors`;
  const hfCache = fakeHfCache({
    // deno-lint-ignore require-yield
    async *verify() {
      return await Promise.resolve([{
        repo: "acme/clip",
        path,
        status: "corrupt" as const,
        expected: "sha256:a",
        actual: "sha256:b",
      }]);
    },
  });
  const run = await runTestCli(["verify", "--hf-cache"], { manager: { hfCache } });
  assert.equal(run.code, 5);
  assert.match(run.stderr, /1 file is corrupt/);
  assert.match(run.stderr, /mm pull acme\/clip@main:model\.safetensors --to hf-cache --force/);
  assert.doesNotMatch(run.stderr, /mm pull --force/, "that would be for the library");
});

Deno.test("mm cleanup --hf-cache says what is in use, and fails in part for what could not go", async () => {
  const item = { path: "/hf/hub/x", reason: "unused" as const, repo: undefined, bytes: 5 };
  const hfCache = fakeHfCache({
    cleanup: () =>
      Promise.resolve({
        removed: [],
        bytesFreed: 0,
        inUse: [item],
        problems: [{ code: "PERMISSION_ERROR", message: "Cannot delete", hints: [], causes: [] }],
      }),
  });
  const run = await runTestCli(["cleanup", "--hf-cache", "--yes"], { manager: { hfCache } });
  assert.equal(run.code, 11);
  assert.match(run.stderr, /Left 1 file that another program has begun to use/);
});
