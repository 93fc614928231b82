/**
 * The whole terminal for one program, and back again however that program ends.
 *
 * @module
 */
import { mayRead } from "./own_permissions.ts";
import process from "node:process";

/** What happens on it. */
export interface FullScreenEvents {
  /** Keys as the terminal sends them, control characters and escape sequences among them. */
  readonly onInput: (text: string) => void;
  readonly onResize: () => void;
  /** The process goes on after it was stopped: everything has to be drawn again. */
  readonly onContinue: () => void;
  /** Nothing can be typed any more. */
  readonly onEnd: () => void;
  /** An error that nobody caught. */
  readonly onCrash: (error: unknown) => void;
}

/** The alternate screen, empty; no cursor; pasted text comes in brackets. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J\x1b[H";
/** All of that taken back, and a frame that was not finished shown. */
const LEAVE = "\x1b[?2026l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";

/** Handled by the command line; a package of the terminal UI kills the process for those that nobody in Node's sense handles. */
const HANDLED_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let areSignalsHeld = false;

/** Whoever is still running after this has not been stopped. */
const SUSPEND_LIMIT_MS = 200;
/** Who goes on because of a signal that ends it, such as by `kill %1`, hears of that signal meanwhile. */
const CONTINUE_MS = 30;
/** How often one in the background that cannot be stopped looks whether the terminal is its own again. */
const BACKGROUND_LOOK_MS = 500;

const encoder = new TextEncoder();

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Never fails: a terminal that has gone is heard of by its signal. */
function writeAll(text: string): void {
  const bytes = encoder.encode(text);
  for (let written = 0; written < bytes.length;) {
    try {
      written += Deno.stdout.writeSync(bytes.subarray(written));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) return;
      pause(2);
    }
  }
}

function setRaw(raw: boolean): void {
  try {
    Deno.stdin.setRaw(raw);
  } catch {
    // The terminal has gone.
  }
}

/** Listens to a signal until the returned function is called; not where the system has no such signal. */
function onSignal(signal: Deno.Signal, listener: () => void): () => void {
  try {
    Deno.addSignalListener(signal, listener);
  } catch {
    return () => {};
  }
  return () => Deno.removeSignalListener(signal, listener);
}

/**
 * Keeps that package quiet for the rest of the process: it looks when a signal comes, after the command line has heard
 * of it and has put the terminal back.
 */
function holdSignals(): void {
  if (areSignalsHeld) return;
  areSignalsHeld = true;
  for (const signal of HANDLED_SIGNALS) process.on(signal, () => {});
}

/**
 * Whether a process is the one that its terminal belongs to, by what Linux says of it. Who touches the terminal without
 * that is stopped amid it, and hears of no signal any more until the terminal is its own.
 *
 * @param stat `/proc/self/stat`.
 */
export function isForegroundStat(stat: string): boolean {
  // The name may have spaces and brackets in it.
  const [, , group, , terminal, owner] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return terminal === undefined || terminal === "0" || owner === undefined || owner === "-1" ||
    owner === group;
}

function isForeground(): boolean {
  if (Deno.build.os !== "linux") return true;
  try {
    return !mayRead("/proc/self/stat") || isForegroundStat(Deno.readTextFileSync("/proc/self/stat"));
  } catch {
    // Where that may not be read, it is as on other systems.
    return true;
  }
}

/**
 * At its end, Deno sets the terminal as it was: in the background, the process would be stopped there until it is called
 * back. All is done by then, so it ends before that.
 */
function endInBackground(): void {
  if (!isForeground()) process.kill(process.pid, "SIGKILL");
}

/** Takes the terminal of the standard streams. It is put back at the end of the process, if nobody does it before. */
export class TerminalScreen {
  readonly #events: FullScreenEvents;
  readonly #undo: (() => void)[] = [];
  /** It is ours just now. */
  #isTaken = false;
  /** Until then nothing is read: who waits for keys in the background is stopped by the system, and cannot even be ended. */
  #whenTaken = Promise.withResolvers<void>();
  #hasEnded = false;

