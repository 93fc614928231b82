/**
 * The program on a screen that a test sees and types on: a real tmux with a server of its own.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Sandbox } from "./run_program.ts";
import { makeTempDir, type TempDir } from "./temp_dir.ts";

/** Whether there is a tmux. */
export const HAS_TMUX = Deno.build.os !== "windows" && spawnSync("tmux", ["-V"]).status === 0;
/** For the names of tests that need it. */
export const TMUX_NOTE = HAS_TMUX ? "" : " - SKIPPED: tmux is not installed";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

const POLL_MS = 20;
/** Long enough for a busy machine: a test that hangs is to say so itself. */
const WAIT_LIMIT_MS = 30_000;
/** After this long an `Esc` is a key and not the start of a sequence. */
const ESCAPE_PAUSE_MS = 60;
/** How long a screen stays after its program has ended, should nobody close it. */
const KEPT_SECONDS = 600;
/** The title of the screen once all that its program wrote has been shown. */
const ENDED = "the program has ended";

/** What runs on the screen, and how large it is. */
export interface TmuxOptions {
  /** @default {100} */
  readonly columns?: number;
  /** @default {30} */
  readonly rows?: number;
  /** The program and its arguments, as they are: no shell reads them. */
  readonly command: readonly string[];
  /** All that the program finds in its environment, besides `TERM`; an empty text unsets one. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** How long to wait. */
export interface WaitOptions {
  /** @default {30000} */
  readonly timeoutMs?: number;
}

/** What is to be captured. */
export interface CaptureOptions {
  /** With the lines that have left the screen at its top. @default {false} */
  readonly history?: boolean;
}

/** How a program left its terminal. */
export interface FinishedScreen {
  /** The exit code; 128 and the signal's number when a signal ended it. */
  readonly code: number;
  /** Whether what is typed shows. */
  readonly echo: boolean;
  /** Whether the terminal hands over whole lines, as it does before a program asks for single keys. */
  readonly canonical: boolean;
  /** Whether the alternate screen is still shown. */
  readonly alternateScreen: boolean;
  readonly cursorShown: boolean;
  /** The terminal's settings as `stty -a` prints them. */
  readonly settings: string;
  /** What the screen showed at the end. */
  readonly screen: string;
}

/** A running program on a screen; both are gone at the end of the scope. */
export interface TmuxScreen extends AsyncDisposable {
  /** The program's own process. */
  readonly pid: number;
  /**
   * Presses keys one after the other, by the names tmux has for them: `Enter`, `Escape`, `Down`, `C-c`,
   * `M-x`, `PageUp`, `BSpace`, `Tab`, `BTab`, `Space`, `F1`, `a`.
   */
  press(...keys: readonly string[]): Promise<void>;
  /** Types a text in one go. */
  type(text: string): Promise<void>;
  /** Pastes a text; in brackets when the program has asked for them. */
  paste(text: string): Promise<void>;
  /** What is on the screen, without colours and without blanks at the ends. */
  capture(options?: CaptureOptions): Promise<string>;
  /** The same with `ESC [ … m` for the colours and weights. */
  captureStyled(options?: CaptureOptions): Promise<string>;
  /**
   * Waits for a screen and returns it.
   *
   * @throws When it does not come in time or the program ends without it, with the last screen.
   */
  waitFor(
    what: string,
    wanted: RegExp | ((screen: string) => boolean),
    options?: WaitOptions,
  ): Promise<string>;
  /** Gives the screen another size, as somebody who drags the corner of a window. */
  resize(columns: number, rows: number): Promise<void>;
  /** Sends a signal to the program alone. */
  signal(name: Deno.Signal): void;
  /** Closes the window under the program; of all methods only {@link exitCode} works from then on. */
  hangUp(): Promise<void>;
  /** The program's exit code; `undefined` while it runs. */
  exitCode(): Promise<number | undefined>;
  /** Waits for the program's end. @throws When it does not end in time, with the last screen. */
  finished(options?: WaitOptions): Promise<FinishedScreen>;
  /** All that the program has written so far, with every escape sequence. */
  written(): Promise<string>;
}

/** Runs a command of tmux. */
type Tmux = (args: readonly string[], stdin?: string) => Promise<string>;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A text as one word of a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** An argument that ends with `;` would end the command. */
function escapeSeparator(argument: string): string {
  return argument.endsWith(";") ? `${argument.slice(0, -1)}\\;` : argument;
}

function connect(dir: TempDir): Tmux {
  return async (args, stdin) => {
    const child = new Deno.Command("tmux", {
      // -u: a client that does not know about UTF-8 would print underscores for everything else.
      args: ["-u", "-S", dir.join("socket"), "-f", "/dev/null", ...args],
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: dir.path, SHELL: "/bin/sh", LC_ALL: "C.UTF-8" },
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (stdin !== undefined) await new Blob([stdin]).stream().pipeTo(child.stdin);
    const { success, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    if (!success) throw new Error(`tmux ${args.join(" ")}: ${decoder.decode(stderr).trim()}`);
    return decoder.decode(stdout);
  };
}

/**
 * A shell that runs the program, notes its process and how it left the terminal, and keeps the screen.
 *
 * It catches the signals that the keyboard sends to it too; the program itself finds their default actions.
 */
function shellScript(dir: TempDir, options: TmuxOptions): string {
  const variables = Object.entries({ TERM: "tmux-256color", ...options.env })
    .filter(([, value]) => value !== "").map(([name, value]) => `${name}=${value}`);
  const command = ["env", "-i", ...variables, ...options.command].map(quote).join(" ");
  const pid = quote(dir.join("pid"));
  const end = quote(dir.join("end"));
  return [
    // What the shell itself has to say about signals is not to be on the screen.
    "exec 3>&2 2>/dev/null",
    "trap : HUP INT QUIT TERM",
    `cd ${quote(options.cwd)} || exit`,
    `sh -c 'echo $$ >"$0.new" && mv "$0.new" "$0" && exec "$@"' ${pid} ${command} 2>&3 3>&-`,
    `code=$?`,
    `{ echo "$code"; stty -a; } >${end}.new; mv ${end}.new ${end}`,
    // In the order of what was written: when the title is there, so is everything before it.
    `printf '\\033]2;%s\\033\\\\' ${quote(ENDED)}`,
    `exec sleep ${KEPT_SECONDS}`,
    "",
  ].join("\n");
}

async function startServer(dir: TempDir, options: TmuxOptions): Promise<Tmux> {
  const tmux = connect(dir);
  const { columns = 100, rows = 30 } = options;
  const script = await dir.write("run.sh", shellScript(dir, options));
  const settings = { status: "off", "history-limit": "10000" };
  const size = ["-x", String(columns), "-y", String(rows)];
  await tmux([
    "start-server",
    ...Object.entries(settings).flatMap(([name, value]) => [";", "set-option", "-g", name, value]),
    ...[";", "new-session", "-d", ...size, "sh", script],
    // In the same go, so that nothing is written before.
    ...[";", "pipe-pane", `cat >>${quote(dir.join("written"))}`],
  ]);
  return tmux;
}

async function readOrNothing(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}

/** Calls `look` until it has something. */
async function poll<T>(look: () => Promise<T | undefined>, timeoutMs: number): Promise<T | undefined> {
  const start = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined || performance.now() - start > timeoutMs) return found;
    await pause(POLL_MS);
  }
}

/** The keyboard of a screen. */
function keyboard(tmux: Tmux): Pick<TmuxScreen, "press" | "type" | "paste"> {
  return {
    async press(...keys) {
      for (const [index, key] of keys.entries()) {
        if (keys[index - 1] === "Escape") await pause(ESCAPE_PAUSE_MS);
        await tmux(["send-keys", "--", escapeSeparator(key)]);
      }
    },
    async type(text) {
      if (text !== "") await tmux(["send-keys", "-l", "--", escapeSeparator(text)]);
    },
    async paste(text) {
      await tmux(["load-buffer", "-"], text);
      await tmux(["paste-buffer", "-p", "-d"]);
    },
  };
}

function capturing(tmux: Tmux): Pick<TmuxScreen, "capture" | "captureStyled"> {
  const capture = async (flags: readonly string[], { history = false }: CaptureOptions): Promise<string> => {
    const text = await tmux(["capture-pane", "-p", ...flags, ...(history ? ["-S", "-"] : [])]);
    return text.replace(/[ \t]+$/gm, "").trimEnd();
  };
  return {
    capture: (options = {}) => capture([], options),
    captureStyled: (options = {}) => capture(["-e"], options),
  };
}

function framed(screen: string): string {
  return `\n--- the screen ---\n${screen}\n------------------`;
}

function watching(
  dir: TempDir,
  tmux: Tmux,
  capture: TmuxScreen["capture"],
): Pick<TmuxScreen, "waitFor" | "exitCode" | "finished"> {
  const exitCode = async (): Promise<number | undefined> => {
    const text = await readOrNothing(dir.join("end"));
    return text === "" ? undefined : Number.parseInt(text, 10);
  };
  /** Alternate screen, cursor and title. */
  const state = async (): Promise<string[]> =>
    (await tmux(["display-message", "-p", "#{alternate_on}\n#{cursor_flag}\n#{pane_title}"])).split("\n");
  const hasEnded = async (): Promise<boolean> => (await state())[2] === ENDED;
  return {
    exitCode,
    async waitFor(what, wanted, { timeoutMs = WAIT_LIMIT_MS } = {}) {
      let screen = "";
      let ended = false;
      const fits = typeof wanted === "function" ? wanted : (text: string) => wanted.test(text);
      const found = await poll(async () => {
        // Asked first: after its end nothing can come any more.
        ended = await exitCode() !== undefined && await hasEnded();
        screen = await capture();
        return fits(screen) ? true : ended ? false : undefined;
      }, timeoutMs);
      if (found === true) return screen;
      const reason = ended
        ? `The program ended (${await exitCode()}) without`
        : `Waited ${timeoutMs} ms in vain for`;
      throw new Error(`${reason}: ${what}${framed(screen)}`);
    },
    async finished({ timeoutMs = WAIT_LIMIT_MS } = {}) {
      const code = await poll(async () => await hasEnded() ? await exitCode() : undefined, timeoutMs);
      const screen = await capture();
      if (code === undefined) {
        throw new Error(`Waited ${timeoutMs} ms in vain for the program's end${framed(screen)}`);
      }
      const settings = (await readOrNothing(dir.join("end"))).replace(/^.*\n/, "");
      const words = settings.split(/[\s;]+/);
      const [alternate, cursor] = await state();
      return {
        code,
        echo: words.includes("echo"),
        canonical: words.includes("icanon"),
        alternateScreen: alternate !== "0",
        cursorShown: cursor === "1",
        settings,
        screen,
      };
    },
  };
}

async function findPid(dir: TempDir): Promise<number> {
  const text = await poll(async () => await readOrNothing(dir.join("pid")) || undefined, WAIT_LIMIT_MS);
  if (text === undefined) {
    throw new Error(`Nothing started on the screen: ${await readOrNothing(dir.join("run.sh"))}`);
  }
  return Number.parseInt(text, 10);
}

/** Sends a signal to all processes that were started on the screen. */
async function signalGroup(group: number, name: string): Promise<void> {
  await new Deno.Command("kill", { args: ["-s", name, "--", `-${group}`], stderr: "null" }).output();
}

/** Ends all that was started on the screen, whatever it does about signals, and the screen's server. */
async function close(dir: TempDir, tmux: Tmux, group: number | undefined): Promise<void> {
  if (group !== undefined) await signalGroup(group, "KILL");
  // It ends by itself with its last screen.
  await tmux(["kill-server"]).catch(() => {});
  await dir[Symbol.asyncDispose]();
}

/**
 * Starts a program on a screen of its own.
 *
 * @example
 * ```ts ignore
 * await using screen = await openTmux({ command: ["vi"], env: box.environment, cwd: box.work });
 * await screen.type("itext");
 * await screen.waitFor("the text", /^text$/m);
 * ```
 */
export async function openTmux(options: TmuxOptions): Promise<TmuxScreen> {
  const dir = await makeTempDir();
  const tmux = connect(dir);
  let group: number | undefined;
  try {
    await startServer(dir, options);
    const pane = group = Number.parseInt(await tmux(["display-message", "-p", "#{pane_pid}"]), 10);
    const pid = await findPid(dir);
    const captures = capturing(tmux);
    return {
      pid,
      ...keyboard(tmux),
      ...captures,
      ...watching(dir, tmux, captures.capture),
      resize: async (columns, rows) => {
        await tmux(["resize-window", "-x", String(columns), "-y", String(rows)]);
      },
      signal: (name) => Deno.kill(pid, name),
      hangUp: async () => {
        await tmux(["kill-server"]);
        // The system tells only the shell, which is the first process of the session.
        await signalGroup(pane, "HUP");
      },
      written: () => readOrNothing(dir.join("written")),
      [Symbol.asyncDispose]: () => close(dir, tmux, group),
    };
  } catch (error) {
    await close(dir, tmux, group);
    throw error;
  }
}

/** How `mm` runs on the screen. */
export interface ScreenOptions extends Pick<TmuxOptions, "columns" | "rows"> {
  /** Variables besides the sandbox's own; an empty text unsets one. */
  readonly env?: Readonly<Record<string, string>>;
  /** @default the sandbox's empty working directory */
  readonly cwd?: string;
}

/** Starts `mm` with these arguments on a screen of its own. */
export async function openScreen(
  box: Sandbox,
  args: readonly string[],
  options: ScreenOptions = {},
): Promise<TmuxScreen> {
  const { env = {}, cwd = box.work, ...size } = options;
  return await openTmux({
    ...size,
    command: [Deno.execPath(), "run", "-A", MAIN, ...args],
    env: { ...box.environment, ...env },
    cwd,
  });
}
