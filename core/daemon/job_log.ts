/**
 * What happens to jobs, in the log: what changes, not each byte.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { ErrorData } from "../base/errors.ts";
import type { QueueEvent } from "../jobs/queue_events.ts";
import { isFinished, type JobRecord } from "../state/job_record.ts";

/** Remembers what it has said of jobs that are not finished, and nothing else. */
export class JobLog {
  readonly #queue = getLogger(["mm", "queue"]);
  readonly #download = getLogger(["mm", "download"]);
  readonly #said = new Map<string, string>();
  readonly #waiting = new Set<string>();

  /** How many jobs it remembers something of. */
  get size(): number {
    return this.#said.size + this.#waiting.size;
  }

  /** Takes in what happens. */
  handle(event: QueueEvent): void {
    const { jobId: job } = event;
    if (event.type === "job") this.#changed(event.job);
    else if (event.type === "retrying") {
      this.#download.warning("Job {job}: {file}: {reason}", {
        job,
        file: event.file,
        reason: event.error.message,
      });
    } else if (event.type === "waiting") {
      // A wait is told of every second.
      if (this.#waiting.has(job)) return;
      this.#waiting.add(job);
      this.#download.warning("Job {job}: {reason}", { job, reason: event.message });
    } else if (event.type === "progress") this.#waiting.delete(job);
  }

  #changed({ id, reference, status, priority, error }: JobRecord): void {
    const reason = error === undefined ? undefined : errorLine(error);
    const text = `${status} ${reason ?? ""}`;
    const isNew = this.#said.get(id) !== text;
    this.#waiting.delete(id);
    if (isFinished(status)) this.#said.delete(id);
    else this.#said.set(id, text);
    if (!isNew) return;
    const facts = { job: id, reference, status, priority };
    if (status === "failed") {
      this.#queue.error("Job {job} has failed ({reference}): {reason}", {
        ...facts,
        reason,
        code: error?.code,
      });
    } else this.#queue.info("Job {job} is {status} ({reference}, {priority})", facts);
  }
}

function errorLine({ message, causes }: ErrorData): string {
  return [message, ...causes].join(": ");
}
