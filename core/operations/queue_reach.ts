/**
 * The process that works the queue: reached, or known to be there and silent.
 *
 * @module
 */
import type { QueueConnection } from "../jobs/queue_service.ts";
import { lockHints, readLockOwner } from "../platform/file_lock.ts";
import { isSuspended } from "../platform/lock_owner.ts";
import { findLockHolder } from "../platform/lock_state.ts";
import type { QueueParts } from "./queue_run.ts";

/** A process that has taken the queue and cannot be reached. */
export interface SilentOwner {
  /** Its number. */
  readonly pid: number;
  /** Stopped, as by Ctrl+Z; `undefined` where the system does not tell. */
  readonly isSuspended: boolean | undefined;
  /** What a person can do about it. */
  readonly hints: readonly string[];
}

/** The process that works the queue, if it answers; nobody waits for one that is suspended. */
export async function reachOwner(
  { control, lockPath }: Pick<QueueParts, "control" | "lockPath">,
): Promise<QueueConnection | undefined> {
  const owner = await readLockOwner(lockPath);
  if (owner !== undefined && isSuspended(owner) === true) return undefined;
  return await control.connect();
}

/** The process that has the queue and does not answer. */
export async function findSilentOwner(parts: QueueParts): Promise<SilentOwner | undefined> {
  using connection = await reachOwner(parts);
  if (connection !== undefined) return undefined;
  const holder = await findLockHolder(parts.lockPath, parts.context.clock);
  if (holder === undefined) return undefined;
  const [, ...hints] = lockHints(holder);
  return { pid: holder.pid, isSuspended: isSuspended(holder), hints };
}
