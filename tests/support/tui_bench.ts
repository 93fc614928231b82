/**
 * The whole terminal UI on a bench: the real command line, screens, drawing and keys, on a terminal in memory and a
 * fake `ModelManager`.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { FullScreen, FullScreenListener, StopSignal } from "../../cli/terminal.ts";
import { FakeTerminal } from "./fake_terminal.ts";
import { type CliRun, type CliRunOptions, runTestCli } from "./run_cli.ts";
import { settle } from "./test_clock.ts";
import { VtScreen } from "./vt_screen.ts";

/** The whole terminal in memory. */
export class FakeFullScreen implements FullScreen {
  readonly vt: VtScreen;
  /** Set while it is drawn on. */
  listener: FullScreenListener | undefined;
  suspensions = 0;
  /** How often it was put back. */
  restored = 0;
  /** All that was written. */
  written = "";

  constructor(columns: number, rows: number) {
    this.vt = new VtScreen(columns, rows);
  }

  size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.vt.columns, rows: this.vt.rows };
  }
  write(text: string): void {
    if (this.listener === undefined) return;
    this.written += text;
    this.vt.write(text);
  }
  suspend(): void {
    this.suspensions++;
    this.listener?.onContinue();
  }
  restore(): void {
    this.restored++;
    this.listener = undefined;
  }
}

/** How it is opened. */
export interface TuiBenchOptions extends CliRunOptions {
  /** @default {100} */
  readonly columns?: number;
  /** @default {30} */
  readonly rows?: number;
}

/** The terminal UI at work. */
export interface TuiBench extends AsyncDisposable {
  readonly screen: FakeFullScreen;
  readonly terminal: FakeTerminal;
  /** The end of the program. */
  readonly ended: Promise<CliRun>;
  /** What is shown. */
  text(): string;
  /** Types, as the terminal would send it: `\r` is Enter, `\x1b[B` the key down. */
  type(keys: string): Promise<void>;
  /** Waits for what is to be shown, and gives it. */
  see(wanted: RegExp): Promise<string>;
  /** Gives the terminal another size. */
  resize(columns: number, rows: number): Promise<void>;
  send(signal: StopSignal): void;
}

/** How long something may take to be shown. */
const LIMIT_MS = 10_000;

/** Lets React and Ink draw: they wait a little between frames. */
async function drawn(): Promise<void> {
  await settle();
  await new Promise((resolve) => setTimeout(resolve, 40));
  await settle();
}

/** Opens `mm` with these arguments on a terminal; ended with Ctrl+C, should it not have ended before. */
export function openTuiBench(args: readonly string[] = [], options: TuiBenchOptions = {}): TuiBench {
  const { columns = 100, rows = 30, ...run } = options;
  const terminal = new FakeTerminal({ columns, rows });
  const screen = new FakeFullScreen(columns, rows);
  let isRunning = true;
  const ended = runTestCli(args, {
    ...run,
    terminal,
    environment: { LANG: "C.UTF-8", ...options.environment },
    openFullScreen(listener) {
      screen.listener = listener;
      return Promise.resolve(screen);
    },
  }).finally(() => isRunning = false);
  return {
    screen,
    terminal,
    ended,
    text: () => screen.vt.text(),
    async type(keys) {
      screen.listener?.onInput(keys);
      await drawn();
    },
    async see(wanted) {
      for (const startMs = performance.now(); performance.now() - startMs < LIMIT_MS;) {
        if (wanted.test(screen.vt.text())) return screen.vt.text();
        await drawn();
        if (!isRunning) break;
      }
      assert.match(screen.vt.text(), wanted);
      return screen.vt.text();
    },
    async resize(nextColumns, nextRows) {
      screen.vt.resize(nextColumns, nextRows);
      screen.listener?.onResize();
      await drawn();
    },
    send: (signal) => terminal.send(signal),
    async [Symbol.asyncDispose]() {
      if (isRunning) terminal.send("SIGINT");
      await ended;
    },
  };
}
