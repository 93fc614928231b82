import assert from "node:assert/strict";
import type { OperationContext } from "../../../core/operations/context.ts";
import { carryOutWork, cleanup, planLeftovers, planWork } from "../../../core/operations/cleanup.ts";
import { cleanUpAfterPull } from "../../../core/operations/pull_quota.ts";
import { acquireFileLock } from "../../../core/platform/file_lock.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { openOperations, type OperationFixture } from "./operation_fixture.ts";

/** Three models of 5 kB each, used in the order of their names. */
async function openThree(dir: TempDir): Promise<OperationFixture> {
  const fixture = openOperations(dir);
  for (const [index, name] of ["a", "b", "c"].entries()) {
    await fixture.files.add(`acme/${name}`, { "m-Q8_0.gguf": name.repeat(5000) });
    const used = new Date(Date.now() + index * 60_000);
    await Deno.utime(dir.join("acme", name, "m-Q8_0.gguf"), used, new Date(0));
  }
  return fixture;
}

const QUOTA = { maxTotalBytes: 6000 };

function names({ models }: { readonly models: readonly { readonly reference: string }[] }): string[] {
  return models.map(({ reference }) => reference);
}

async function listed({ files }: OperationFixture): Promise<string[]> {
  return (await files.library.list()).map(({ repo }) => repo);
}

Deno.test("cleanup() does what its plan says, with the bytes it says", async () => {
  await using dir = await makeTempDir();
  using fixture = await openThree(dir);
  const planned = await planLeftovers(fixture.context, QUOTA);
  assert.deepEqual(names(planned), ["acme/a:Q8_0", "acme/b:Q8_0"]);
  assert.deepEqual([planned.bytesFreed, planned.quota?.bytesAfter, planned.quota?.fits], [
    10_000,
    5000,
    true,
  ]);
  assert.deepEqual(
    planned.removed.map(({ path, reason }) => [path, reason]),
    ["a", "b"].map((name) => [dir.join("acme", name, "m-Q8_0.gguf"), "quota"]),
  );
  assert.deepEqual(await listed(fixture), ["acme/a", "acme/b", "acme/c"]);
  assert.deepEqual(await cleanup(fixture.context, QUOTA), planned);
  assert.deepEqual(await listed(fixture), ["acme/c"]);
  const again = await cleanup(fixture.context, QUOTA);
  assert.deepEqual([names(again), again.bytesFreed, again.quota?.bytesBefore], [[], 0, 5000]);
});

Deno.test("cleanup() takes no model without a quota", async () => {
  await using dir = await makeTempDir();
  using fixture = await openThree(dir);
  const { models, quota } = await cleanup(fixture.context);
  assert.deepEqual([models, quota], [[], undefined]);
  assert.equal((await listed(fixture)).length, 3);
});

Deno.test("carryOutWork() leaves what was pinned, or is being downloaded, since it was planned", async () => {
  await using dir = await makeTempDir();
  using fixture = await openThree(dir);
  const { context, files } = fixture;
  const work = await planWork(context, QUOTA);
  await files.library.setPinned(["acme/a:Q8_0"], true);
  const hex = await files.begin("acme/b", "m-Q8_0.gguf", { sizeBytes: 10, receivedBytes: 1 });
  await using _lock = await acquireFileLock(dir.join("acme", "b", ".cache", `${hex}.lock`));
  const result = await carryOutWork(context, work);
  assert.deepEqual([names(result), result.bytesFreed], [[], 0]);
  assert.deepEqual(
    result.inUse.map(({ path }) => path).filter((path) => path.endsWith(".gguf")),
    ["a", "b"].map((name) => dir.join("acme", name, "m-Q8_0.gguf")),
  );
  assert.equal(result.quota?.fits, false);
  assert.deepEqual((await listed(fixture)).sort(), ["acme/a", "acme/b", "acme/c"]);
});

Deno.test("cleanUpAfterPull() does nothing unless it may, nothing in vain, and says what it did", async () => {
  await using dir = await makeTempDir();
  using fixture = await openThree(dir);
  const { context, files, notices } = fixture;
  const withSettings = (change: Partial<OperationContext["settings"]>) => ({
    ...context,
    settings: { ...context.settings, maxTotalBytes: 6000, cleanupAuto: true, ...change },
  });
  await cleanUpAfterPull(withSettings({ cleanupAuto: false }), []);
  assert.deepEqual([(await listed(fixture)).length, notices], [3, []]);
  await files.library.setPinned(["acme/b:Q8_0", "acme/c:Q8_0"], true);
  await cleanUpAfterPull(withSettings({}), []);
  assert.equal((await listed(fixture)).length, 3);
  assert.match(notices.join("\n"), /^The library takes more than the 6\.00 kB it may: .*mm cleanup$/);
  await files.library.setPinned(["acme/b:Q8_0", "acme/c:Q8_0"], false);
  await cleanUpAfterPull(withSettings({}), []);
  assert.deepEqual(await listed(fixture), ["acme/c"]);
  assert.match(
    notices.at(-1) ?? "",
    /^To stay within .*, 10\.0 kB were deleted: acme\/a:Q8_0, acme\/b:Q8_0$/,
  );
});
