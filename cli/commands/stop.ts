/**
 * `mm stop`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { sayStopped, stopDaemon } from "../daemon_start.ts";
import type { Session } from "../session.ts";

async function stop(session: Session): Promise<void> {
  const stopped = await stopDaemon(session);
  const { output } = session;
  await output.result({
    json: () => ({ stopped: stopped !== undefined, ...stopped }),
    quiet: () => stopped === undefined ? [] : [String(stopped.pid)],
    human: () => [],
  });
  if (stopped === undefined) output.say("The daemon is not running");
  else sayStopped(stopped, session);
}

/** Adds what `mm stop` does. */
export function configure(command: Command, session: Session): void {
  command.description("Stop the daemon; what it has fetched is kept, and it goes on there at the next start.")
    .action(() => stop(session));
}
