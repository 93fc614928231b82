/**
 * `mm start`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { runDaemon } from "../daemon_process.ts";
import { reportStart, startDaemon } from "../daemon_start.ts";
import type { Session } from "../session.ts";

const NOTES = `
The daemon works the queue and the schedules without a terminal, and looks for
updates as the settings say. One that fails for want of a network or of room on
the disk is tried again. Settings that change take effect within seconds.

Examples:
  mm start                        start it; returns when it answers
  mm pull org/name --background   let it download something
  mm status --watch               look on
  mm service install              start it whenever you log on`;

/** Whether the variable of an older tool asks for it. */
async function wantsForeground(session: Session): Promise<boolean> {
  const { isTruthy } = await session.configuration();
  return isTruthy(session.environment["HF_DOWNLOADER_FOREGROUND"]);
}

async function start(
  { foreground, detached }: {
    readonly foreground?: true | undefined;
    readonly detached?: true | undefined;
  },
  session: Session,
): Promise<void> {
  if (detached === true) return await runDaemon(session, { talks: false });
  if (foreground === true || await wantsForeground(session)) return await runDaemon(session, { talks: true });
  await reportStart(await startDaemon(session), session);
}

/** Adds what `mm start` does. */
export function configure(command: Command, session: Session): void {
  command.description("Start the daemon.")
    .option("--foreground", "be the daemon, in this terminal or for a service manager")
    .addOption(command.createOption("--detached", "be the daemon in the background").hideHelp())
    .addHelpText("after", NOTES)
    .action((options) => start(options, session));
}
