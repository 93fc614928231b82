/**
 * Whether a daemon runs.
 *
 * @module
 */
import { placesOf } from "../../daemon_room.ts";
import type { TuiContext } from "../context.ts";
import type { DaemonFact } from "./library_state.ts";

/** Asks. What stands in the way is no matter of the library: then it is not known. */
export async function findDaemonFact(
  { session, clock }: Pick<TuiContext, "session" | "clock">,
): Promise<DaemonFact> {
  try {
    const { room, places } = await placesOf(session);
    const found = await room.findDaemon(places, clock);
    if (found === undefined) return { kind: "none" };
    return { kind: found.status === undefined ? "silent" : "running", pid: found.pid };
  } catch {
    return { kind: "unknown" };
  }
}

/** Whether nothing has changed. */
export function isSameDaemon(a: DaemonFact, b: DaemonFact): boolean {
  return a.kind === b.kind && ("pid" in a ? a.pid : 0) === ("pid" in b ? b.pid : 0);
}
