/**
 * Looks at the queue: when somebody asks, soon after something has happened, and now and then.
 *
 * @module
 */
import type { Clock } from "../../../core/base/clock.ts";
import type { JobRecord } from "../../../core/operations/model_manager.ts";

/** How often the queue is looked at for what nobody tells of, such as jobs that others have added or cleared. */
const LIST_EVERY_MS = 2_000;
/** After a job has changed, others may have another place: that is looked at once for all that change together. */
const LIST_SOON_MS = 250;
/** A listing is taken again when jobs have changed meanwhile, but not for ever. */
const MAX_LISTINGS = 3;

/** What a lister is made of. */
export interface QueueListerPorts {
  readonly clock: Clock;
  /** Aborted when the terminal UI ends. */
  readonly signal: AbortSignal;
  list(): Promise<readonly JobRecord[]>;
  /** Grows with each change of a job: a listing from before is old then. */
  changes(): number;
  /** Told before each listing; gives what is to be done with it. */
  onList(): (jobs: readonly JobRecord[]) => void;
  /** Told what went wrong where nobody has asked. */
  onFailure(error: unknown): void;
}

/** Looks at the queue. */
export class QueueLister {
  readonly #ports: QueueListerPorts;
  #listing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #isDue = false;

  constructor(ports: QueueListerPorts) {
    this.#ports = ports;
  }

  /** Looks now. Those who ask at once share an answer, never one that began before they asked. */
  refresh(): Promise<void> {
    if (this.#listing === undefined) {
      return this.#listing = this.#list().finally(() => this.#listing = undefined);
    }
    return this.#next ??= this.#listing.catch(() => {}).then(() => {
      this.#next = undefined;
      return this.refresh();
    });
  }

  /** Looks soon. */
  soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const { clock, signal, onFailure } = this.#ports;
    clock.sleep(LIST_SOON_MS, { signal }).then(async () => {
      this.#isDue = false;
      await this.refresh();
    }).catch(onFailure);
  }

  /** Looks now and then, until the end. */
  async begin(): Promise<void> {
    const { clock, signal, onFailure } = this.#ports;
    while (!signal.aborted) {
      await this.refresh().catch(onFailure);
      await clock.sleep(LIST_EVERY_MS, { signal }).catch(() => {});
    }
  }

  async #list(): Promise<void> {
    const { list, changes, onList } = this.#ports;
    for (let listing = 1;; listing++) {
      const before = changes();
      const take = onList();
      const jobs = await list();
      if (before === changes() || listing >= MAX_LISTINGS) return take(jobs);
    }
  }
}
