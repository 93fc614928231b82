/**
 * One run of a command: time, processor time and memory of it and all that it starts.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/** A command with its environment. */
export interface Command {
  readonly args: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a run took. */
export interface Usage {
  readonly wallSeconds: number;
  /** User and system time of all processes. */
  readonly cpuSeconds: number;
  /** Peak resident memory of the largest process; `undefined` where the system does not tell. */
  readonly peakBytes: number | undefined;
}

const POLL_MS = 20;

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  } catch {
    return [];
  }
}

/** The most memory that a process has taken so far; 0 where the system does not tell. */
export function peakOf(pid: number): number {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return Number(match?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** All processes below one, itself not included. */
export function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** The kernel keeps each process's own peak, so looking now and then misses only the last moments. */
class PeakWatch implements Disposable {
  readonly #timer: ReturnType<typeof setInterval>;
  #peakBytes = 0;

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      for (const child of descendantsOf(pid)) this.#peakBytes = Math.max(this.#peakBytes, peakOf(child));
    }, POLL_MS);
  }

  get peakBytes(): number | undefined {
    return this.#peakBytes === 0 ? undefined : this.#peakBytes;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** The shell's own clock starts after the shell itself has started. */
const TIMED = 'TIMEFORMAT="bench-time %R %U %S"; time "$@"';

function readTimes(stderr: string): [number, number, number] | undefined {
  const match = /bench-time ([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(stderr);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** Fails with what the command said, cut to its end. */
function failure(command: Command, code: number, output: string): Error {
  const said = output.replace(/bench-time .*\s*$/, "").trim().split("\n").slice(-12).join("\n");
  return new Error(`${command.args.slice(0, 6).join(" ")} … ended with ${code}\n${said}`);
}

/**
 * Runs a command to its end.
 *
 * @throws {Error} With the command's output, when it fails.
 */
export async function measure(command: Command): Promise<Usage> {
  const child = new Deno.Command("bash", {
    args: ["-c", TIMED, "bash", ...command.args],
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    env: { ...command.env, LC_ALL: "C" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  using watch = new PeakWatch(child.pid);
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  const said = decoder.decode(stderr);
  const times = readTimes(said);
  if (code !== 0 || times === undefined) throw failure(command, code, decoder.decode(stdout) + said);
  const [wallSeconds, user, system] = times;
  return { wallSeconds, cpuSeconds: user + system, peakBytes: watch.peakBytes };
}

/** A command that is killed before its end. */
export interface InterruptedRun {
  /** Whether it still ran when it was killed. */
  readonly ranOn: boolean;
  /** From its start until it was killed. */
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number | undefined;
}

/** User and system time that a process has taken so far; the kernel counts in hundredths of a second. */
export function cpuSecondsOf(pid: number): number {
  return readCpuSeconds(`/proc/${pid}/stat`);
}

/** The same of its main thread only. */
export function mainThreadSecondsOf(pid: number): number {
  return readCpuSeconds(`/proc/${pid}/task/${pid}/stat`);
}

function readCpuSeconds(path: string): number {
  try {
    // The name in parentheses may have spaces.
    const fields = readFileSync(path, "utf8").replace(/^.*\)/s, "").trim().split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

/** Starts a command and kills it, with all it has started, when `until` settles. */
export async function runUntil(
  command: Command,
  until: (stop: AbortSignal, output: ReadableStream<Uint8Array>) => Promise<void>,
): Promise<InterruptedRun> {
  const started = performance.now();
  const child = new Deno.Command(command.args[0], {
    args: command.args.slice(1),
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    env: { ...command.env },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const ended = new AbortController();
  void child.status.then(() => ended.abort());
  await until(ended.signal, child.stdout);
  const ranOn = !ended.signal.aborted;
  const wallSeconds = (performance.now() - started) / 1000;
  const pids = [...descendantsOf(child.pid).reverse(), child.pid];
  const peakBytes = Math.max(...pids.map(peakOf)) || undefined;
  const cpuSeconds = pids.map(cpuSecondsOf).reduce((sum, seconds) => sum + seconds, 0);
  for (const pid of pids) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof TypeError)) throw error;
    }
  }
  await child.status;
  if (!child.stdout.locked) await child.stdout.cancel();
  return { ranOn, wallSeconds, cpuSeconds, peakBytes };
}

/** The middle of a list of numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? Number.NaN)) / 2 : upper;
}
