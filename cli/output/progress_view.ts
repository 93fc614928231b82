/**
 * How a pull is followed on standard error: bars on a terminal, a line every few seconds elsewhere.
 *
 * @module
 */
import type { Clock } from "../../core/base/clock.ts";
import type { DownloadEvent } from "../../core/download/events.ts";
import type { Terminal } from "../terminal.ts";
import { asciiSigns } from "./ascii.ts";
import { LiveView } from "./live_view.ts";
import type { Output } from "./output.ts";
import { renderFrame, renderProgressLine } from "./progress_frame.ts";
import { announce } from "./progress_lines.ts";
import { forgetProgress, type ProgressState, reduceProgress, startProgress } from "./progress_state.ts";
import { loadMeasure } from "./text_width.ts";

/** How often a line is written where bars cannot be drawn. */
export const LINE_INTERVAL_MS = 5_000;

/** Follows a pull until disposed. */
export interface ProgressView extends Disposable {
  handle(event: DownloadEvent): void;
  /** What is not finished of a reference was stopped, and is no longer shown. */
  forget(reference: string): void;
}

/** What progress views are made of. */
export interface ProgressViewOptions {
  readonly output: Output;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Whether what is planned gets a line: who shows all plans together wants none. @default {true} */
  readonly plans?: boolean;
}

/** Shows nothing. */
export const SILENT_VIEW: ProgressView = { handle: () => {}, forget: () => {}, [Symbol.dispose]: () => {} };

/** Bars for a terminal. */
export async function showBars(options: ProgressViewOptions): Promise<ProgressView> {
  const { output, terminal, clock, plans = true } = options;
  const measure = await loadMeasure();
  const theme = output.talkTheme;
  let state: ProgressState = startProgress(clock.monotonic());
  const signs = (lines: readonly string[]): readonly string[] =>
    output.unicode ? lines : lines.map(asciiSigns);
  const view = new LiveView({
    terminal,
    clock,
    measure,
    frame: (size) =>
      signs(renderFrame(state, {
        ...size,
        theme,
        measure,
        nowMs: clock.monotonic(),
        wallMs: clock.now(),
        unicode: output.unicode,
      })),
  });
  const attached = output.attach(view);
  return {
    handle(event) {
      const nowMs = clock.monotonic();
      for (const line of announce(state, event, { theme, nowMs, plans })) {
        for (const shown of output.talkLines(line)) view.print(shown);
      }
      state = reduceProgress(state, event, nowMs);
    },
    forget(reference) {
      state = forgetProgress(state, reference);
    },
    [Symbol.dispose]() {
      attached[Symbol.dispose]();
      view[Symbol.dispose]();
    },
  };
}

/** A line every {@link LINE_INTERVAL_MS} for files and pipes. */
export function showLines({ output, terminal, clock, plans = true }: ProgressViewOptions): ProgressView {
  const theme = output.talkTheme;
  const stop = new AbortController();
  let state: ProgressState = startProgress(clock.monotonic());
  const write = (line: string): void => {
    for (const shown of output.talkLines(line)) terminal.writeErr(`${shown}\n`);
  };
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await clock.sleep(LINE_INTERVAL_MS, { signal: stop.signal });
      } catch {
        return;
      }
      if (state.totalFiles === 0) continue;
      write(renderProgressLine(state, { nowMs: clock.monotonic(), wallMs: clock.now() }));
    }
  };
  void run();
  return {
    handle(event) {
      const nowMs = clock.monotonic();
      for (const line of announce(state, event, { theme, nowMs, plans })) write(line);
      state = reduceProgress(state, event, nowMs);
    },
    forget(reference) {
      state = forgetProgress(state, reference);
    },
    [Symbol.dispose]: () => stop.abort(),
  };
}
