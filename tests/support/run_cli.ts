/**
 * Runs the command line in memory: a fake terminal, a fake `ModelManager`, real settings in a temporary home.
 *
 * @module
 */
import { join } from "node:path";
import { runCli } from "../../cli/run_cli.ts";
import type { CreateAppOptions, RunCliOptions } from "../../cli/wiring.ts";
import type { Clock } from "../../core/base/clock.ts";
import type { ModelManager } from "../../core/operations/model_manager.ts";
import { fakeManager } from "./fake_manager.ts";
import { FakeTerminal, type FakeTerminalOptions } from "./fake_terminal.ts";
import { makeTempDir } from "./temp_dir.ts";
import { TestClock } from "./test_clock.ts";
import { filterOutput } from "./snapshot_filters.ts";

/** One run. */
export interface CliRunOptions {
  readonly manager?: Partial<ModelManager>;
  /** @default a pipe on every stream */
  readonly terminal?: FakeTerminalOptions | FakeTerminal;
  readonly environment?: Readonly<Record<string, string>>;
  /** Files below the home directory, by path; the working directory is `work`, the configuration `config`. */
  readonly files?: Readonly<Record<string, string>>;
  /** A person's editor: is given the path of the file, and gives the exit code. */
  readonly editor?: (path: string, editor: string) => Promise<number>;
  /** Takes the whole terminal. */
  readonly openFullScreen?: RunCliOptions["openFullScreen"];
  /** @default a clock that stands at 2025-01-01 */
  readonly clock?: Clock;
  /** Called with what the application was made with. */
  readonly onCreate?: (options: CreateAppOptions) => void;
}

/** What a run left. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The files below the home directory that tests look at. */
  readonly read: (path: string) => string | undefined;
}

/** Runs `mm` with arguments; what it writes is made comparable. */
export async function runTestCli(args: readonly string[], options: CliRunOptions = {}): Promise<CliRun> {
  await using home = await makeTempDir();
  await home.write("work/.keep");
  for (const [path, text] of Object.entries(options.files ?? {})) await home.write(path, text);
  const terminal = options.terminal instanceof FakeTerminal
    ? options.terminal
    : new FakeTerminal(options.terminal);
  const code = await runCli({
    args: args.map((arg) => arg.replaceAll("[home]", home.path)),
    terminal,
    environment: { NO_COLOR: "1", LANG: "C.UTF-8", ...options.environment },
    directories: () => ({
      home: home.path,
      config: home.join("config"),
      state: home.join("state"),
      cache: home.join("cache"),
      logs: home.join("state", "logs"),
      modelsDefault: home.join("models"),
    }),
    workingDirectory: home.join("work"),
    configuration: () => import("../../core/config/mod.ts"),
    daemon: () => import("../../core/daemon/mod.ts"),
    createApp(created) {
      options.onCreate?.(created);
      return Promise.resolve(fakeManager(options.manager));
    },
    ...(options.editor === undefined ? {} : {
      runEditor: (editor: string, path: string) => options.editor?.(path, editor) ?? Promise.resolve(127),
    }),
    ...(options.openFullScreen === undefined ? {} : { openFullScreen: options.openFullScreen }),
    clock: options.clock ?? new TestClock(),
  });
  const contents = new Map<string, string>();
  for (
    const path of [
      "config/config.json",
      "config/config.json.backup",
      "config/config.edit.json",
      "config/config.yaml",
      "config/config.edit.yaml",
      "work/mm.json",
    ]
  ) {
    const text = await Deno.readTextFile(join(home.path, path)).catch(() => undefined);
    if (text !== undefined) contents.set(path, text);
  }
  const filter = (text: string): string => filterOutput(text, { [home.path]: "[home]" });
  return {
    code,
    stdout: filter(terminal.stdout),
    stderr: filter(terminal.stderr),
    read: (path) => contents.get(path),
  };
}

/** A run as one text, for snapshots. */
export function formatRun(args: readonly string[], run: CliRun): string {
  const sections = [`$ mm ${args.join(" ")}`.trimEnd(), `exit ${run.code}`];
  if (run.stdout !== "") sections.push("--- stdout", run.stdout.replace(/\n$/, ""));
  if (run.stderr !== "") sections.push("--- stderr", run.stderr.replace(/\n$/, ""));
  return sections.join("\n");
}
