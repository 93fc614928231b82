/**
 * The highest speed of a transfer, from counts as they come.
 *
 * @module
 */

/** A peak is held for at least this long: what arrives within one read is no speed. */
const WINDOW_MS = 1_000;
/** Counts nearer together than this replace each other, which bounds what is kept. */
const SPACING_MS = 50;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** Finds the second in which most was moved. */
export class PeakSpeed {
  #samples: Sample[] = [];
  #peak = 0;

  /** Takes in how much there is at a time. Counts may fall, when bytes turn out to be bad: then it looks anew. */
  add(atMs: number, bytes: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && bytes < last.bytes) this.#samples = [];
    const begin = this.#samples.findLastIndex((sample) => sample.atMs <= atMs - WINDOW_MS);
    const first = this.#samples[begin];
    if (first !== undefined) {
      this.#peak = Math.max(this.#peak, (bytes - first.bytes) * 1000 / (atMs - first.atMs));
      this.#samples.splice(0, begin);
    }
    const near = this.#samples.at(-2);
    if (near !== undefined && atMs - near.atMs < SPACING_MS) this.#samples.pop();
    this.#samples.push({ atMs, bytes });
  }

  /** Bytes a second; 0 for what took less than a second. */
  get bytesPerSecond(): number {
    return this.#peak;
  }
}
