/**
 * The program as people run it: real processes, each test with a home of its own and nothing inherited.
 *
 * @module
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { makeTempDir, type TempDir } from "./temp_dir.ts";

/** What a process left behind. */
export interface FinishedProgram {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How one run differs from the sandbox's usual one. */
export interface RunOptions {
  /** Variables besides the sandbox's own; an empty text unsets one. */
  readonly env?: Readonly<Record<string, string>>;
  /** What standard input holds; without it there is none. */
  readonly stdin?: string;
  /** Standard input stays open for {@link RunningProgram.type}. @default {false} */
  readonly typed?: boolean;
  /** @default the sandbox's empty working directory */
  readonly cwd?: string;
  /** The program in another form, such as that of a package. @default the one of the source tree */
  readonly command?: readonly string[];
}

/** A run that has not ended yet; it is killed at the end of the scope. */
export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
  /** What it has said so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Sends a signal. */
  signal(name: Deno.Signal): void;
  /** Writes to standard input, as somebody who types; needs {@link RunOptions.typed}. */
  type(text: string): Promise<void>;
  /** Nobody reads its standard output any more. */
  closeStdout(): Promise<void>;
  /** Settles when it has ended and all it said has been read. */
  readonly finished: Promise<FinishedProgram>;
}

/** A place on disk where the program finds nothing but what the test has put there. */
export interface Sandbox extends TempDir {
  readonly home: string;
  /** The default models directory, empty at first. */
  readonly modelsDir: string;
  /** Where the user's configuration file belongs. */
  readonly configDir: string;
  readonly stateDir: string;
  /** Where `mm login` stores the token. */
  readonly tokenFile: string;
  /** The working directory. */
  readonly work: string;
  /** Every variable that the program sees. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs `mm` with these arguments to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<FinishedProgram>;
  /** Starts `mm` with these arguments. */
  start(args: readonly string[], options?: RunOptions): RunningProgram;
  /** Starts a shell command in which `"$@"` is `mm` with these arguments. */
  shell(script: string, args: readonly string[], options?: RunOptions): RunningProgram;
  /** Every file below, relative to the sandbox, with `/`, sorted. */
  files(): Promise<string[]>;
}

const PROGRAM = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** Long enough for a busy machine: a test that hangs is to say so itself. */
const RUN_LIMIT_MS = 60_000;

/** Variables without which nothing runs on some system; Deno's own lead to its module cache. */
const NEEDED_VARIABLE =
  /^(?:PATH|DENO_(?!AUTH).*|NPM_CONFIG_REGISTRY|TMPDIR|TEMP|TMP|SystemRoot|windir|ComSpec|PATHEXT)$/i;

let denoDirectory: string | undefined;

/** With another home, Deno would look for its cache in another place, and fetch everything again. */
export function findDenoDirectory(): string {
  if (denoDirectory !== undefined) return denoDirectory;
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stderr: "null" })
    .outputSync();
  const info: unknown = JSON.parse(new TextDecoder().decode(stdout));
  if (typeof info !== "object" || info === null || !("denoDir" in info)) {
    throw new Error("deno info does not say where its cache is");
  }
  return denoDirectory = String(info.denoDir);
}

function sandboxEnvironment(dir: TempDir, variables: Readonly<Record<string, string>>) {
  const needed = Object.entries(Deno.env.toObject()).filter(([name]) => NEEDED_VARIABLE.test(name));
  return {
    ...Object.fromEntries(needed),
    DENO_DIR: findDenoDirectory(),
    DENO_NO_UPDATE_CHECK: "1",
    // Nothing is to go on in the background after a test has ended, unless the test is about that.
    CI: "1",
    // As terminals have it; what is shown without it is tested where that is the point.
    LANG: "C.UTF-8",
    HOME: dir.join("home"),
    USERPROFILE: dir.join("home"),
    APPDATA: dir.join("config"),
    LOCALAPPDATA: dir.join("state"),
    XDG_CONFIG_HOME: dir.join("config"),
    XDG_STATE_HOME: dir.join("state"),
    XDG_CACHE_HOME: dir.join("cache"),
    HF_HOME: dir.join("hf"),
    ...variables,
  };
}

/** Reads a stream to its end into `take`; one that is cancelled just ends. */
async function read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const bytes of stream) take(decoder.decode(bytes, { stream: true }));
}

