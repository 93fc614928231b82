/**
 * Signals between processes, and the one that asks a daemon to read its settings again.
 *
 * @module
 */
import { kill } from "node:process";
import { hostname } from "./environment.ts";
import { type LockOwner, ownerState } from "./lock_owner.ts";

/** Calls `handler` for each SIGHUP until disposed; never on Windows, where it means the end of the console. */
export function onHangup(handler: () => void): Disposable {
  if (Deno.build.os === "windows") return { [Symbol.dispose]() {} };
  Deno.addSignalListener("SIGHUP", handler);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", handler) };
}

/**
 * Sends a signal to the process that a lock names, if it is that process still: another one may have its number by now.
 *
 * @returns whether it was sent.
 */
export function signalOwner(owner: LockOwner, signal: "SIGTERM" | "SIGKILL" | "SIGCONT"): boolean {
  if (owner.host !== hostname() || ownerState(owner) !== "alive") return false;
  try {
    return kill(owner.pid, signal);
  } catch {
    return false;
  }
}
