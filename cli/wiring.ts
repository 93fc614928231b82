/**
 * What the command line is wired with: `main.ts` gives the real parts, tests give others.
 *
 * @module
 */
import type { Clock } from "../core/base/clock.ts";
import type { SettingOrigin, SettingPath, Settings } from "../core/config/mod.ts";
import type { ModelManager } from "../core/operations/model_manager.ts";
import type { Directories } from "../core/platform/dirs.ts";
import type { FullScreen, FullScreenListener, Terminal } from "./terminal.ts";

/** The settings room, loaded when a command needs it. */
export type Configuration = typeof import("../core/config/mod.ts");

/** The daemon's room, loaded when a command needs it. */
export type DaemonRoom = typeof import("../core/daemon/mod.ts");

/** What the command line tells the application. */
export interface CreateAppOptions {
  readonly settings: Settings;
  readonly origins: ReadonlyMap<SettingPath, SettingOrigin>;
  readonly directories: Directories;
  readonly environment: Readonly<Record<string, string>>;
  /** `--token`. */
  readonly token?: string;
  readonly offline: boolean;
  /** Called with what a person should know. */
  readonly onNotice: (message: string) => void;
  /** Called with what was damaged and put right; says whether a person was told. @default nobody is */
  readonly onDamage?: (message: string) => boolean;
}

/** One run of the command line. */
export interface RunCliOptions {
  /** The arguments after the program's name. */
  readonly args: readonly string[];
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string>>;
  /** Called when the first command needs a directory. */
  readonly directories: () => Directories | Promise<Directories>;
  /** Absolute. */
  readonly workingDirectory: string;
  /** What a person types before the arguments. @default {"mm"} */
  readonly typedCommand?: string;
  readonly configuration: () => Promise<Configuration>;
  /** Opens nothing until it is used. */
  readonly createApp: (options: CreateAppOptions) => Promise<ModelManager>;
  /** @default there is none, and commands that need it are bugs */
  readonly daemon?: () => Promise<DaemonRoom>;
  /**
   * Starts the program with other arguments in the background, with further variables; says whether it could.
   *
   * @default nothing can be started
   */
  readonly startDetached?: (
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ) => Promise<boolean>;
  /**
   * Runs a person's editor on a file, on the same terminal, and gives its exit code.
   *
   * @default there is no such program
   */
  readonly runEditor?: (editor: string, path: string) => Promise<number>;
  /**
   * Takes the whole terminal for one program.
   *
   * @default it cannot be had
   */
  readonly openFullScreen?: (listener: FullScreenListener) => Promise<FullScreen>;
  /** @default {systemClock} */
  readonly clock?: Clock;
}
