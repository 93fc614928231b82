import assert from "node:assert/strict";
import { formatRun, runTestCli } from "../support/run_cli.ts";

for (
  const args of [["info"], ["info", "--json"], ["info", "--quiet"], ["clear"], ["clear", "--json"], [
    "clear",
    "--quiet",
  ]]
) {
  Deno.test(`mm cache ${args.join(" ")} says what is kept or forgotten`, async (t) => {
    const all = ["cache", ...args];
    const run = await runTestCli(all);
    assert.equal(run.code, 0);
    await t.assertSnapshot(formatRun(all, run));
  });
}

Deno.test("mm cache says when there is nothing", async () => {
  const cache = {
    info: () => Promise.resolve({ entries: 0, sizeBytes: 0 }),
    clear: () => Promise.resolve({ entries: 0, bytesFreed: 0 }),
  };
  const info = await runTestCli(["cache", "info"], { manager: { cache } });
  assert.match(info.stdout, /^0 replies of the Hub, 0 B\n/);
  assert.doesNotMatch(info.stderr, /mm cache clear/);
  assert.match((await runTestCli(["cache", "clear"], { manager: { cache } })).stderr, /^Nothing was kept\n$/);
});
