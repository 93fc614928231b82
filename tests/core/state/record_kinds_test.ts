import assert from "node:assert/strict";
import { openStore } from "../../../core/platform/kv.ts";
import { recordKinds } from "../../../core/state/record_kinds.ts";

Deno.test("recordKinds() finds every kind and its highest version, however many records there are", async () => {
  await using store = await openStore(":memory:");
  const { kv } = store;
  assert.deepEqual(await recordKinds(kv), []);
  for (let index = 0; index < 50; index++) {
    await kv.set(["history", String(index).padStart(3, "0")], { v: 1 });
  }
  await kv.set(["history", "999"], { v: 3 });
  await kv.set(["history_files", "1", 0], ["a"]);
  await kv.set(["jobs", "x", true], { v: 2 });
  await kv.set(["jobs"], "text");
  assert.deepEqual(await recordKinds(kv), [
    { kind: "history", version: 3 },
    { kind: "history_files", version: undefined },
    { kind: "jobs", version: 2 },
  ]);
});
