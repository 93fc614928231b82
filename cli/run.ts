/**
 * The command line on a real machine: standard streams, signals, size, and the way to Deno KV.
 *
 * @module
 */
import { VERSION } from "../core/base/version.ts";
import type { OpenFacts } from "./completion/facts.ts";
import { heedsHangup } from "./hangup.ts";
import { outputFailure } from "./output_failure.ts";
import { OutputClosedError, type StopSignal, type Terminal } from "./terminal.ts";
import { typedCommand } from "./typed_command.ts";
import type { RunCliOptions } from "./wiring.ts";

/** What the program is made of, from `main.ts`. */
export type MainOptions =
  & Pick<
    RunCliOptions,
    | "configuration"
    | "createApp"
    | "daemon"
    | "directories"
    | "openFullScreen"
    | "runEditor"
    | "startDetached"
  >
  & {
    readonly environment: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
    /** What completion asks the machine for. @default nothing but commands and options is completed */
    readonly completionFacts?: OpenFacts;
  };

/**
 * Set in a program that was started again to the number of the process that did it, so that it does not try for ever.
 * Programs that inherit it have another parent. `core/platform/own_permissions.ts` reads it as well.
 */
const RESTARTED_BY = "MM_RESTARTED_WITH_KV";

const STOP_SIGNALS = ["SIGINT", "SIGTERM"] as const;

const encoder = new TextEncoder();

/** Waits without giving way: for the rare pipe that another process has made non-blocking. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  for (let written = 0; written < bytes.length;) {
    try {
      written += stream.writeSync(bytes.subarray(written));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      pause(2);
    }
  }
}

/** What `work` gives, or the signal's reason as soon as it is aborted. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** What the system says of this process: read only with all rights, which Deno wants for it, so that nobody is asked. */
function ownStatus(): string | undefined {
  if (Deno.build.os !== "linux" || !isAllowedAll()) return undefined;
  try {
    return Deno.readTextFileSync("/proc/self/status");
  } catch {
    return undefined;
  }
}

