/**
 * Files of which wrong bytes were passed on before that was known. Whoever has them was cut off, and will ask for the
 * rest; with it, the file would look complete.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { leaveMark, markedAtMs } from "../../platform/marker_file.ts";

/** Programs that were cut off come again at once, people later. */
const REMEMBER_MS = 24 * 60 * 60_000;
const MAX_FILES = 1000;

/** Remembers such files for a day, also for servers that come after this one, and others on the same library. */
export class MisledReaders {
  /** Until when, on the monotonic clock, by key: for want of a disk that can be written. */
  readonly #files = new Map<string, number>();
  readonly #clock: Pick<Clock, "monotonic" | "now">;
  readonly #folder: string;

  /** @param folder Where marks are left. */
  constructor(clock: Pick<Clock, "monotonic" | "now">, folder: string) {
    this.#clock = clock;
    this.#folder = folder;
  }

  /** Somebody has wrong bytes of it. */
  add(
    { info, file }: {
      readonly info: { readonly repo: string };
      readonly file: { readonly path: string };
    },
  ): void {
    const key = keyOf(info.repo, file.path);
    leaveMark(join(this.#folder, key), this.#clock.now());
    this.#files.delete(key);
    this.#files.set(key, this.#clock.monotonic() + REMEMBER_MS);
    const [oldest] = this.#files.keys();
    if (this.#files.size > MAX_FILES && oldest !== undefined) this.#files.delete(oldest);
  }

  /** @param revisionAndPath A revision may have slashes itself: `feature`, `x`, `sub`, `file`. */
  has(repo: string, revisionAndPath: readonly string[]): boolean {
    const nowMs = this.#clock.monotonic();
    const isMarked = markedAtMs(this.#folder) !== undefined;
    if (this.#files.size === 0 && !isMarked) return false;
    return revisionAndPath.slice(1).some((_, index) => {
      const key = keyOf(repo, revisionAndPath.slice(index + 1).join("/"));
      const until = this.#files.get(key);
      return (until !== undefined && nowMs < until) || (isMarked && this.#holds(key));
    });
  }

  #holds(key: string): boolean {
    const markedAt = markedAtMs(join(this.#folder, key));
    return markedAt !== undefined && this.#clock.now() - markedAt < REMEMBER_MS;
  }
}

function keyOf(repo: string, path: string): string {
  return createHash("sha256").update(`${repo}\n${path}`).digest("hex").slice(0, 32);
}
