/**
 * What the screen says of the daemon, and while there are no schedules: pure.
 *
 * @module
 */
import { daemonText } from "../library/library_header.ts";
import type { SchedulesState } from "./schedules_state.ts";

/** The daemon, and what to do when the schedules wait for it. */
export function daemonWords({ daemon, daemonWork, schedules }: SchedulesState): string {
  if (daemonWork === "starting") return "Daemon: starting…";
  if (daemonWork === "stopping") return "Daemon: stopping…";
  if (daemon.kind !== "none") return `Daemon: ${daemonText(daemon)}`;
  const waits = schedules.some(({ enabled }) => enabled) ? ", so nothing runs" : "";
  return `Daemon: not running${waits}. S starts it, or type: mm start`;
}

/** The same for where there is little room. */
export function daemonShort({ daemon, daemonWork }: SchedulesState): string {
  if (daemonWork !== undefined) return `Daemon: ${daemonWork}…`;
  return daemon.kind === "none" ? "Daemon: not running. S starts it" : `Daemon: ${daemonText(daemon)}`;
}

/** Whether the daemon should be looked at. */
export function isDaemonMissing({ daemon, daemonWork }: SchedulesState): boolean {
  return daemonWork === undefined && (daemon.kind === "none" || daemon.kind === "silent");
}

/** What to do when there is nothing to show. */
export function emptyWords({ isLoaded }: SchedulesState): string {
  return isLoaded
    ? "No schedules yet. Press N to let the daemon download by itself, such as each night."
    : "Reading the schedules…";
}
