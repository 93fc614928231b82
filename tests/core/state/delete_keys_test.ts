import assert from "node:assert/strict";
import { systemClock } from "../../../core/base/clock.ts";
import { openStore } from "../../../core/platform/kv.ts";
import { deleteKeys } from "../../../core/state/delete_keys.ts";

Deno.test("deleteKeys() deletes more keys than one transaction takes, and only those", async () => {
  await using store = await openStore(":memory:");
  const { kv } = store;
  for (let n = 0; n < 1300; n += 100) {
    const transaction = kv.atomic();
    for (let i = n; i < n + 100; i++) transaction.set(["k", i], i);
    await transaction.commit();
  }
  const keys = async function* (): AsyncGenerator<Deno.KvKey> {
    for await (const { key, value } of kv.list<number>({ prefix: ["k"] })) if (value !== 7) yield key;
  };
  await deleteKeys(kv, keys(), { clock: systemClock });
  const left = await Array.fromAsync(kv.list<number>({ prefix: [] }), (entry) => entry.value);
  assert.deepEqual(left, [7]);
});
