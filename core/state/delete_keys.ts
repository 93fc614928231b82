/**
 * Many keys deleted in few transactions.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { withKvRetry } from "../platform/kv.ts";

/** A transaction may have 1000 changes; smaller ones let other processes in between. */
const BATCH = 500;

/** Deletes all the keys that come; each transaction is whole, all of them together are not one. */
export async function deleteKeys(
  kv: Deno.Kv,
  keys: AsyncIterable<Deno.KvKey>,
  options: { readonly clock: Clock },
): Promise<void> {
  let batch: Deno.KvKey[] = [];
  const flush = async (): Promise<void> => {
    await withKvRetry(async () => {
      const transaction = kv.atomic();
      for (const key of batch) transaction.delete(key);
      await transaction.commit();
    }, options);
    batch = [];
  };
  for await (const key of keys) {
    batch.push(key);
    if (batch.length >= BATCH) await flush();
  }
  if (batch.length > 0) await flush();
}
