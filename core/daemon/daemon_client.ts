/**
 * The daemon as others see it: found, waited for, stopped.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { ModelManagerError } from "../base/errors.ts";
import { hostname } from "../platform/environment.ts";
import { describeOwner } from "../platform/file_lock.ts";
import type { LockOwner } from "../platform/lock_owner.ts";
import { findLockHolder } from "../platform/lock_state.ts";
import { signalOwner } from "../platform/process_signals.ts";
import { connectControl, type ControlClient } from "./control_client.ts";
import type { DaemonPlaces } from "./daemon_places.ts";
import type { DaemonStatus } from "./daemon_status.ts";

/** A daemon that is there. */
export interface FoundDaemon {
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Name of its machine. */
  readonly host: string;
  /** What it says; `undefined` when it does not answer: it is stopped (Ctrl+Z), or just begins or ends. */
  readonly status: DaemonStatus | undefined;
}

/** What became of a daemon that was to stop. */
export interface StoppedDaemon {
  readonly pid: number;
  /** It did not stop in time, and was killed. */
  readonly killed: boolean;
  readonly elapsedMs: number;
}

/** It stops in less; on a busy machine a little is added. */
const STOP_LIMIT_MS = 12_000;
const KILL_LIMIT_MS = 5_000;
const LOOK_MS = 25;

/** Looks for the daemon. @returns `undefined` when there is none. */
export async function findDaemon(places: DaemonPlaces, clock: Clock): Promise<FoundDaemon | undefined> {
  using client = await connectControl(places.control);
  const status = await client?.call<DaemonStatus>("GET /v1/daemon");
  if (status !== undefined) {
    return { pid: status.pid, startedAt: status.startedAt, host: hostname(), status };
  }
  const holder = await findLockHolder(places.lockPath, clock);
  if (holder === undefined) return undefined;
  const { pid, startedAt, host } = holder;
  return { pid, startedAt, host, status: undefined };
}

/** Asks by the socket, else by a signal. */
async function ask(client: ControlClient | undefined, holder: LockOwner): Promise<void> {
  const answer = await client?.call("POST /v1/stop", {}).catch(() => undefined);
  if (answer !== undefined) return;
  signalOwner(holder, "SIGTERM");
  // Who was stopped by Ctrl+Z hears it only then.
  signalOwner(holder, "SIGCONT");
}

async function awaitEnd(
  places: DaemonPlaces,
  holder: LockOwner,
  options: { readonly clock: Clock; readonly signal?: AbortSignal; readonly limitMs: number },
): Promise<boolean> {
  const { clock, signal, limitMs } = options;
  const startMs = clock.monotonic();
  for (;;) {
    const now = await findLockHolder(places.lockPath, clock);
    if (now === undefined || now.id !== holder.id) return true;
    if (clock.monotonic() - startMs >= limitMs) return false;
    await clock.sleep(LOOK_MS, { signal });
  }
}

/**
 * Stops the daemon, and returns when it has ended. It writes down where its jobs are; one that does not end is killed,
 * which costs at most the last tenth of a second of what was fetched.
 *
 * @returns `undefined` when there was none.
 * @throws {ModelManagerError} `LOCKED` when it is on another machine, or cannot be stopped by this user; `CANCELLED`.
 */
export async function stopDaemon(
  places: DaemonPlaces,
  options: { readonly clock: Clock; readonly signal?: AbortSignal; readonly limitMs?: number },
): Promise<StoppedDaemon | undefined> {
  const { clock, limitMs = STOP_LIMIT_MS } = options;
  const startMs = clock.monotonic();
  const holder = await findLockHolder(places.lockPath, clock);
  if (holder === undefined) return undefined;
  using client = await connectControl(places.control);
  await ask(client, holder);
  let killed = false;
  if (!await awaitEnd(places, holder, { ...options, limitMs })) {
    killed = signalOwner(holder, "SIGKILL");
    if (!await awaitEnd(places, holder, { ...options, limitMs: KILL_LIMIT_MS })) {
      throw new ModelManagerError("LOCKED", `The daemon does not stop: ${describeOwner(holder)}`, {
        hints: ["See what it does: mm status", "See what it says: mm logs"],
      });
    }
  }
  return { pid: holder.pid, killed, elapsedMs: Math.round(clock.monotonic() - startMs) };
}
