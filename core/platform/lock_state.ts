/**
 * Looks at a lock without touching it: who wants it at that moment must not be told that it is taken.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { fileFacts } from "./directory.ts";
import { readLockOwner } from "./file_lock.ts";
import { HEARTBEAT_LOST_MS, type LockOwner, ownerState } from "./lock_owner.ts";

/** Clocks of machines that share a disk differ; an owner on another one counts as dead only after this long. */
const CLOCK_SKEW_MS = 3_600_000;

/**
 * Who holds a lock, as far as looking can tell; `undefined` when nobody does. Only who has the lock knows for sure:
 * somebody may be just about to take it.
 */
export async function findLockHolder(
  path: string,
  clock: Clock = systemClock,
): Promise<LockOwner | undefined> {
  const owner = await readLockOwner(path);
  if (owner === undefined) return undefined;
  const state = ownerState(owner);
  if (state !== "unknown") return state === "alive" ? owner : undefined;
  const facts = await fileFacts(path);
  if (facts === undefined) return undefined;
  return clock.now() - facts.modifiedAtMs < HEARTBEAT_LOST_MS + CLOCK_SKEW_MS ? owner : undefined;
}
