/**
 * Attempts that are under way, noted when they begin: what a process that is killed leaves of itself.
 *
 * @module
 */

/** A file that an attempt is to fetch. */
export interface AttemptFile {
  /** Path in the repository, and so below the folder of the attempt. */
  readonly name: string;
  /** Of the whole file. */
  readonly sizeBytes: number;
  /** What was there when the attempt began. */
  readonly keptBytes: number;
  /** Absolute: tells how far it is; small files have none. */
  readonly journalPath?: string;
}

/** An attempt that has begun. */
export interface OpenAttempt {
  /** Different for each attempt. */
  readonly id: string;
  /** Absolute: held for as long as the attempt is under way. */
  readonly lockPath: string;
  /** The machine that it runs on. */
  readonly host: string;
  /** Id of the state folder there; only in a store that machines share. */
  readonly installation?: string;
  readonly reference: string;
  readonly repo: string;
  readonly revision: string;
  readonly commit: string;
  /** Paths in the repository of all files; of very long lists only the first. */
  readonly names: readonly string[];
  /** Absolute: where the files get their final names. */
  readonly folder: string;
  /** What is to be fetched; of very long lists only the first. */
  readonly files: readonly AttemptFile[];
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** One value may have 64 KiB; this leaves room for what is around the lists. */
const NAMES_BYTES = 20 * 1024;
const FILES_BYTES = 34 * 1024;
/** What an entry takes besides its texts. */
const ENTRY_BYTES = 80;

/** The attempt with lists as long as they can be kept. */
export function withListsThatFit(attempt: OpenAttempt): OpenAttempt {
  return {
    ...attempt,
    names: takeWhatFits(attempt.names, NAMES_BYTES, textBytes),
    files: takeWhatFits(
      attempt.files,
      FILES_BYTES,
      ({ name, journalPath = "" }) => textBytes(name) + textBytes(journalPath) + ENTRY_BYTES,
    ),
  };
}

function takeWhatFits<T>(items: readonly T[], roomBytes: number, sizeOf: (item: T) => number): T[] {
  let room = roomBytes;
  const end = items.findIndex((item) => (room -= sizeOf(item)) < 0);
  return items.slice(0, end === -1 ? undefined : end);
}

/** Texts of Latin letters take one byte a letter, all others two. */
function textBytes(text: string): number {
  return (/^[\0-\xff]*$/.test(text) ? text.length : text.length * 2) + 8;
}

/** An attempt as it was read. */
export interface OpenAttemptEntry {
  readonly attempt: OpenAttempt;
  /** Changes with each write. */
  readonly version: string;
}

/** Whether a stored value is an attempt of this release. */
export function isOpenAttempt(value: unknown): value is OpenAttempt & { readonly v: 1 } {
  if (typeof value !== "object" || value === null || !("v" in value) || value.v !== 1) return false;
  const attempt = value as Partial<OpenAttempt>;
  return [
    attempt.id,
    attempt.lockPath,
    attempt.host,
    attempt.reference,
    attempt.repo,
    attempt.folder,
    attempt.startedAt,
  ].every((field) => typeof field === "string") &&
    !Number.isNaN(Date.parse(attempt.startedAt ?? "")) &&
    Array.isArray(attempt.names) && Array.isArray(attempt.files);
}
