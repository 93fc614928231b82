/**
 * What is done to settings from their screen: as `mm config` does it.
 *
 * @module
 */
import type { SettingPath } from "../../../core/config/mod.ts";
import { isSetElsewhere, originText, valueText } from "../../output/setting_view.ts";
import { printable } from "../../output/text_width.ts";
import type { TuiContext } from "../context.ts";
import { askForReset, askForUnset, askForValue, type SettingReader } from "./setting_dialogs.ts";
import { readSettings, type Setting, type SettingsFacts } from "./setting_row.ts";

type Settings = Pick<TuiContext, "session" | "shell">;

/** Reads the variables and the files as they are now. @throws {ModelManagerError} what is wrong with them */
export async function loadFacts({ session }: Pick<TuiContext, "session">): Promise<SettingsFacts> {
  const configuration = await session.configuration();
  const loaded = await configuration.loadSettings(await session.settingsSource());
  return { settings: readSettings(configuration, loaded), files: loaded.files };
}

/** The user's file, whether or not what is in it can be read. */
async function userFile({ session }: Settings): Promise<string> {
  const { findConfigFiles } = await session.configuration();
  return (await findConfigFiles(await session.settingsSource())).userFile;
}

async function readerOf({ session }: Settings): Promise<SettingReader> {
  const { readSetting } = await session.configuration();
  const { home, workingDirectory } = await session.settingsSource();
  return { readSetting, context: { home, baseDirectory: workingDirectory } };
}

/** Taken up while this process runs: the theme by us, the rate by the downloads. */
const AT_ONCE: ReadonlySet<SettingPath> = new Set(["ui.theme", "download.limit_rate"]);

/** When it counts, and what counts more. */
function afterwards({ path, origin }: Pick<Setting, "path" | "origin">): readonly string[] {
  if (isSetElsewhere(origin)) {
    return [`It is still set by the ${originText(origin)}, which counts more: mm config show --origin`];
  }
  return AT_ONCE.has(path)
    ? []
    : ["The daemon takes it at once; this window, when it is opened again: mm tui"];
}

/** Asks for a value and writes it. @returns whether anything was written */
export async function changeSetting(context: Settings, setting: Setting): Promise<boolean> {
  const { session, shell } = context;
  const reader = await readerOf(context);
  const { path } = setting;
  const text = await askForValue(shell, setting, reader);
  if (text === undefined) return false;
  const { setInConfigFile } = await session.configuration();
  const value = await setInConfigFile(await userFile(context), { path, text, context: reader.context });
  const isOurs = !isSetElsewhere(setting.origin);
  shell.say(printable(`Set ${path} to ${valueText(value) || "none"}`), afterwards(setting));
  if (path === "ui.theme" && isOurs) await useTheme(context);
  return true;
}

/** Asks, and takes a setting out of the user's file. @returns whether it was there */
export async function unsetSetting(context: Settings, setting: Setting): Promise<boolean> {
  const { session, shell } = context;
  const { path } = setting;
  if (!await askForUnset(shell, setting)) return false;
  const { unsetInConfigFile } = await session.configuration();
  const file = await userFile(context);
  const removed = await unsetInConfigFile(file, path);
  if (!removed) {
    shell.say(printable(`${path} is not set in "${file}"`), afterwards(setting));
    return false;
  }
  if (isSetElsewhere(setting.origin)) shell.say(`Removed ${path} from your file`, afterwards(setting));
  else {
    shell.say(`Removed ${path}: the default counts again`, afterwards(setting));
    if (path === "ui.theme") await useTheme(context);
  }
  return true;
}

/** Asks, and takes all settings out of the user's file. */
export async function resetSettings(context: Settings): Promise<void> {
  const { session, shell } = context;
  const file = await userFile(context);
  if (!await askForReset(shell, file)) return;
  const { resetConfigFile } = await session.configuration();
  const backup = await resetConfigFile(file);
  shell.say(
    printable(
      backup === undefined
        ? `"${file}" does not exist: there is nothing to reset`
        : `Took all settings out; the old file is "${backup}"`,
    ),
  );
  if (backup !== undefined) await useTheme(context);
}

/** Shows the theme that counts now. */
async function useTheme({ session, shell }: Settings): Promise<void> {
  const { loadSettings } = await session.configuration();
  const { settings } = await loadSettings(await session.settingsSource());
  shell.useTheme(settings.ui.theme);
}
