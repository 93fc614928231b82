/**
 * A look at a store's file without opening the store: whether it is whole, and how large.
 *
 * @module
 */
import { fileFacts } from "./directory.ts";
import { findDamage, withKvRetry } from "./kv.ts";

/** What a store's file is like. */
export interface StoreFile {
  /** With its write-ahead log. */
  readonly sizeBytes: number;
  /** What is wrong with it; `undefined` when nothing is, or when it was too large to look through. */
  readonly damage: string | undefined;
  /** Every page was looked at. */
  readonly checked: boolean;
}

/** Looking through more than this would take longer than a person waits. */
const MAX_CHECKED_BYTES = 512 * 1024 * 1024;

/**
 * Looks at a store's file; nothing is changed.
 *
 * @returns `undefined` when there is none yet.
 * @throws {ModelManagerError} When it cannot be read.
 */
export async function inspectStore(path: string): Promise<StoreFile | undefined> {
  const facts = await fileFacts(path);
  if (facts === undefined) return undefined;
  const log = await fileFacts(`${path}-wal`);
  const sizeBytes = facts.sizeBytes + (log?.sizeBytes ?? 0);
  const checked = sizeBytes <= MAX_CHECKED_BYTES;
  return { sizeBytes, checked, damage: checked ? await withKvRetry(() => findDamage(path)) : undefined };
}
