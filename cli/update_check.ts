/**
 * The check for updates that nobody asked for: started in the background by commands of a person, and never in the way.
 *
 * @module
 */
import type { Session } from "./session.ts";

/** Where a program looks on, or a machine that is gone in a minute. */
function isAttended({ terminal, output, environment }: Session): boolean {
  const { stdoutIsTerminal, stderrIsTerminal } = terminal;
  const ci = environment["CI"] ?? "";
  return stdoutIsTerminal && stderrIsTerminal && output.mode === "human" && (ci === "" || ci === "false");
}

/**
 * Starts a check in the background when the settings want one and it is time. Called when a command has said all that
 * it has to say: what goes wrong here changes nothing of it.
 */
export async function startUpdateCheck(session: Session): Promise<void> {
  if (!isAttended(session)) return;
  try {
    const manager = await session.app();
    if (await manager.claimUpdateCheck()) await session.startInBackground(["update", "--check", "--quiet"]);
  } catch {
    // The next command tries again.
  }
}
