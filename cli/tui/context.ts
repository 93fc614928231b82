/**
 * What the controllers of the screens work with.
 *
 * @module
 */
import type { Clock } from "../../core/base/clock.ts";
import type { ModelManager } from "../../core/operations/model_manager.ts";
import type { Session } from "../session.ts";
import type { Downloads } from "./downloads/downloads.ts";
import type { Shell } from "./shell/shell.ts";

/** What the terminal UI takes from the run of the command line. */
export type TuiSession = Pick<
  Session,
  | "app"
  | "clock"
  | "configuration"
  | "daemon"
  | "directories"
  | "environment"
  | "globals"
  | "newApp"
  | "settingOptions"
  | "settings"
  | "settingsSource"
  | "startInBackground"
  | "terminal"
  | "workingDirectory"
>;

/** What the controllers of the screens work with. */
export interface TuiContext {
  readonly session: TuiSession;
  readonly clock: Clock;
  /** Aborted when the terminal UI ends. */
  readonly signal: AbortSignal;
  /** The operations. */
  manager(): Promise<ModelManager>;
  /** Navigation, dialogs and messages. */
  readonly shell: Shell;
  /** What is being downloaded, by whomever. */
  readonly downloads: Downloads;
}
