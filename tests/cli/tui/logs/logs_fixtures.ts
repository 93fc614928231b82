/**
 * Lines of a daemon's log for tests, and a room that tells them.
 *
 * @module
 */
import { parseLogLine } from "../../../../core/daemon/log_record.ts";
import type { LogEntry } from "../../../../cli/tui/logs/log_entry.ts";
import type { TuiSession } from "../../../../cli/tui/context.ts";
import type { TailOptions } from "../../../../core/platform/follow_file.ts";
import type { DaemonRoom } from "../../../../cli/wiring.ts";

const LEVELS = ["info", "debug", "warning", "info", "error", "info", "fatal"] as const;
const AREAS = ["queue", "schedules", "control", "http.retry"] as const;
const MESSAGES = [
  "Job 1rtd6q77 is downloading acme/Llama-3.2-3B-Instruct-GGUF:Q4_K_M with 8 connections",
  "日本語モデル/とても長い名前のモデル-GGUF was downloaded 🦙",
  "first line\nsecond line",
  'Cannot reach "huggingface.co": connection refused. Trying again in 8 s, the third of five times',
  "evil \u001b[2J\u202e name",
];

/** A line of the log, as it is in the file; times are local, so that they look the same everywhere. */
export function rawLine(number: number, change: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    job: `1rtd6q${number}`,
    bytes: number * 1_000_000,
    time: new Date(2026, 4, 4, 11, 0, number * 7).toISOString(),
    level: LEVELS[number % LEVELS.length],
    area: AREAS[number % AREAS.length],
    message: MESSAGES[number % MESSAGES.length],
    ...change,
  });
}

/** The same read back. */
export function entry(number: number, change: Readonly<Record<string, unknown>> = {}): LogEntry {
  const raw = rawLine(number, change);
  const line = parseLogLine(raw);
  if (line === undefined) throw new TypeError(`This is no line of a log: ${raw}`);
  return { ...line, raw };
}

/** Lines from the first on. */
export function entries(count: number, from = 0): LogEntry[] {
  return Array.from({ length: count }, (_, index) => entry(from + index));
}

/** Where the log is. */
export const LOG_PATH = "/home/ada/.local/state/mm/logs/daemon.log";

/** A session with a log that a test writes. */
export function logSession(first: readonly string[]): {
  readonly session: Partial<TuiSession>;
  /** Lines for the next look. */
  readonly coming: string[];
  /** Who follows just now. */
  readonly followers: { count: number; started: number };
} {
  const coming: string[] = [];
  const followers = { count: 0, started: 0 };
  async function* tailLines(_path: string, { accept = () => true, clock, signal }: TailOptions) {
    followers.count++;
    followers.started++;
    try {
      yield* first.filter(accept);
      const hasSlept = (): Promise<boolean> => clock.sleep(200, { signal }).then(() => true, () => false);
      while (await hasSlept()) {
        yield* coming.splice(0).filter(accept);
      }
    } finally {
      followers.count--;
    }
  }
  const room = { daemonPlaces: () => ({ logPath: LOG_PATH }), parseLogLine, tailLines };
  const session = {
    daemon: () => Promise.resolve(room as unknown as DaemonRoom),
    directories: () => Promise.resolve({} as Awaited<ReturnType<TuiSession["directories"]>>),
  };
  return { session, coming, followers };
}
