/**
 * The daemon's log, followed.
 *
 * @module
 */
import { placesOf } from "../../daemon_room.ts";
import type { Clock } from "../../../core/base/clock.ts";
import type { TuiContext } from "../context.ts";
import type { LogEntry } from "./log_entry.ts";

/** Lines of the past that are read. */
const TAIL = 2_000;

/** What happens. */
export interface TailListener {
  readonly onOpen: (path: string) => void;
  /** The last lines first, then all that have come since the last look, together. */
  readonly onRead: (entries: readonly LogEntry[], options: { readonly isFirst: boolean }) => void;
}

/** A clock that says when somebody begins to wait. */
function telling(clock: Clock, onSleep: () => void): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    random: () => clock.random(),
    sleep(ms, options) {
      onSleep();
      return clock.sleep(ms, options);
    },
  };
}

/**
 * Follows the log until the signal is aborted.
 *
 * @throws {ModelManagerError} When it may not be read.
 */
export async function followLog(
  { session, clock }: Pick<TuiContext, "session" | "clock">,
  { onOpen, onRead }: TailListener,
  signal: AbortSignal,
): Promise<void> {
  const { room, places: { logPath } } = await placesOf(session);
  if (signal.aborted) return;
  onOpen(logPath);
  let entries: LogEntry[] = [];
  let isFirst = true;
  // Whoever follows waits when there is no more to read: then all of it is shown at once, which is cheaper and calmer.
  const show = (): void => {
    if (!signal.aborted && (isFirst || entries.length > 0)) onRead(entries, { isFirst });
    entries = [];
    isFirst = false;
  };
  const lines = room.tailLines(logPath, {
    lines: TAIL,
    follow: true,
    accept: (line) => line.startsWith("{"),
    clock: telling(clock, show),
    signal,
  });
  for await (const raw of lines) {
    const line = room.parseLogLine(raw);
    if (line !== undefined) entries.push({ ...line, raw });
  }
}
