/**
 * A terminal that remembers what was written, and is typed at by tests.
 *
 * @module
 */
import { OutputClosedError, type StopSignal, type Terminal } from "../../cli/terminal.ts";

/** How a {@link FakeTerminal} looks. */
export interface FakeTerminalOptions {
  /** Standard output and error are a terminal of this width; otherwise all streams are pipes. */
  readonly columns?: number;
  /** @default {24} */
  readonly rows?: number;
  /** @default as the others */
  readonly stdinIsTerminal?: boolean;
  /** Lines that are typed, or piped in. */
  readonly input?: readonly string[];
  /** Standard output is closed after so many writes. */
  readonly closeAfterWrites?: number;
}

/** In memory. */
export class FakeTerminal implements Terminal {
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  stdout = "";
  stderr = "";
  /** Secrets that were asked for. */
  secretsRead = 0;
  readonly #options: FakeTerminalOptions;
  readonly #handlers = new Set<(signal: StopSignal) => void>();
  readonly #input: string[];
  #writes = 0;

  constructor(options: FakeTerminalOptions = {}) {
    this.#options = options;
    this.#input = [...options.input ?? []];
    this.stdoutIsTerminal = options.columns !== undefined;
    this.stderrIsTerminal = options.columns !== undefined;
    this.stdinIsTerminal = options.stdinIsTerminal ?? options.columns !== undefined;
  }

  size(): { readonly columns: number; readonly rows: number } | undefined {
    const { columns, rows = 24 } = this.#options;
    return columns === undefined ? undefined : { columns, rows };
  }

  writeOut(text: string): void {
    if (this.#writes++ >= (this.#options.closeAfterWrites ?? Infinity)) throw new OutputClosedError();
    this.stdout += text;
  }

  writeErr(text: string): void {
    this.stderr += text;
  }

  readLine({ signal }: { readonly signal: AbortSignal }): Promise<string | undefined> {
    signal.throwIfAborted();
    return Promise.resolve(this.#input.shift());
  }

  readSecret(
    options: { readonly prompt: string; readonly signal: AbortSignal },
  ): Promise<string | undefined> {
    this.secretsRead++;
    this.writeErr(`${options.prompt}\n`);
    return this.readLine(options);
  }

  onStopSignal(handler: (signal: StopSignal) => void): Disposable {
    this.#handlers.add(handler);
    return { [Symbol.dispose]: () => this.#handlers.delete(handler) };
  }

  raise(signal: StopSignal): void {
    this.send(signal);
  }

  /** Sends a signal to whoever watches. */
  send(signal: StopSignal): void {
    for (const handler of this.#handlers) handler(signal);
  }
}
