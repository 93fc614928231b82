/**
 * What tests of the screen of the settings share: real settings in real files.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import * as configuration from "../../../../core/config/mod.ts";
import type { TuiSession } from "../../../../cli/tui/context.ts";
import { readSettings, type Setting, type SettingsFacts } from "../../../../cli/tui/settings/setting_row.ts";
import { SETTINGS_SCREEN } from "../../../../cli/tui/settings/settings_screen.ts";
import {
  NO_SETTINGS,
  reduceSettings,
  type SettingsAction,
  type SettingsState,
} from "../../../../cli/tui/settings/settings_state.ts";
import { makeTempDir, type TempDir } from "../../../support/temp_dir.ts";
import { startTestScreen } from "../../../support/tui_screens.ts";

/** Where settings may come from, without files. */
export interface Sources {
  readonly environment?: Readonly<Record<string, string>>;
  readonly options?: configuration.LoadSettingsOptions["options"];
}

/** Settings without files. */
export function factsOf({ environment = {}, options = [] }: Sources = {}): SettingsFacts {
  const resolved = configuration.settingsWithoutFiles({
    home: "/home/me",
    workingDirectory: "/project",
    environment,
    options,
  });
  return {
    settings: readSettings(configuration, resolved),
    files: {
      userFile: "/home/me/.config/model-manager/config.json",
      userFileExists: false,
      projectFile: undefined,
      skipped: [],
    },
  };
}

/** One of them. */
export function settingOf({ settings }: SettingsFacts, path: string): Setting {
  const found = settings.find((each) => each.path === path);
  if (found === undefined) throw new TypeError(`There is no setting "${path}"`);
  return found;
}

/** What the screen knows after some actions. */
export function after(...actions: readonly SettingsAction[]): SettingsState {
  return actions.reduce(reduceSettings, NO_SETTINGS);
}

/** With the settings that were read. */
export function read(sources: Sources = {}, ...actions: readonly SettingsAction[]): SettingsState {
  return after({ type: "read", facts: factsOf(sources) }, ...actions);
}

/** The screen on files in a folder of its own, once it is shown. */
export interface OnFiles extends AsyncDisposable {
  readonly screen: ReturnType<typeof startScreen>;
  readonly folder: TempDir;
  /** Moves the cursor to a setting. */
  choose(path: configuration.SettingPath): void;
  /** The user's file; empty when there is none. */
  file(): Promise<string>;
}

function startScreen(session: Partial<TuiSession>) {
  return startTestScreen(SETTINGS_SCREEN, { session });
}

/** Starts the screen with a text in the user's file. */
export async function onFiles(
  options: Sources & { readonly userFile?: string; readonly projectFile?: string } = {},
): Promise<OnFiles> {
  const { environment = {}, options: given = [], userFile, projectFile } = options;
  const folder = await makeTempDir();
  if (userFile !== undefined) await folder.write("config/config.json", userFile);
  if (projectFile !== undefined) await folder.write("work/mm.json", projectFile);
  const screen = startScreen({
    configuration: () => Promise.resolve(configuration),
    settingsSource: () =>
      Promise.resolve({
        configDirectory: folder.join("config"),
        home: folder.path,
        workingDirectory: folder.join("work"),
        environment,
        options: given,
      }),
  });
  await screen.controller.enter?.(undefined);
  return {
    screen,
    folder,
    choose: (path) => screen.store.dispatch({ type: "chosen", path }),
    file: () => readFile(folder.join("config", "config.json"), "utf8").catch(() => ""),
    async [Symbol.asyncDispose]() {
      screen.controller.leave?.();
      await folder[Symbol.asyncDispose]();
    },
  };
}
