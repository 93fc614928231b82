/**
 * How many jobs a process does at once.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import { Notifier } from "../base/notifier.ts";

/** As the setting `download.max_concurrent`. */
const MAX_JOBS = 64;

/** A number of jobs that may be changed at any time; a queue that is worked follows. */
export class JobLimit {
  readonly #changes = new Notifier<void>();
  #jobs: number;

  constructor(jobs: number) {
    this.#jobs = jobs;
  }

  /** Jobs at once. */
  get jobs(): number {
    return this.#jobs;
  }

  /** @throws {ModelManagerError} `USAGE_ERROR` when it is no number from 1 to 64. */
  set(jobs: number): void {
    if (!Number.isInteger(jobs) || jobs < 1 || jobs > MAX_JOBS) {
      throw new ModelManagerError(
        "USAGE_ERROR",
        `Cannot do ${jobs} jobs at once: wanted a whole number from 1 to ${MAX_JOBS}`,
        { hints: ["Set it: mm config set download.max_concurrent 2"] },
      );
    }
    this.#jobs = jobs;
    this.#changes.emit();
  }

  /** Calls `listener` after each change until disposed. */
  onChange(listener: () => void): Disposable {
    return this.#changes.subscribe(listener);
  }
}