function follow(child: Deno.ChildProcess, stdin: WritableStreamDefaultWriter | undefined): RunningProgram {
  let stdout = "";
  let stderr = "";
  let ended = false;
  const closing = new TransformStream<Uint8Array, Uint8Array>();
  const stop = new AbortController();
  const piped = child.stdout.pipeTo(closing.writable, { signal: stop.signal }).catch(() => {});
  const readings = Promise.all([
    read(closing.readable, (text) => stdout += text).catch(() => {}),
    read(child.stderr, (text) => stderr += text),
    piped,
  ]);
  const kill = (): void => {
    if (!ended) child.kill("SIGKILL");
  };
  const limit = setTimeout(kill, RUN_LIMIT_MS);
  const finish = async (): Promise<FinishedProgram> => {
    const { code } = await child.status;
    ended = true;
    clearTimeout(limit);
    // A program that ends without reading has closed the pipe.
    await stdin?.close().catch(() => {});
    await readings;
    return { code, stdout, stderr };
  };
  const finished = finish();
  return {
    pid: child.pid,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    signal: (name) => child.kill(name),
    type: async (text) => await stdin?.write(new TextEncoder().encode(text)),
    async closeStdout() {
      stop.abort();
      await piped;
    },
    finished,
    async [Symbol.asyncDispose]() {
      kill();
      await finished;
    },
  };
}

function launch(
  command: readonly string[],
  place: { readonly environment: Readonly<Record<string, string>>; readonly cwd: string },
  options: RunOptions,
): RunningProgram {
  const variables = Object.entries({ ...place.environment, ...options.env }).filter(([, value]) =>
    value !== ""
  );
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, {
    args,
    cwd: options.cwd ?? place.cwd,
    clearEnv: true,
    env: Object.fromEntries(variables),
    stdin: options.stdin === undefined && options.typed !== true ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (options.typed === true) return follow(child, child.stdin.getWriter());
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    // A program that ends without reading has closed the pipe.
    writer.write(new TextEncoder().encode(options.stdin)).then(() => writer.close()).catch(() => {});
  }
  return follow(child, undefined);
}

/** Paths of all files below a folder, relative to it, with `/`, sorted; none when it does not exist. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** Makes a sandbox; `variables` are set in every run, and an empty text unsets one. */
export async function openSandbox(variables: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
  const dir = await makeTempDir();
  const environment = sandboxEnvironment(dir, variables);
  const work = dir.join("work");
  for (const folder of [work, dir.join("home")]) await Deno.mkdir(folder);
  const command = [Deno.execPath(), "run", "-A", PROGRAM];
  const start = (args: readonly string[], options: RunOptions = {}): RunningProgram =>
    launch([...(options.command ?? command), ...args], { environment, cwd: work }, options);
  return {
    ...dir,
    environment,
    work,
    home: dir.join("home"),
    modelsDir: dir.join("home", "models"),
    configDir: dir.join("config", "model-manager"),
    stateDir: dir.join("state", "model-manager"),
    tokenFile: dir.join("hf", "token"),
    start,
    run: (args, options) => start(args, options).finished,
    shell: (script, args, options = {}) =>
      launch(
        ["sh", "-c", script, "sh", ...(options.command ?? command), ...args],
        { environment, cwd: work },
        options,
      ),
    files: () => filesBelow(dir.path),
  };
}

/** Waits until something is so; fails when it does not become so in time. */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  options: { readonly limitMs?: number } = {},
): Promise<void> {
  const { limitMs = 30_000 } = options;
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > limitMs) throw new Error(`Waited ${limitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Whether there is something at a path. */
export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}

/** Every file below a folder that holds one of the texts, in 8-bit or 16-bit characters: `path: text`. */
export async function findTexts(folder: string, texts: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of await filesBelow(folder)) {
    const full = join(folder, ...path.split("/"));
    // Nothing is in a socket.
    if (!(await stat(full)).isFile()) continue;
    const bytes = await readFile(full);
    for (const text of texts) {
      if (bytes.includes(text) || bytes.includes(text, 0, "utf16le")) found.push(`${path}: ${text}`);
    }
  }
  return found;
}

/** The one JSON document on standard output. @throws When it is none, showing what came instead. */
export function readDocument<T>(finished: FinishedProgram): T {
  try {
    return JSON.parse(finished.stdout) as T;
  } catch (error) {
    throw new Error(`No JSON document on stdout: ${JSON.stringify(finished)}`, { cause: error });
  }
}

/** The JSON values on the lines of standard output. */
export function readJsonLines<T>(finished: FinishedProgram): T[] {
  return finished.stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as T);
}

/** The lines of a text, without the empty one after the last line end. */
export function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
