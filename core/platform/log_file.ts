/**
 * A log that a process without a terminal writes: lines with their time, in a file that does not grow for ever.
 *
 * @module
 */
import { dirname } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import { redactText } from "../base/redact.ts";
import { fileFacts, makeDirectory } from "./directory.ts";

/** A log that has become longer is put aside as `NAME.1`, in place of the one before it. */
const MAX_BYTES = 1024 * 1024;

/** How a log is written. */
export interface LogFileOptions {
  readonly clock?: Clock;
  /** @default {1 MiB} */
  readonly maxBytes?: number;
}

/** Appends to a log; nothing is opened between two lines, so that it can be moved or deleted at any time. */
export class LogFile {
  /** Absolute. */
  readonly path: string;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, options: LogFileOptions = {}) {
    this.path = path;
    this.#clock = options.clock ?? systemClock;
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
  }

  /** Writes one entry, without secrets. A log that cannot be written stops nobody. */
  write(text: string): void {
    const time = new Date(this.#clock.now()).toISOString();
    const entry = redactText(text).replaceAll("\n", "\n  ");
    this.#last = this.#last.then(() => this.#append(`${time} ${entry}\n`)).catch(() => {});
  }

  /** Settles when everything has been written. */
  async flush(): Promise<void> {
    await this.#last;
  }

  async #append(line: string): Promise<void> {
    await makeDirectory(dirname(this.path), { mode: 0o700 });
    const length = (await fileFacts(this.path))?.sizeBytes ?? 0;
    if (length > 0 && length + line.length > this.#maxBytes) await Deno.rename(this.path, `${this.path}.1`);
    await Deno.writeTextFile(this.path, line, { append: true, mode: 0o600 });
  }
}
