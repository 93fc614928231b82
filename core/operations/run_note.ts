/**
 * The note that a process without a screen leaves: when it began, and how it ended.
 *
 * @module
 */
import type { ErrorData } from "../base/errors.ts";
import { readTextFileIfExists } from "../platform/atomic_file.ts";

/** What is known of the latest such process. */
export interface RunNote {
  /** Its number in the system. */
  readonly pid: number;
  /** ISO 8601, UTC, as is the other one. */
  readonly startedAt: string;
  /** Left out while it runs, and when it could not say so: killed, or with the machine. */
  readonly endedAt?: string;
  /** What it failed with. */
  readonly error?: ErrorData;
}

/** Reads a note; `undefined` when there is none that can be read. */
export async function readRunNote(path: string): Promise<RunNote | undefined> {
  try {
    const { version, pid, startedAt, endedAt, error } = JSON.parse(
      await readTextFileIfExists(path) ?? "null",
    );
    if (version !== 1 || typeof pid !== "number" || typeof startedAt !== "string") return undefined;
    return {
      pid,
      startedAt,
      ...(typeof endedAt === "string" ? { endedAt } : {}),
      ...(typeof error?.message === "string" && Array.isArray(error.hints) ? { error } : {}),
    };
  } catch {
    return undefined;
  }
}
