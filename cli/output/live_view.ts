/**
 * Lines at the bottom of the screen that are redrawn in place, with lasting lines scrolling away above them.
 *
 * @module
 */
import type { Clock } from "../../core/base/clock.ts";
import type { Terminal } from "../terminal.ts";
import type { LiveArea } from "./output.ts";
import type { Measure } from "./text_width.ts";

/** What a frame is drawn for. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a {@link LiveView} shows. */
export interface LiveViewOptions {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly measure: Measure;
  /** The lines to show just now. */
  readonly frame: (size: ScreenSize) => readonly string[];
  /** @default {100} */
  readonly intervalMs?: number;
}

// deno-lint-ignore no-control-regex
const STYLE_SEQUENCE = /\x1b\[[\d;]*m/g;

/** Draws ten times a second at most, each frame as one write, so that nothing flickers. */
export class LiveView implements LiveArea, Disposable {
  readonly #options: LiveViewOptions;
  readonly #stop = new AbortController();
  #pending: string[] = [];
  #shown: readonly string[] = [];

  constructor(options: LiveViewOptions) {
    this.#options = options;
    this.draw();
    void this.#run();
  }

  /** Adds a line that stays. */
  print(line: string): void {
    if (this.#stop.signal.aborted) this.#options.terminal.writeErr(`${line}\n`);
    else this.#pending.push(line);
  }

  /** Takes the live lines away; what was printed stays. */
  [Symbol.dispose](): void {
    if (this.#stop.signal.aborted) return;
    this.#write([]);
    this.#stop.abort();
  }

  /** Draws at once. */
  draw(): void {
    const size = this.#options.terminal.size() ?? { columns: 80, rows: 24 };
    this.#write(this.#options.frame(size));
  }

  async #run(): Promise<void> {
    const { clock, intervalMs = 100 } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await clock.sleep(intervalMs, { signal });
      } catch {
        return;
      }
      this.draw();
    }
  }

  /** Rows the shown lines take now: the terminal may have become narrower since. */
  #shownRows(): number {
    const columns = this.#options.terminal.size()?.columns ?? 80;
    const { measure } = this.#options;
    return this.#shown.reduce((rows, line) => {
      const width = measure(line.replace(STYLE_SEQUENCE, ""));
      return rows + Math.max(1, Math.ceil(width / columns));
    }, 0);
  }

  #write(lines: readonly string[]): void {
    const all = [...this.#pending, ...lines];
    if (all.length === 0 && this.#shown.length === 0) return;
    if (this.#pending.length === 0 && all.join("\n") === this.#shown.join("\n")) return;
    const rows = this.#shownRows();
    const up = rows === 0 ? "" : `\x1b[${rows}A\r`;
    // Each line clears what was behind it, the end clears what was below: the screen is never empty between.
    const body = all.map((line) => `${line}\x1b[K\n`).join("");
    this.#options.terminal.writeErr(`${up}${body}\x1b[J`);
    this.#pending = [];
    this.#shown = lines;
  }
}
