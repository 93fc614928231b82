/**
 * The daemon, started and stopped from the screen of the schedules.
 *
 * @module
 */
import { type DaemonSession, startDaemon, startedText, stopDaemon, stoppedText } from "../../daemon_start.ts";
import type { TuiContext } from "../context.ts";

function sessionOf({ session, signal }: TuiContext): DaemonSession {
  return {
    clock: session.clock,
    daemon: () => session.daemon(),
    directories: () => session.directories(),
    environment: session.environment,
    settings: () => session.settings(),
    signal,
    startInBackground: (args) => session.startInBackground(args),
  };
}

/** Starts it, and says what became of it. @throws {ModelManagerError} why it does not run */
export async function switchDaemonOn(context: TuiContext): Promise<void> {
  const status = await startDaemon(sessionOf(context));
  const problems = status.problems.map(({ part, message }) => `${part}: ${message}`);
  const isIdle = status.ready ? [] : ["It does not work the queue yet"];
  const more = problems.length + isIdle.length === 0 ? [] : ["See more: mm logs"];
  context.shell.say(startedText(status), [...isIdle, ...problems, ...more]);
}

/** Asks, because what it downloads stops. @returns whether it is to stop */
export async function asksForStop({ shell }: TuiContext): Promise<boolean> {
  const answer = await shell.confirm({
    title: "Stop the daemon?",
    lines: [
      "What it downloads stops, and goes on there at the next start. No schedule runs until then.",
    ],
    choices: [
      { id: "stop", label: "Stop", key: "s" },
      { id: "keep", label: "Keep it running", key: "k" },
    ],
    initial: "keep",
  });
  return answer === "stop";
}

/** Stops it, and says what became of it. */
export async function switchDaemonOff(context: TuiContext): Promise<void> {
  const stopped = await stopDaemon(sessionOf(context));
  context.shell.say(stopped === undefined ? "The daemon is not running" : stoppedText(stopped));
}
