import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { openStore } from "../../../core/platform/kv.ts";
import { inspectStore } from "../../../core/platform/kv_inspection.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("inspectStore() knows none, a whole and a damaged store, and changes nothing", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("state.kv");
  assert.equal(await inspectStore(path), undefined);
  await using store = await openStore(path);
  await store.kv.set(["history", "1"], { v: 1 });
  const open = await inspectStore(path);
  assert.deepEqual([open?.damage, open?.checked, (open?.sizeBytes ?? 0) > 0], [undefined, true, true]);
  await store[Symbol.asyncDispose]();

  const bytes = await readFile(path);
  bytes.fill(0x55, 0, 4096);
  await writeFile(path, bytes);
  assert.match((await inspectStore(path))?.damage ?? "", /not a database/);
  assert.deepEqual(await readFile(path), bytes);
});
