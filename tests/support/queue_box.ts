/**
 * A sandbox with a queue, whose processes in the background never outlive it.
 *
 * @module
 */
import { join } from "node:path";
import { kill } from "node:process";
import { findLockHolder } from "../../core/platform/lock_state.ts";
import type { E2eHub } from "./e2e_hub.ts";
import { openSandbox, type Sandbox } from "./run_program.ts";

/** Where the lock of the process is that works the queue of a sandbox. */
export function ownerLockPath(box: Sandbox): string {
  return join(box.stateDir, "queue", "owner.lock");
}

/** Kills whoever works the queue of a sandbox. */
export async function killOwner(box: Sandbox): Promise<void> {
  const owner = await findLockHolder(ownerLockPath(box));
  if (owner !== undefined) kill(owner.pid, "SIGKILL");
}

/** A sandbox; who still works its queue at the end, in the background too, is killed. */
export async function openQueueBox(
  hub: E2eHub,
  variables: Readonly<Record<string, string>> = {},
): Promise<Sandbox> {
  const box = await openSandbox({ HF_ENDPOINT: hub.endpoint, ...variables });
  return {
    ...box,
    async [Symbol.asyncDispose]() {
      await killOwner(box);
      await box[Symbol.asyncDispose]();
    },
  };
}
