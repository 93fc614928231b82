/**
 * A sandbox with a daemon that never outlives it.
 *
 * @module
 */
import { ok } from "node:assert/strict";
import { join } from "node:path";
import { kill } from "node:process";
import { openStore } from "../../core/platform/kv.ts";
import { ScheduleStore } from "../../core/state/schedules.ts";
import { findLockHolder } from "../../core/platform/lock_state.ts";
import type { E2eHub } from "./e2e_hub.ts";
import { openQueueBox } from "./queue_box.ts";
import { type Sandbox, waitUntil } from "./run_program.ts";

/** Where the daemon's lock is. */
export function daemonLockPath(box: Sandbox): string {
  return join(box.stateDir, "daemon", "daemon.lock");
}

/** The number of the daemon's process; `undefined` when there is none. */
export async function daemonPid(box: Sandbox): Promise<number | undefined> {
  return (await findLockHolder(daemonLockPath(box)))?.pid;
}

/** Kills the daemon as a crash would, and waits until it is gone. */
export async function killDaemon(box: Sandbox): Promise<void> {
  const pid = await daemonPid(box);
  if (pid === undefined) return;
  kill(pid, "SIGKILL");
  await waitUntil("the daemon is gone", async () => await daemonPid(box) !== pid);
}

/** A sandbox; its daemon is killed at the end, if it still runs. */
export async function openDaemonBox(
  hub: E2eHub,
  variables: Readonly<Record<string, string>> = {},
): Promise<Sandbox> {
  const box = await openQueueBox(hub, variables);
  return {
    ...box,
    async [Symbol.asyncDispose]() {
      await killDaemon(box);
      await box[Symbol.asyncDispose]();
    },
  };
}

/** Makes a schedule overdue, as if the machine had been off for some days. */
export async function makeOverdue(box: Sandbox, name: string): Promise<void> {
  await using opened = await openStore(join(box.stateDir, "state.kv"));
  const store = new ScheduleStore(opened.kv);
  const entry = await store.get(name);
  ok(entry !== undefined);
  const handledUntil = new Date(Date.now() - 5 * 86_400_000).toISOString();
  ok(await store.replace(entry, { ...entry.schedule, handledUntil }) !== undefined);
}
