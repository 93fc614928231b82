/**
 * One run of the command line: everything that commands share, made when first needed.
 *
 * @module
 */
import { type Clock, systemClock } from "../core/base/clock.ts";
import { ModelManagerError } from "../core/base/errors.ts";
import type { ConfigFiles, ResolvedSettings } from "../core/config/mod.ts";
import type { ModelManager } from "../core/operations/model_manager.ts";
import type { Directories } from "../core/platform/dirs.ts";
import { formatCommandLine } from "./command_line.ts";
import { type GlobalOptions, outputMode, peekGlobalOptions } from "./global_options.ts";
import { STOP_LIMIT_MS } from "./interruption.ts";
import { Output } from "./output/output.ts";
import type { ProgressView } from "./output/progress_view.ts";
import type { FullScreen, FullScreenListener, Terminal } from "./terminal.ts";
import type { Configuration, CreateAppOptions, DaemonRoom, RunCliOptions } from "./wiring.ts";

/** Set for programs that are started in the background: nobody sees what they say. */
const BACKGROUND = "MM_BACKGROUND";

/** The settings and the files they were read from. */
export interface LoadedSettings extends ResolvedSettings {
  readonly files: ConfigFiles;
}

/** What an application is made from, besides the command line. */
export type FoundSettings = Pick<CreateAppOptions, "settings" | "origins" | "directories">;

/** What a command works with. */
export class Session {
  readonly args: readonly string[];
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
  /** What a command that did not throw ends with. */
  exitCode = 0;
  /** How long the work may take to stop after a signal. */
  stopLimitMs: number = STOP_LIMIT_MS;
  /** Whether the end of the terminal (SIGHUP) stops the work; not where that signal means something else. */
  hangupStops = true;
  /** What is true after a stop signal, where it is not that the work has been stopped. */
  whenStopped: ModelManagerError | undefined;
  /** The command that was found, such as `history list`; empty before. */
  commandName = "";
  readonly #options: RunCliOptions;
  #globals: GlobalOptions;
  #output: Output;
  #directories: Directories | undefined;
  #settings: Promise<LoadedSettings> | undefined;
  #app: Promise<ModelManager> | undefined;

  constructor(options: RunCliOptions & { readonly signal: AbortSignal }) {
    this.args = options.args;
    this.terminal = options.terminal;
    this.clock = options.clock ?? systemClock;
    this.environment = options.environment;
    this.signal = options.signal;
    this.#options = options;
    this.#globals = peekGlobalOptions(options.args);
    this.#output = this.#makeOutput();
  }

  /** The global options; guessed until the command line has been understood. */
  get globals(): GlobalOptions {
    return this.#globals;
  }

  get output(): Output {
    return this.#output;
  }

