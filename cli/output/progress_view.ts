/**
 * How a pull is followed on standard error: bars on a terminal, a line every few seconds elsewhere.
 *
 * @module
 */
import type { Clock } from "../../core/base/clock.ts";
import type { DownloadEvent } from "../../core/download/events.ts";
import type { Terminal } from "../terminal.ts";
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
  const view = new LiveView({
    terminal,
    clock,
    measure,
    frame: (size) =>
      renderFrame(state, { ...size, theme, measure, nowMs: clock.monotonic(), wallMs: clock.now() }),
  });
  const attached = output.attach(view);
  return {
    handle(event) {
      const nowMs = clock.monotonic();
      for (const line of announce(state, event, { theme, nowMs, plans })) view.print(line);
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
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await clock.sleep(LINE_INTERVAL_MS, { signal: stop.signal });
      } catch {
        return;
      }
      if (state.totalFiles === 0) continue;
      const line = renderProgressLine(state, { nowMs: clock.monotonic(), wallMs: clock.now() });
      terminal.writeErr(`${line}\n`);
    }
  };
  void run();
  return {
    handle(event) {
      const nowMs = clock.monotonic();
      for (const line of announce(state, event, { theme, nowMs, plans })) terminal.writeErr(`${line}\n`);
      state = reduceProgress(state, event, nowMs);
    },
    forget(reference) {
      state = forgetProgress(state, reference);
    },
    [Symbol.dispose]: () => stop.abort(),
  };
}
