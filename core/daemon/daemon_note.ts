/**
 * What a daemon leaves to be read: when it began, and how it ended.
 *
 * @module
 */
import { redactErrorData } from "../base/redact.ts";
import { readRunNote, type RunNote } from "../operations/run_note.ts";
import { writeFileAtomic } from "../platform/atomic_file.ts";
import type { DaemonPlaces } from "./daemon_places.ts";

/** What is known of the latest daemon. */
export type DaemonNote = RunNote;

/** Reads the note; `undefined` when there is none that can be read. */
export function readDaemonNote({ notePath }: DaemonPlaces): Promise<DaemonNote | undefined> {
  return readRunNote(notePath);
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
