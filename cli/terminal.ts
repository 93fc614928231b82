/**
 * The terminal port: what the command line needs of the world around it.
 *
 * @module
 */

/** A signal that asks the program to stop; `SIGHUP` says that the terminal has gone. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Standard streams, size and signals; the real ones are in `run.ts`. */
export interface Terminal {
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Size in characters; `undefined` when no stream is a terminal. */
  size(): { readonly columns: number; readonly rows: number } | undefined;
  /**
   * @throws {OutputClosedError} when nobody reads any more, as in `mm list | head -1`.
   * @throws {ModelManagerError} `INSUFFICIENT_SPACE` or `FAILED` when it cannot be written otherwise.
   */
  writeOut(text: string): void;
  /** Never fails: what is said is not worth ending for. */
  writeErr(text: string): void;
  /** One line without its end; `undefined` at the end of the input. Rejects when aborted. */
  readLine(options: { readonly signal: AbortSignal }): Promise<string | undefined>;
  /** A line that is not shown while it is typed; nothing is shown from before the prompt on. */
  readSecret(options: { readonly prompt: string; readonly signal: AbortSignal }): Promise<string | undefined>;
  /** Calls `handler` for every stop signal until disposed. */
  onStopSignal(handler: (signal: StopSignal) => void): Disposable;
  /** Tells those handlers of a signal: where Ctrl+C is a key like others, and where the keyboard has gone. */
  raise(signal: StopSignal): void;
}

/** What happens on a {@link FullScreen}. */
export interface FullScreenListener {
  /** Keys as the terminal sends them, control characters and escape sequences among them. */
  readonly onInput: (text: string) => void;
  /** The terminal has another size. */
  readonly onResize: () => void;
  /** The process goes on after it was stopped (Ctrl+Z, `fg`): everything has to be drawn again. */
  readonly onContinue: () => void;
  /** Nothing can be typed any more. */
  readonly onEnd: () => void;
  /** An error that nobody caught. */
  readonly onCrash: (error: unknown) => void;
}

/** The whole terminal, drawn on by one program: single keys, none echoed, and a screen of its own. */
export interface FullScreen {
  size(): { readonly columns: number; readonly rows: number };
  /** Writes at once; what cannot be written, or comes after {@link FullScreen.restore}, is lost. */
  write(text: string): void;
  /** Puts the terminal back, stops this process as Ctrl+Z stops others, and goes on with it later. */
  suspend(): void;
  /** Puts the terminal back as it was, at once; may be called again. */
  restore(): void;
}

/** The reader of standard output has gone. Not a failure: the program ends quietly. */
export class OutputClosedError extends Error {
  override readonly name: string = "OutputClosedError";
}
