/**
 * Files of which wrong bytes were passed on before that was known. Whoever has them was cut off, and will ask for the
 * rest; with it, the file would look complete.
 *
 * @module
 */
import type { Clock } from "../../base/clock.ts";

/** Programs that were cut off come again at once, people later. */
const REMEMBER_MS = 24 * 60 * 60_000;
const MAX_FILES = 1000;

/** Remembers such files for a day. */
export class MisledReaders {
  /** Until when, on the monotonic clock, by repository and path. */
  readonly #files = new Map<string, number>();
  readonly #clock: Pick<Clock, "monotonic">;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Somebody has wrong bytes of it. */
  add(
    { info, file }: {
      readonly info: { readonly repo: string };
      readonly file: { readonly path: string };
    },
  ): void {
    const key = `${info.repo}\n${file.path}`;
    this.#files.delete(key);
    this.#files.set(key, this.#clock.monotonic() + REMEMBER_MS);
    const [oldest] = this.#files.keys();
    if (this.#files.size > MAX_FILES && oldest !== undefined) this.#files.delete(oldest);
  }

  /** @param revisionAndPath A revision may have slashes itself: `feature`, `x`, `sub`, `file`. */
  has(repo: string, revisionAndPath: readonly string[]): boolean {
    if (this.#files.size === 0) return false;
    const nowMs = this.#clock.monotonic();
    return revisionAndPath.slice(1).some((_, index) => {
      const until = this.#files.get(`${repo}\n${revisionAndPath.slice(index + 1).join("/")}`);
      return until !== undefined && nowMs < until;
    });
  }
}
