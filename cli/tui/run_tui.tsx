/**
 * The terminal UI on the whole screen of a real terminal.
 *
 * @module
 */
/** @jsxImportSource react */
/** @jsxImportSourceTypes @types/react */
import { type Instance, render } from "ink";
import { showsUnicode } from "../output/shows_unicode.ts";
import { colorDepth } from "../output/color_depth.ts";
import { muteConsole } from "../output/mute_console.ts";
import { loadMeasure } from "../output/text_width.ts";
import type { Session } from "../session.ts";
import type { FullScreen } from "../terminal.ts";
import { App } from "./app.tsx";
import { Boundary } from "./boundary.tsx";
import { InkInput, InkOutput } from "./ink_streams.ts";
import { quietExit } from "./quiet_exit.ts";
import { KeySplitter } from "./split_keys.ts";
import { type RunningTui, startTui, type TuiOptions } from "./start_tui.ts";
import { runTicker } from "./ticker.ts";

const INTERRUPT = "\x03";
const REDRAW = "\x0c";
const SUSPEND = "\x1a";
const CLEAR = "\x1b[H\x1b[2J";

/** Colours are wanted, as everywhere else. */
function isColourless({ globals, environment }: Session): boolean {
  return !globals.color || (environment["NO_COLOR"] ?? "") !== "";
}

/** What becomes of keys: those that mean the same in every program, and all others. */
function onInput(session: Session, parts: {
  readonly input: InkInput;
  readonly redraw: () => void;
  readonly suspend: () => void;
}): (text: string) => void {
  const splitter = new KeySplitter();
  return (text) => {
    const keys: string[] = [];
    for (const piece of splitter.split(text)) {
      if (piece === INTERRUPT) session.terminal.raise("SIGINT");
      else if (piece === SUSPEND) parts.suspend();
      else if (piece === REDRAW) parts.redraw();
      else keys.push(piece);
    }
    parts.input.push(keys);
  };
}

/** Draws it until it ends. */
async function draw(running: RunningTui, session: Session): Promise<void> {
  const { tui, signal } = running;
  const measure = await loadMeasure();
  const unicode = showsUnicode(session.environment);
  const input = new InkInput();
  const fail = (error: unknown): void => {
    screen.restore();
    running.end({ kind: "failed", error });
  };
  let instance: Instance | undefined;
  /** Everything anew, for the size that the terminal has now. */
  const redraw = (): void => {
    const size = screen.size();
    tui.store.dispatch({ type: "resized", ...size });
    // When React is through with it.
    queueMicrotask(() => {
      instance?.clear();
      output.write(CLEAR);
      output.resize(size);
    });
  };
  const screen: FullScreen = await session.openFullScreen({
    onInput: onInput(session, { input, redraw, suspend: () => screen.suspend() }),
    onResize: redraw,
    onContinue: redraw,
    onEnd: () => session.terminal.raise("SIGHUP"),
    onCrash: fail,
  });
  const output = new InkOutput(screen, { unicode });
  // At once, whatever else is slow to stop.
  const restore = (): void => screen.restore();
  session.signal.addEventListener("abort", restore, { once: true });
  if (session.signal.aborted) restore();
  try {
    tui.store.dispatch({ type: "resized", ...screen.size() });
    const properties = {
      tui,
      measure,
      unicode,
      noColor: isColourless(session),
      depth: colorDepth(session.environment),
    };
    instance = render(
      <Boundary onError={fail}>
        <App {...properties} />
      </Boundary>,
      {
        stdout: output.asStream(),
        stderr: output.asStream(),
        stdin: input.asStream(),
        interactive: true,
        exitOnCtrlC: false,
        patchConsole: false,
        incrementalRendering: true,
        // What ticks is paced already; a key that comes just after a tick is drawn at once, without another timer.
        maxFps: 1_000,
        isScreenReaderEnabled: false,
      },
    );
    output.flush();
    running.begin();
    void runTicker({ clock: session.clock, downloads: tui.downloads, signal, tick: () => tui.tick() });
    await running.ended;
  } finally {
    screen.restore();
    instance?.unmount();
    quietExit();
  }
}

/** Runs the terminal UI until somebody leaves it. @throws what broke it, with the terminal put back. */
export async function runTui(session: Session, options: TuiOptions): Promise<void> {
  using _silence = muteConsole();
  const running = await startTui(session, options, session.terminal.size() ?? { columns: 80, rows: 24 });
  try {
    await draw(running, session);
  } catch (error) {
    running.end({ kind: "failed", error });
  }
  await running.close(await running.ended);
}
