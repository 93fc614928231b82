/**
 * The daemon started and stopped from a terminal.
 *
 * @module
 */
import { fromErrorData, ModelManagerError } from "../core/base/errors.ts";
import type { DaemonStatus, StoppedDaemon } from "../core/daemon/mod.ts";
import { placesOf } from "./daemon_room.ts";
import { sayProblems, statusDocument } from "./output/daemon_view.ts";
import type { Session } from "./session.ts";

/** How long a process may take to answer: Deno has to start, on a busy machine too. */
const ANSWER_LIMIT_MS = 30_000;
/** From then on, it is said what keeps it from its work. */
const READY_LIMIT_MS = 8_000;
const LOOK_MS = 40;

/** What is needed of a session. */
export type DaemonSession = Pick<
  Session,
  "clock" | "daemon" | "directories" | "environment" | "settings" | "signal" | "startInBackground"
>;

/** Starts it in the background; returns when it answers. @throws {ModelManagerError} `LOCKED`, or why it does not. */
export async function startDaemon(session: DaemonSession): Promise<DaemonStatus> {
  const { room, places } = await placesOf(session);
  const { clock } = session;
  // What is wrong with the settings is said here, not in a log.
  await session.settings();
  const found = await room.findDaemon(places, clock);
  if (found !== undefined) throw room.runningError(found);
  await room.checkDaemonPlaces(places);
  const sinceMs = clock.now();
  if (!await session.startInBackground(["start", "--detached"])) {
    throw new ModelManagerError(
      "PERMISSION_ERROR",
      "Nothing can be started in the background: that needs deno run -A",
      {
        hints: ["Run it in this terminal: mm start --foreground"],
      },
    );
  }
  return await awaitAnswer(session, sinceMs);
}

async function awaitAnswer(session: DaemonSession, sinceMs: number): Promise<DaemonStatus> {
  const { room, places } = await placesOf(session);
  const { clock, signal } = session;
  const startMs = clock.monotonic();
  let answeredMs: number | undefined;
  for (;;) {
    const nowMs = clock.monotonic();
    const status = (await room.findDaemon(places, clock))?.status;
    if (status !== undefined) answeredMs ??= nowMs;
    const waitedMs = answeredMs === undefined ? 0 : nowMs - answeredMs;
    if (status !== undefined && (status.ready || waitedMs >= READY_LIMIT_MS)) return status;
    const note = status === undefined ? await room.readDaemonNote(places) : undefined;
    if (note?.endedAt !== undefined && Date.parse(note.startedAt) >= sinceMs) {
      if (note.error !== undefined) throw fromErrorData(note.error);
      throw new ModelManagerError("FAILED", "The daemon has ended at once: somebody has stopped it", {
        hints: ["See what it says: mm logs"],
      });
    }
    if (nowMs - startMs >= ANSWER_LIMIT_MS) throw silentError();
    await clock.sleep(LOOK_MS, { signal });
  }
}

function silentError(): ModelManagerError {
  return new ModelManagerError("FAILED", `The daemon has not answered for ${ANSWER_LIMIT_MS / 1000} s`, {
    hints: ["See what it says: mm logs", "Or see it begin: mm start --foreground"],
  });
}

/** That it runs, in words. */
export function startedText({ pid }: Pick<DaemonStatus, "pid">): string {
  return `The daemon is running as process ${pid}`;
}

/** How it stopped, in words. */
export function stoppedText({ pid, killed }: Pick<StoppedDaemon, "pid" | "killed">): string {
  return killed
    ? `The daemon did not stop in time, and was killed (process ${pid})`
    : `The daemon has stopped (process ${pid})`;
}

/** Says what became of a start. */
export async function reportStart(status: DaemonStatus, session: Session): Promise<void> {
  const { output } = session;
  await output.result({
    json: () => statusDocument({ status, jobs: [] }),
    quiet: () => [String(status.pid)],
    human: () => [],
  });
  output.say(startedText(status));
  if (!status.ready) output.warn("It does not work the queue yet");
  sayProblems(status.problems, output);
  output.suggest("Queue a download: mm pull REF --background, or look at it: mm status");
}

/** Stops it. @returns `undefined` when there was none. */
export async function stopDaemon(
  session: Omit<DaemonSession, "settings" | "startInBackground">,
): Promise<StoppedDaemon | undefined> {
  const { room, places } = await placesOf(session);
  const { clock, signal } = session;
  return await room.stopDaemon(places, { clock, signal });
}

/** Says how it stopped. */
export function sayStopped(stopped: StoppedDaemon, session: Session): void {
  const { output } = session;
  if (!stopped.killed) return output.say(stoppedText(stopped));
  output.warn(stoppedText(stopped));
  output.suggest("Nothing is lost: what it has fetched is kept. Go on: mm start");
}
