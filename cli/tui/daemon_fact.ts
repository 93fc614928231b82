/**
 * Whether a daemon runs.
 *
 * @module
 */
import { placesOf } from "../daemon_room.ts";
import type { TuiContext } from "./context.ts";

/** What is known of the daemon. */
export type DaemonFact =
  | { readonly kind: "unknown" }
  | { readonly kind: "none" }
  | { readonly kind: "running" | "silent"; readonly pid: number };

/** What a state is told of it. */
export interface DaemonAction {
  readonly type: "daemon";
  readonly daemon: DaemonFact;
}

/** Asks. What stands in the way is no matter of a list: then it is not known. */
async function findDaemonFact(
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
function isSameDaemon(a: DaemonFact, b: DaemonFact): boolean {
  return a.kind === b.kind && ("pid" in a ? a.pid : 0) === ("pid" in b ? b.pid : 0);
}

/** Looks for the daemon, and tells the state when there is news. */
export async function lookForDaemon(
  context: Pick<TuiContext, "session" | "clock">,
  store: { get(): { readonly daemon: DaemonFact }; dispatch(action: DaemonAction): void },
): Promise<void> {
  const daemon = await findDaemonFact(context);
  if (!isSameDaemon(daemon, store.get().daemon)) store.dispatch({ type: "daemon", daemon });
}
