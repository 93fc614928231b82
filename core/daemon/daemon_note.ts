/**
 * What a daemon leaves to be read: when it began, and how it ended.
 *
 * @module
 */
import type { ErrorData } from "../base/errors.ts";
import { redactErrorData } from "../base/redact.ts";
import { readTextFileIfExists, writeFileAtomic } from "../platform/atomic_file.ts";
import type { DaemonPlaces } from "./daemon_places.ts";

/** What is known of the latest daemon. */
export interface DaemonNote {
  readonly pid: number;
  /** ISO 8601, UTC, as is the other one. */
  readonly startedAt: string;
  /** Left out while it runs, and when it could not say so: killed, or with the machine. */
  readonly endedAt?: string;
  /** What it failed with. */
  readonly error?: ErrorData;
}

/** Reads the note; `undefined` when there is none that can be read. */
export async function readDaemonNote({ notePath }: DaemonPlaces): Promise<DaemonNote | undefined> {
  const text = await readTextFileIfExists(notePath).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { version, pid, startedAt, endedAt, error } = JSON.parse(text);
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

/** Writes the note. Best effort: a disk that is full stops nobody. */
export async function writeDaemonNote({ notePath }: DaemonPlaces, note: DaemonNote): Promise<void> {
  const { error, ...others } = note;
  const document = {
    version: 1,
    ...others,
    ...(error === undefined ? {} : { error: redactErrorData(error) }),
  };
  await writeFileAtomic(notePath, JSON.stringify(document), { mode: 0o600, sync: false }).catch(() => {});
}
