/**
 * `mm restart`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { reportStart, sayStopped, startDaemon, stopDaemon } from "../daemon_start.ts";
import type { Session } from "../session.ts";

async function restart(session: Session): Promise<void> {
  // What is wrong with the settings is said before anything is stopped.
  await session.settings();
  const stopped = await stopDaemon(session);
  if (stopped !== undefined) sayStopped(stopped, session);
  await reportStart(await startDaemon(session), session);
}

/** Adds what `mm restart` does. */
export function configure(command: Command, session: Session): void {
  command.description("Stop the daemon, if it runs, and start it anew.").action(() => restart(session));
}
