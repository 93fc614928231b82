import assert from "node:assert/strict";
import type { OperationSettings } from "../../../core/operations/context.ts";
import { syncSettings, withSettings } from "../../../core/operations/sync_context.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { openOperations } from "./operation_fixture.ts";

const NONE = {
  autoCleanup: undefined,
  cleanupAgeDays: undefined,
  maxTotalBytes: undefined,
  checkFrequency: undefined,
};

Deno.test("syncSettings() takes what the manifest says, but never more room than the machine's own limit", async () => {
  await using dir = await makeTempDir();
  using operations = openOperations(dir);
  const own: OperationSettings = { ...operations.context.settings, cleanupAuto: true, maxTotalBytes: 100 };
  assert.deepEqual(syncSettings(own, NONE), own);
  assert.deepEqual(syncSettings(own, { ...NONE, autoCleanup: false, cleanupAgeDays: 2, maxTotalBytes: 50 }), {
    ...own,
    cleanupAuto: false,
    cleanupAgeMs: 2 * 86_400_000,
    maxTotalBytes: 50,
  });
  assert.equal(syncSettings(own, { ...NONE, maxTotalBytes: 500 }).maxTotalBytes, 100);
  assert.equal(
    syncSettings({ ...own, maxTotalBytes: undefined }, { ...NONE, maxTotalBytes: 500 }).maxTotalBytes,
    500,
  );
});

Deno.test("withSettings() is the same program with other settings", async () => {
  await using dir = await makeTempDir();
  using operations = openOperations(dir);
  const { context } = operations;
  const other = withSettings(context, { ...context.settings, maxTotalBytes: 1 });
  const names = Object.keys(context).toSorted();
  assert.deepEqual(Object.keys(other).toSorted(), names, "every member is there");
  assert.equal(other.settings.maxTotalBytes, 1);
  assert.equal(other.library, context.library);
  assert.equal(other.machinery().pool, context.machinery().pool);
  await assert.rejects(other.hub());
});