/** The standard streams. */
class SystemTerminal implements Terminal {
  readonly stdinIsTerminal = Deno.stdin.isTerminal();
  readonly stdoutIsTerminal = Deno.stdout.isTerminal();
  readonly stderrIsTerminal = Deno.stderr.isTerminal();
  readonly #handlers = new Set<(signal: StopSignal) => void>();
  /** Read and not used yet. */
  #rest = "";
  /** Asked at the very beginning: what is listened for, by us or by Deno itself, does not count as ignored any more. */
  readonly #heedsHangup = heedsHangup({
    os: Deno.build.os,
    status: ownStatus(),
    hasTerminal: this.stdoutIsTerminal || this.stderrIsTerminal,
  });

  size(): { readonly columns: number; readonly rows: number } | undefined {
    if (!this.stdoutIsTerminal && !this.stderrIsTerminal) return undefined;
    try {
      const { columns, rows } = Deno.consoleSize();
      // Some pseudo-terminals have no size.
      return columns > 0 && rows > 0 ? { columns, rows } : { columns: 80, rows: 24 };
    } catch {
      return { columns: 80, rows: 24 };
    }
  }

  writeOut(text: string): void {
    try {
      writeAll(Deno.stdout, text);
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw new OutputClosedError();
      throw outputFailure(error);
    }
  }

  writeErr(text: string): void {
    try {
      writeAll(Deno.stderr, text);
    } catch {
      // Nobody listens any more; the work goes on.
    }
  }

  async readLine({ signal }: { readonly signal: AbortSignal }): Promise<string | undefined> {
    const buffer = new Uint8Array(4096);
    const decoder = new TextDecoder();
    while (!this.#rest.includes("\n")) {
      const count = await unlessAborted(Deno.stdin.read(buffer), signal);
      if (count === null) {
        const last = this.#rest;
        this.#rest = "";
        return last === "" ? undefined : last;
      }
      this.#rest += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, end).replace(/\r$/, "");
    this.#rest = this.#rest.slice(end + 1);
    return line;
  }

  async readSecret(
    { prompt, signal }: { readonly prompt: string; readonly signal: AbortSignal },
  ): Promise<string | undefined> {
    // In raw mode nothing is echoed, and Ctrl+C is a character.
    Deno.stdin.setRaw(true);
    try {
      this.writeErr(prompt);
      let secret = "";
      const buffer = new Uint8Array(4096);
      const decoder = new TextDecoder();
      while (true) {
        const count = await unlessAborted(Deno.stdin.read(buffer), signal);
        if (count === null) return secret === "" ? undefined : secret;
        for (const character of decoder.decode(buffer.subarray(0, count), { stream: true })) {
          if (character === "\r" || character === "\n") return secret;
          if (character === "\x04" && secret === "") return undefined;
          if (character === "\x03") this.raise("SIGINT");
          else if (character === "\x7f" || character === "\b") secret = secret.slice(0, -1);
          else if (character === "\x15") secret = "";
          else if (character >= " ") secret += character;
        }
      }
    } finally {
      Deno.stdin.setRaw(false);
      this.writeErr("\n");
    }
  }

  raise(signal: StopSignal): void {
    if (signal === "SIGHUP" && !this.#heedsHangup) return;
    for (const handler of this.#handlers) handler(signal);
  }

  onStopSignal(handler: (signal: StopSignal) => void): Disposable {
    const signals: readonly StopSignal[] = Deno.build.os === "windows"
      ? STOP_SIGNALS
      : [...STOP_SIGNALS, "SIGHUP"];
    const listeners = signals.map((signal) => {
      // One that is ignored has to be listened for as well: else Deno, which listens itself, would let it kill us.
      const heeded = signal !== "SIGHUP" || this.#heedsHangup;
      return [signal, (): void => heeded ? handler(signal) : undefined] as const;
    });
    this.#handlers.add(handler);
    for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
    return {
      [Symbol.dispose]: () => {
        this.#handlers.delete(handler);
        for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
      },
    };
  }
}

/** `mm --version` and `mm version`, answered before anything is loaded. */
function versionText(args: readonly string[]): string | undefined {
  const [word, ...others] = args.filter((arg) => arg !== "--json");
  if (others.length > 0 || !["--version", "-V", "version"].includes(word ?? "")) return undefined;
  if (args.length === 1) return `mm ${VERSION}\n`;
  const { os, arch } = Deno.build;
  const document = { name: "mm", version: VERSION, deno: Deno.version.deno, os, arch };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Whether everything is allowed, so that starting again with `-A` gives no more than there is. */
function isAllowedAll(): boolean {
  const names = ["run", "read", "write", "net", "env", "sys", "ffi"] as const;
  return names.every((name) => Deno.permissions.querySync({ name }).state === "granted");
}

/** Deno enables its store by a flag that `deno run jsr:…` does not set: starts the program again with it. */
async function restartWithKv(terminal: Terminal): Promise<number> {
  if (!isAllowedAll() || Deno.env.get(RESTARTED_BY) === String(Deno.ppid)) {
    const { missingKvError } = await import("./missing_kv.ts");
    return await fail(missingKvError({ program: Deno.mainModule, args: Deno.args }), terminal);
  }
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-kv", "--unstable-worker-options", Deno.mainModule, ...Deno.args],
    env: { [RESTARTED_BY]: String(Deno.pid) },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  // Ctrl+C in a terminal reaches the child twice then, which it takes for one.
  using _subscription = terminal.onStopSignal((signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended already.
    }
  });
  const { code } = await child.status;
  return code;
}

/** Only what goes wrong needs more than this module. */
async function writeVersion(text: string, terminal: Terminal): Promise<number> {
  try {
    terminal.writeOut(text);
    return 0;
  } catch (error) {
    if (error instanceof OutputClosedError) return 0;
    return await fail(error, terminal);
  }
}

async function fail(error: unknown, terminal: Terminal): Promise<number> {
  const { writeFailure } = await import("./write_failure.ts");
  return writeFailure(error, { terminal, args: Deno.args });
}

/** Whether only words are asked for, which nothing is kept for. */
function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const words = end < 0 ? args : args.slice(0, end);
  return words.includes("--help") || words.includes("-h") ||
    ["help", "completions"].includes(words.find((word) => !word.startsWith("-")) ?? "");
}

function noFacts(): never {
  throw new TypeError("The program was wired without completion");
}

/**
 * Answers the script of a shell that completes: at once, without what it does not need, and without a word of what
 * goes wrong.
 *
 * @returns whether it was such a script that asked.
 */
async function answerShell(args: readonly string[], open: OpenFacts = noFacts): Promise<boolean> {
  if (args[0] !== "complete" || args.length < 2) return false;
  const { answerCompletion } = await import("./completion/answer.ts");
  const answer = await answerCompletion(args.slice(1), open);
  if (answer === undefined) return false;
  try {
    writeAll(Deno.stdout, answer);
  } catch {
    // The shell has stopped waiting.
  }
  return true;
}

/**
 * Runs the program with the arguments of the process.
 *
 * @returns the exit code; only `main.ts` exits.
 */
export async function main(options: MainOptions): Promise<number> {
  const version = versionText(Deno.args);
  if (await answerShell(Deno.args, options.completionFacts)) return 0;
  const terminal = new SystemTerminal();
  if (version !== undefined) {
    return await writeVersion(version, terminal);
  }
  // The doctor does without, to say what else is missing.
  const canDoWithout = wantsHelp(Deno.args) || Deno.args.includes("doctor") && !isAllowedAll();
  if (typeof Deno.openKv !== "function" && !canDoWithout) return await restartWithKv(terminal);
  const { runCli } = await import("./run_cli.ts");
  return await runCli({
    args: Deno.args,
    terminal,
    environment: await options.environment(),
    directories: options.directories,
    workingDirectory: Deno.cwd(),
    typedCommand: typedCommand({ isStandalone: Deno.build.standalone, mainModule: Deno.mainModule }),
    configuration: options.configuration,
    createApp: options.createApp,
    ...(options.daemon === undefined ? {} : { daemon: options.daemon }),
    ...(options.openFullScreen === undefined ? {} : { openFullScreen: options.openFullScreen }),
    ...(options.runEditor === undefined ? {} : { runEditor: options.runEditor }),
    ...(options.startDetached === undefined ? {} : { startDetached: options.startDetached }),
  });
}