  constructor(events: FullScreenEvents) {
    this.#events = events;
    this.#take();
    this.#listen();
    void this.#read();
  }

  size(): { readonly columns: number; readonly rows: number } {
    try {
      const { columns, rows } = Deno.consoleSize();
      if (columns > 0 && rows > 0) return { columns, rows };
    } catch {
      // Some terminals have no size.
    }
    return { columns: 80, rows: 24 };
  }

  write(text: string): void {
    if (this.#isTaken) writeAll(text);
  }

  suspend(): void {
    if (Deno.build.os === "windows" || !this.#isTaken) return;
    this.#giveBack();
    // To the whole group, as the terminal would: whoever started us waits for all of it to stop.
    process.kill(0, "SIGTSTP");
    // Where no shell waits for that, the system does not stop anybody.
    setTimeout(() => this.#goOnSoon(), SUSPEND_LIMIT_MS);
  }

  restore(): void {
    this.#hasEnded = true;
    this.#giveBack();
    for (const undo of this.#undo.splice(0)) undo();
    if (!isForeground()) globalThis.addEventListener("unload", endInBackground);
  }

  #take(): void {
    if (this.#isTaken || this.#hasEnded) return;
    this.#isTaken = true;
    setRaw(true);
    writeAll(ENTER);
    this.#whenTaken.resolve();
  }

  /** A timer may be long due when the process goes on; signals have to be heard before anything is done. */
  #goOnSoon(): void {
    setTimeout(() => this.#goOn(), CONTINUE_MS);
  }

  #goOn(): void {
    if (this.#isTaken || this.#hasEnded) return;
    if (!isForeground()) {
      // As the system does to those that read and write there; `fg` goes on with it.
      process.kill(0, "SIGTSTP");
      setTimeout(() => this.#goOnSoon(), BACKGROUND_LOOK_MS);
      return;
    }
    this.#take();
    this.#events.onContinue();
  }

  #giveBack(): void {
    if (!this.#isTaken) return;
    this.#isTaken = false;
    if (!this.#hasEnded) this.#whenTaken = Promise.withResolvers();
    // Then it is the shell's, and as the shell wants it.
    if (!isForeground()) return;
    writeAll(LEAVE);
    setRaw(false);
  }

  #listen(): void {
    const { onResize, onCrash } = this.#events;
    const crash = (event: Event): void => {
      // Else the text of the error would be on the screen that goes away.
      event.preventDefault();
      onCrash(event instanceof PromiseRejectionEvent ? event.reason : (event as ErrorEvent).error);
    };
    const leave = (): void => this.restore();
    const die = (): void => {
      this.restore();
      process.kill(process.pid, "SIGQUIT");
    };
    globalThis.addEventListener("unhandledrejection", crash);
    globalThis.addEventListener("error", crash);
    globalThis.addEventListener("unload", leave);
    holdSignals();
    this.#undo.push(
      () => globalThis.removeEventListener("unhandledrejection", crash),
      () => globalThis.removeEventListener("error", crash),
      () => globalThis.removeEventListener("unload", leave),
      onSignal("SIGWINCH", onResize),
      onSignal("SIGQUIT", die),
      onSignal("SIGCONT", () => {
        // The shell may have set the terminal for itself, also when the process was stopped from outside.
        setTimeout(() => this.#giveBack(), CONTINUE_MS);
        this.#goOnSoon();
      }),
    );
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(4096);
    const decoder = new TextDecoder();
    try {
      while (!this.#hasEnded) {
        await this.#whenTaken.promise;
        const count = await Deno.stdin.read(buffer);
        if (count === null) break;
        const text = decoder.decode(buffer.subarray(0, count), { stream: true });
        if (text !== "" && !this.#hasEnded) this.#events.onInput(text);
      }
    } catch {
      // Nothing to read from is no keyboard.
    }
    if (!this.#hasEnded) this.#events.onEnd();
  }
}

/** Takes the terminal of the standard streams. */
export function openFullScreen(events: FullScreenEvents): TerminalScreen {
  return new TerminalScreen(events);
}
