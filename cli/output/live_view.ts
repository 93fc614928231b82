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

/** How long the terminal has to keep its width before anything is drawn for it. */
export const RESIZE_SETTLE_MS = 300;

// deno-lint-ignore no-control-regex
const STYLE_SEQUENCE = /\x1b\[[\d;]*m/g;

/** Draws ten times a second at most, each frame as one write, so that nothing flickers. */
export class LiveView implements LiveArea, Disposable {
  readonly #options: LiveViewOptions;
  readonly #stop = new AbortController();
  #pending: string[] = [];
  #shown: readonly string[] = [];
  /** Columns of the terminal when that was drawn. */
  #shownColumns: number | undefined;
  /** The columns that were found last, and since when. */
  #seen: { readonly columns: number; readonly atMs: number } | undefined;

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
    this.#write([], this.#size());
    this.#stop.abort();
  }

  /** Draws at once, unless the terminal is just being resized. */
  draw(): void {
    const size = this.#size();
    if (!this.#isSettled(size)) return;
    this.#write(this.#options.frame(size), size);
  }

  #size(): ScreenSize {
    return this.#options.terminal.size() ?? { columns: 80, rows: 24 };
  }

  /** Some terminals tell their size late: what is drawn while it changes would be drawn for the wrong one. */
  #isSettled({ columns }: ScreenSize): boolean {
    const nowMs = this.#options.clock.monotonic();
    if (this.#seen === undefined || this.#seen.columns !== columns) {
      this.#seen = { columns, atMs: this.#seen === undefined ? -Infinity : nowMs };
    }
    return nowMs - this.#seen.atMs >= RESIZE_SETTLE_MS;
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

  /** Rows the shown lines take now: those that the terminal has wrapped since take several. */
  #shownRows({ columns, rows: height }: ScreenSize): number {
    const { measure } = this.#options;
    const rows = this.#shown.reduce((sum, line) => {
      const width = measure(line.replace(STYLE_SEQUENCE, ""));
      return sum + Math.max(1, Math.ceil(width / columns));
    }, 0);
    // Further up is what has left the screen; the cursor itself stands on the last row.
    return Math.min(rows, Math.max(0, height - 1));
  }

  #write(lines: readonly string[], size: ScreenSize): void {
    const all = [...this.#pending, ...lines];
    if (all.length === 0 && this.#shown.length === 0) return;
    const resized = this.#shownColumns !== undefined && this.#shownColumns !== size.columns;
    if (!resized && this.#pending.length === 0 && all.join("\n") === this.#shown.join("\n")) return;
    const rows = this.#shownRows(size);
    const up = rows === 0 ? "" : `\x1b[${rows}A\r`;
    // A row that the terminal has wrapped stays tied to the next one until it is cleared: all of them go first then.
    const clear = resized ? "\x1b[J" : "";
    // Else each line clears what was behind it, the end clears what was below: the screen is never empty between.
    const body = all.map((line) => `${line}\x1b[K\n`).join("");
    this.#options.terminal.writeErr(`${up}${clear}${body}\x1b[J`);
    this.#pending = [];
    this.#shown = lines;
    this.#shownColumns = size.columns;
  }
}
