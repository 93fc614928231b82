/**
 * The terminal UI on the real program: its application, its screens, and how it ends. Drawn on a screen or told in
 * lines, it is the same.
 *
 * @module
 */
import { isModelManagerError, ModelManagerError } from "../../core/base/errors.ts";
import type { ModelManager } from "../../core/operations/model_manager.ts";
import type { Session } from "../session.ts";
import type { TuiSession } from "./context.ts";
import { createDownloads } from "./downloads/create_downloads.ts";
import { createThemeKeeper } from "./keep_theme.ts";
import { createQuit, type Leaving } from "./quit_prompt.ts";
import type { ScreenName } from "./screen_names.ts";
import { createHelpScreen, SCREENS } from "./screens.ts";
import type { ThemeName } from "./theme.ts";
import { Tui } from "./tui.ts";

/** What was asked for. */
export interface TuiOptions {
  readonly screen: ScreenName;
  /** What it is opened with, such as a repository. */
  readonly argument: string | undefined;
  /** `--theme`. @default {the setting ui.theme} */
  readonly theme: ThemeName | undefined;
}

/** How it came to its end. */
export type Ending =
  | { readonly kind: "left"; readonly how: Leaving }
  | { readonly kind: "interrupted" }
  | { readonly kind: "failed"; readonly error: unknown };

/** The terminal UI at work. */
export interface RunningTui {
  readonly tui: Tui;
  /** Opens the first screen: from then on there is work to do. */
  begin(): void;
  /** Aborted when it ends. */
  readonly signal: AbortSignal;
  readonly ended: Promise<Ending>;
  /** Ends it; of several ends, the first counts. */
  end(ending: Ending): void;
  /** After the end, and with the terminal put back: stops what runs here, closes what was opened, and says what is to be said. */
  close(ending: Ending): Promise<void>;
}

const RESUME = "What has been fetched is kept. Resume: mm queue run";

/** The session as screens see it: one application, which never writes on the screen. */
function tuiSession(session: Session, app: () => Promise<ModelManager>): TuiSession {
  return {
    app,
    clock: session.clock,
    configuration: () => session.configuration(),
    daemon: () => session.daemon(),
    directories: () => session.directories(),
    environment: session.environment,
    globals: session.globals,
    newApp: (found, onNotice) => session.newApp(found, onNotice),
    settingOptions: () => session.settingOptions(),
    settings: () => session.settings(),
    settingsSource: () => session.settingsSource(),
    startInBackground: (args) => session.startInBackground(args),
    terminal: session.terminal,
    workingDirectory: session.workingDirectory,
  };
}

/** Starts it. What is wrong with the settings is thrown here, while the terminal is as it was. */
export async function startTui(
  session: Session,
  options: TuiOptions,
  size: { readonly columns: number; readonly rows: number },
): Promise<RunningTui> {
  const { settings, origins } = await session.settings();
  const directories = await session.directories();
  const stop = new AbortController();
  const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();
  let opened: Promise<ModelManager> | undefined;
  const manager = (): Promise<ModelManager> =>
    opened ??= session.newApp({ settings, origins, directories }, (notice) => tui.shell.say(notice));
  const screens = tuiSession(session, manager);
  const keepTheme = createThemeKeeper({
    session: screens,
    shell: () => tui.shell,
    isGiven: options.theme !== undefined,
  });
  /** The last one that was chosen is on its way into the file. */
  let kept: void | Promise<void>;
  const tui: Tui = new Tui({
    session: screens,
    manager,
    signal: stop.signal,
    downloads: createDownloads,
    screens: SCREENS,
    help: createHelpScreen,
    start: { theme: options.theme ?? settings.ui.theme, ...size },
    onQuit: createQuit((how) => end({ kind: "left", how })),
    onTheme: (theme) => kept = keepTheme(theme),
  });
  const interrupt = (): void => end({ kind: "interrupted" });
  session.signal.addEventListener("abort", interrupt, { once: true });
  if (session.signal.aborted) interrupt();
  // It can be drawn before anything is asked for it.
  tui.store.dispatch({ type: "opened", screen: options.screen });
  return {
    tui,
    begin: () => tui.begin(options.screen, options.argument),
    signal: stop.signal,
    ended,
    end,
    async close(ending) {
      const { downloads } = tui;
      const { worksHere } = downloads;
      // Should it take too long to stop, this is what is said.
      session.whenStopped = new ModelManagerError("CANCELLED", "Cancelled", {
        hints: [worksHere ? RESUME : "Open it again: mm tui"],
      });
      try {
        if (worksHere && !isHandedOver(ending)) await downloads.stop();
        // What keeps it from being written was shown.
        await Promise.resolve(kept).catch(() => {});
      } finally {
        stop.abort(new ModelManagerError("CANCELLED", "The terminal UI has ended"));
        await closeManager(opened);
      }
      say(ending, worksHere, session);
    },
  };
}

function isHandedOver(ending: Ending): boolean {
  return ending.kind === "left" && ending.how === "handedOver";
}

async function closeManager(opened: Promise<ModelManager> | undefined): Promise<void> {
  // What kept it from being opened was shown by who wanted to use it.
  const manager = await opened?.catch(() => undefined);
  await manager?.[Symbol.asyncDispose]();
}

function say(ending: Ending, stopped: boolean, session: Session): void {
  const { output } = session;
  if (isHandedOver(ending)) {
    output.say("Downloading in the background");
    return output.suggest("Follow it: mm queue run, or look at it: mm queue list");
  }
  if (stopped || (ending.kind === "left" && ending.how === "stopped")) output.suggest(RESUME);
  if (ending.kind === "interrupted") session.exitCode = 130;
  if (ending.kind === "failed") throw ending.error;
}

/** Whether an error is what a signal that asks to stop leads to. */
export function isCancelled(error: unknown): boolean {
  return isModelManagerError(error) && error.code === "CANCELLED";
}
