/**
 * The process that works the queue in the background: nobody sees it, so it keeps a log, and a note of how it ended.
 *
 * @module
 */
import { join } from "node:path";
import { pid } from "node:process";
import type { Clock } from "../base/clock.ts";
import { type ErrorData, toErrorData } from "../base/errors.ts";
import { redactErrorData } from "../base/redact.ts";
import { VERSION } from "../base/version.ts";
import type { QueueEvent } from "../jobs/queue_events.ts";
import type { JobRecord } from "../state/job_record.ts";
import { writeFileAtomic } from "../platform/atomic_file.ts";
import { makeDirectory, removeFile } from "../platform/directory.ts";
import { LogFile } from "../platform/log_file.ts";
import { readRunNote } from "./run_note.ts";

/** What is known of the latest process that worked the queue in the background. */
export interface BackgroundRun {
  /** Its number in the system. */
  readonly pid: number;
  /** ISO 8601, UTC, as is the other one. */
  readonly startedAt: string;
  /** Left out while it works, and when it ended without being able to say so: killed, or with the machine. */
  readonly endedAt?: string;
  /** What it failed with; `CANCELLED` when somebody stopped it. */
  readonly error?: ErrorData;
  /** Absolute: what happened, line by line. */
  readonly logPath: string;
}

/** Where the note and the log are. */
export interface BackgroundPlaces {
  /** Absolute: the folder of the queue's own files. */
  readonly folder: string;
  /** Absolute. */
  readonly logPath: string;
}

function notePath({ folder }: BackgroundPlaces): string {
  return join(folder, "background.json");
}

/** Reads the note; `undefined` when there is none that can be read. */
export async function readBackgroundRun(places: BackgroundPlaces): Promise<BackgroundRun | undefined> {
  const note = await readRunNote(notePath(places));
  return note === undefined ? undefined : { ...note, logPath: places.logPath };
}

/** Somebody works the queue again: how the one before ended is of no use any more. */
export async function forgetBackgroundRun(places: BackgroundPlaces): Promise<void> {
  await removeFile(notePath(places)).catch(() => false);
}

/** Keeps the log and the note of this process. */
export class BackgroundLog {
  readonly #places: BackgroundPlaces;
  readonly #clock: Clock;
  readonly #file: LogFile;
  readonly #startedAt: string;
  /** By topic, what was said of it last. */
  readonly #said = new Map<string, string>();

  constructor(places: BackgroundPlaces, { clock }: { readonly clock: Clock }) {
    this.#places = places;
    this.#clock = clock;
    this.#file = new LogFile(places.logPath, { clock });
    this.#startedAt = new Date(clock.now()).toISOString();
  }

  /** It has become the one that works the queue. */
  async begin(): Promise<void> {
    this.write(`mm ${VERSION} works the queue in the background, process ${pid}`);
    await this.#note({});
  }

  /** Something that a person should know. */
  write(text: string): void {
    this.#file.write(text);
  }

  /** Takes in what happens: the log has what changes, not each byte. */
  handle(event: QueueEvent): void {
    const { jobId } = event;
    if (event.type === "retrying") this.write(`Job ${jobId}: ${event.file}: ${event.error.message}`);
    // A wait is told of every second.
    else if (event.type === "waiting") this.#writeOnce(`${jobId} waits`, `Job ${jobId}: ${event.message}`);
    else if (event.type === "job") this.#changed(event.job);
  }

  #changed({ id, reference, status, priority, error }: JobRecord): void {
    const why = error === undefined ? "" : `: ${errorLine(error)}`;
    const text = `Job ${id} is ${status}${why} (${reference}, ${priority})`;
    if (this.#said.get(id) === text) return;
    this.#said.delete(`${id} waits`);
    this.#said.delete(id);
    this.#writeOnce(id, text);
  }

  #writeOnce(topic: string, text: string): void {
    if (this.#said.has(topic)) return;
    this.#said.set(topic, text);
    this.write(text);
  }

  /** It is at its end. */
  async end(error?: unknown): Promise<void> {
    const endedAt = new Date(this.#clock.now()).toISOString();
    if (error === undefined) {
      this.write("Nothing is left to do");
      await this.#note({ endedAt });
    } else {
      const data = toErrorData(error);
      this.write(data.code === "CANCELLED" ? "Stopped; the jobs wait again" : `Failed: ${errorLine(data)}`);
      await this.#note({ endedAt, error: redactErrorData(data) });
    }
    await this.#file.flush();
  }

  /** A note that cannot be written stops nobody. */
  async #note(end: { readonly endedAt?: string; readonly error?: ErrorData }): Promise<void> {
    const note = { version: 1, pid, startedAt: this.#startedAt, ...end };
    try {
      await makeDirectory(this.#places.folder, { mode: 0o700 });
      await writeFileAtomic(notePath(this.#places), JSON.stringify(note), { mode: 0o600, sync: false });
    } catch (error) {
      this.write(`The note of this run could not be written: ${toErrorData(error).message}`);
    }
  }
}

function errorLine({ message, causes }: ErrorData): string {
  return [message, ...causes].join(": ");
}
