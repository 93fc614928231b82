/**
 * What is said while the queue is worked.
 *
 * @module
 */
import type { DownloadEvent } from "../download/events.ts";
import type { JobRecord } from "../state/job_record.ts";

/** A job has changed, or what its download says; all jobs in one stream. */
export type QueueEvent =
  | {
    readonly type: "job";
    readonly jobId: string;
    readonly job: JobRecord;
    /** It was at work and waits again, because a more urgent one has taken its place. */
    readonly preempted?: true;
  }
  | (DownloadEvent & { readonly jobId: string });

/** Under which key an event that nobody has read yet gives way to the next one. */
export function queueCoalesceKey(event: QueueEvent): string | undefined {
  if (event.type !== "progress" && event.type !== "verifying") return undefined;
  return `${event.type} ${event.jobId} ${event.file}`;
}

/** How far a job is, by its events. */
export class JobProgress {
  readonly #files = new Map<string, number>();
  readonly #latest = new Map<string, DownloadEvent>();
  #planned: DownloadEvent | undefined;
  #totalBytes = 0;
  #done = false;

  /** Takes an event in. */
  handle(event: DownloadEvent): void {
    if ("file" in event) {
      this.#files.set(event.file, event.type === "finished" ? event.totalBytes : event.receivedBytes);
      this.#latest.set(event.file, event);
    } else if (event.type === "planned") {
      this.#planned = event;
      this.#totalBytes = event.totalBytes;
      this.#files.clear();
      for (const { path, action, totalBytes, resumedBytes } of event.files) {
        this.#files.set(path, action === "present" ? totalBytes : resumedBytes);
      }
    } else if (event.type === "finished") {
      this.#done = true;
      this.#totalBytes = event.totalBytes;
    }
  }

  /** Bytes on disk, those of earlier runs included. */
  get receivedBytes(): number {
    if (this.#done) return this.#totalBytes;
    let sum = 0;
    for (const bytes of this.#files.values()) sum += bytes;
    return this.#totalBytes === 0 ? sum : Math.min(sum, this.#totalBytes);
  }

  /** 0 before it is known. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** What somebody who comes late has to be told to see how far it is. */
  recap(): DownloadEvent[] {
    return [...this.#planned === undefined ? [] : [this.#planned], ...this.#latest.values()];
  }
}
