/**
 * A program on a terminal of its own, as a person sees it: keys go in, frames come out.
 *
 * @module
 */
import { type Command, descendantsOf } from "./measure.ts";

/** Who shows nothing for so long is stuck. */
const PATIENCE_MS = 30_000;
const QUOTE = /'/g;

function quote(text: string): string {
  return `'${text.replace(QUOTE, `'\\''`)}'`;
}

/** Whether a terminal can be made here. */
export async function hasPseudoTerminal(): Promise<boolean> {
  try {
    // Other systems have one of that name with other options.
    const { stdout } = await new Deno.Command("script", { args: ["--version"], stdin: "null" }).output();
    return new TextDecoder().decode(stdout).includes("util-linux");
  } catch {
    return false;
  }
}

/** A program on a terminal. Disposing of it presses Ctrl+C and waits for its end. */
export class PseudoTerminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #startedMs = performance.now();
  #text = "";
  #seen = Promise.withResolvers<void>();
  #hasEnded = false;

  /** Starts a command on a terminal of that size. */
  constructor({ args, env = {} }: Command, size: { readonly columns: number; readonly rows: number }) {
    const command = `stty rows ${size.rows} cols ${size.columns}; exec ${args.map(quote).join(" ")}`;
    this.#child = new Deno.Command("script", {
      args: ["--quiet", "--flush", "--command", command, "/dev/null"],
      env: { ...env, SHELL: "/bin/sh", TERM: "xterm-256color", LC_ALL: "C.UTF-8" },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#keys = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Since it was started. */
  get elapsedSeconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  /** The processes on it. */
  get pids(): readonly number[] {
    return descendantsOf(this.#child.pid);
  }

  /** Waits until a text is written, among what comes from now on or, `fromStart`, has come before. */
  async until(text: string, options: { readonly fromStart?: boolean } = {}): Promise<void> {
    if (options.fromStart !== true) this.#text = "";
    const deadlineMs = performance.now() + PATIENCE_MS;
    const timer = setTimeout(() => this.#wake(), PATIENCE_MS + 1);
    using _timer = { [Symbol.dispose]: () => clearTimeout(timer) };
    while (!this.#text.includes(text)) {
      if (performance.now() > deadlineMs) throw new Error(`The program did not show "${text}"`);
      if (this.#hasEnded) throw new Error(`The program ended before it showed "${text}"`);
      await this.#seen.promise;
    }
  }

  /** Types keys. */
  async type(keys: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(keys));
  }

  async #read(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#text += text;
      this.#wake();
    }
    this.#hasEnded = true;
    this.#wake();
  }

  #wake(): void {
    this.#seen.resolve();
    this.#seen = Promise.withResolvers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.type("\x03").catch(() => {});
    await this.#reading;
    await this.#keys.close().catch(() => {});
    await this.#child.status;
  }
}