  /** Takes the global options as they were understood. */
  async start(globals: GlobalOptions): Promise<void> {
    this.#globals = globals;
    this.#output = this.#makeOutput();
    if (globals.verbose > 0) {
      const { configureLogging } = await import("./configure_logging.ts");
      await configureLogging({ output: this.#output, level: globals.verbose > 1 ? "debug" : "info" });
    }
  }

  async directories(): Promise<Directories> {
    return this.#directories ??= await this.#options.directories();
  }

  /** What a person types before the arguments. */
  get typedCommand(): string {
    return this.#options.typedCommand ?? "mm";
  }

  /** Absolute. */
  get workingDirectory(): string {
    return this.#options.workingDirectory;
  }

  configuration(): Promise<Configuration> {
    return this.#options.configuration();
  }

  /** The daemon's room. */
  daemon(): Promise<DaemonRoom> {
    const { daemon } = this.#options;
    if (daemon === undefined) throw new TypeError("The program was wired without a daemon");
    return daemon();
  }

  /** Where settings are looked for, and the options that set some. */
  async settingsSource(): Promise<Parameters<Configuration["loadSettings"]>[0]> {
    const { config, home } = await this.directories();
    const { optionSettings } = await this.configuration();
    const { config: configFile } = this.#globals;
    return {
      configDirectory: config,
      home,
      workingDirectory: this.#options.workingDirectory,
      environment: this.environment,
      options: optionSettings(this.#globals),
      ...(configFile === undefined ? {} : { configFile }),
    };
  }

  settings(): Promise<LoadedSettings> {
    return this.#settings ??= this.#loadSettings();
  }

  /** The application. */
  app(): Promise<ModelManager> {
    return this.#app ??= this.#createApp();
  }

  /** The application with other settings than those that were found, for who looks at what is wrong with those. */
  appWith(found: FoundSettings): Promise<ModelManager> {
    return this.#app = this.#createAppWith(found);
  }

  /** A further application, with a life of its own; what a person should know goes to `onNotice`. */
  newApp(found: FoundSettings, onNotice: (message: string) => void): Promise<ModelManager> {
    return this.#createAppWith(found, { onNotice });
  }

  /** Follows a pull as the options and the streams allow. */
  async follow(how: { readonly plans?: boolean } = {}): Promise<ProgressView> {
    const views = await import("./output/progress_view.ts");
    const { progress } = this.#globals;
    const { terminal, output, clock } = this;
    if (!progress || output.mode === "quiet" || await this.#barsDisabled()) return views.SILENT_VIEW;
    const options = { output, terminal, clock, ...how };
    // With -v the log has the screen: bars between its lines would be unreadable.
    if (output.canRedraw && this.#globals.verbose === 0) return await views.showBars(options);
    return output.mode === "human" ? views.showLines(options) : views.SILENT_VIEW;
  }

  /**
   * Asks before something is destroyed.
   *
   * @param what Follows the words "wants to", to say why `--yes` is needed where nobody can answer.
   * @throws {ModelManagerError} `USAGE_ERROR` when nobody can be asked.
   */
  async confirm(question: string, what: string): Promise<boolean> {
    if (this.#globals.yes) return true;
    const { terminal, output } = this;
    if (!terminal.stdinIsTerminal || !terminal.stderrIsTerminal || output.mode !== "human") {
      throw new ModelManagerError("USAGE_ERROR", `Nobody can be asked whether to ${what}`, {
        hints: [`Say so: ${formatCommandLine([...this.args, "--yes"])}`],
      });
    }
    output.ask(`${question} [y/N] `);
    const answer = await terminal.readLine({ signal: this.signal });
    return /^y(?:es)?$/i.test(answer?.trim() ?? "");
  }

  /**
   * Runs another command line with other variables, on the same terminal; what it opens is its own.
   *
   * @returns its exit code.
   */
  async runNested(args: readonly string[], variables: Readonly<Record<string, string>>): Promise<number> {
    const { runCli } = await import("./run_cli.ts");
    const environment = { ...this.environment, ...variables };
    // A process in the background would have the variables of this one.
    const { startDetached: _, ...options } = this.#options;
    const directories = async (): Promise<Directories> => {
      const own = await this.directories();
      return { ...own, state: variables["MM_STATE_DIR"] ?? own.state };
    };
    return await runCli({ ...options, args, environment, directories });
  }

  /** The options of this command line that set settings, for another one; no token. */
  settingOptions(): readonly string[] {
    const { config, modelsDir, endpoint, offline } = this.#globals;
    return [
      ...(config === undefined ? [] : ["--config", config]),
      ...(modelsDir === undefined ? [] : ["--models-dir", modelsDir]),
      ...(endpoint === undefined ? [] : ["--endpoint", endpoint]),
      ...(offline ? ["--offline"] : []),
    ];
  }

  /**
   * Runs another command line in the background, with the same settings; it outlives this process.
   *
   * @returns whether it could be started.
   */
  async startInBackground(args: readonly string[]): Promise<boolean> {
    const { token } = this.#globals;
    const options = this.settingOptions();
    // Everybody on the machine can read the arguments of a process.
    const environment = { [BACKGROUND]: "1", ...(token === undefined ? {} : { HF_TOKEN: token }) };
    return await this.#options.startDetached?.([...args, ...options], environment) ?? false;
  }

  /** Runs a person's editor on a file, on the same terminal; gives its exit code, 127 when there is none. */
  async runEditor(editor: string, path: string): Promise<number> {
    return await this.#options.runEditor?.(editor, path) ?? 127;
  }

  /** Takes the whole terminal until it is put back. */
  async openFullScreen(listener: FullScreenListener): Promise<FullScreen> {
    const { openFullScreen } = this.#options;
    if (openFullScreen === undefined) throw new TypeError("The program was wired without a full screen");
    return await openFullScreen(listener);
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    const app = await this.#app?.catch(() => undefined);
    await app?.[Symbol.asyncDispose]();
  }

  #makeOutput(): Output {
    return new Output({
      mode: outputMode(this.#globals),
      terminal: this.terminal,
      noColor: !this.#globals.color,
      environment: this.environment,
    });
  }

  async #barsDisabled(): Promise<boolean> {
    const variable = this.environment["HF_HUB_DISABLE_PROGRESS_BARS"];
    return variable !== undefined && (await this.configuration()).isTruthy(variable);
  }

  /** How the application talks to whoever has typed the command. */
  get #talk(): Pick<CreateAppOptions, "onNotice" | "onDamage"> {
    const { output } = this;
    const isSeen = (this.environment[BACKGROUND] ?? "") === "";
    return {
      onNotice: (message) => output.warn(message),
      onDamage(message) {
        if (isSeen) output.alarm(message);
        return isSeen;
      },
    };
  }

  async #loadSettings(): Promise<LoadedSettings> {
    const { loadSettings } = await this.configuration();
    const loaded = await loadSettings(await this.settingsSource());
    if (this.#globals.verbose > 0) {
      for (const path of loaded.files.skipped) {
        this.output.log(`"${path}" was not looked for: the program was started without the right to read it`);
      }
    }
    return loaded;
  }

  async #createApp(): Promise<ModelManager> {
    const { settings, origins } = await this.settings();
    return await this.#createAppWith({ settings, origins, directories: await this.directories() });
  }

  async #createAppWith(
    found: FoundSettings,
    listeners: Pick<CreateAppOptions, "onNotice" | "onDamage"> = this.#talk,
  ): Promise<ModelManager> {
    const { isOfflineEnvironment } = await this.configuration();
    const { token, offline } = this.#globals;
    return await this.#options.createApp({
      ...found,
      environment: this.environment,
      offline: offline || isOfflineEnvironment(this.environment),
      ...listeners,
      ...(token === undefined ? {} : { token }),
    });
  }
}
