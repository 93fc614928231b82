/**
 * `mm config`.
 *
 * @module
 */
import { type Command, Option } from "@commander-js/extra-typings";
import { isModelManagerError, ModelManagerError } from "../../core/base/errors.ts";
import type { ExportFormat, SettingPath } from "../../core/config/mod.ts";
import {
  isSetElsewhere,
  originText,
  settingColumns,
  type SettingRow,
  settingRows,
  valueText,
} from "../output/setting_view.ts";
import type { Session } from "../session.ts";

const EXPORT_FORMATS = ["json", "yaml"] as const satisfies readonly ExportFormat[];
const AFTER_HELP = `
What counts is, from the strongest: an option, a variable, the project file (mm.json or mm.yaml in the working
directory), the user's file, the default. --config FILE or MM_CONFIG takes another file in the place of the user's own,
for example one for each environment. The files of the older tools can be read as they are.

Examples:
  mm config show --origin                      all settings, and who set them
  mm config set download.limit_rate 20M        one setting, for good
  mm config get models_dir                     one value, for a script
  mm config edit                               the whole file in your editor
  mm config export > work.json                 a copy of all that counts
  mm --config work.json list                   another environment`;

async function rows(session: Session): Promise<readonly SettingRow[]> {
  return settingRows(await session.configuration(), await session.settings());
}

async function show(withOrigin: boolean, session: Session): Promise<void> {
  const { output } = session;
  const all = await rows(session);
  const { settings } = await session.settings();
  await output.result({
    json: () => ({
      settings,
      ...(withOrigin ? { origins: Object.fromEntries(all.map(({ path, origin }) => [path, origin])) } : {}),
    }),
    quiet: () => all.map(({ path, value }) => `${path}=${valueText(value)}`),
    human: () => output.table(settingColumns({ withOrigin }), all),
  });
  // On a terminal there is rarely room for whole paths.
  const { files } = await session.settings();
  if (withOrigin && output.width !== Infinity) {
    if (files.projectFile !== undefined) output.say(`Project file: ${files.projectFile}`);
    if (files.userFileExists) output.say(`User file: ${files.userFile}`);
  }
  if (!withOrigin) output.suggest("See where each value comes from: mm config show --origin");
}

async function path(session: Session): Promise<void> {
  const { findConfigFiles } = await session.configuration();
  const files = await findConfigFiles(await session.settingsSource());
  const { output } = session;
  await output.result({
    json: () => files,
    quiet: () => [files.userFile],
    human: () => [files.userFile, ...(files.projectFile === undefined ? [] : [files.projectFile])],
    verbatim: true,
  });
  if (!files.userFileExists) output.say(`"${files.userFile}" does not exist yet`);
}

/** The setting of that name. */
async function find(name: string, session: Session): Promise<SettingPath> {
  const { findSetting, SETTING_PATHS, settingNames, suggest } = await session.configuration();
  const setting = findSetting(name);
  if (setting !== undefined) return setting;
  const group = SETTING_PATHS.filter((path) => path.startsWith(`${name}.`));
  if (group.length > 0) {
    throw new ModelManagerError("USAGE_ERROR", `"${name}" is a group of settings, not one`, {
      hints: [`Name one of them: ${group.join(", ")}`],
    });
  }
  const meant = suggest(name, settingNames());
  throw new ModelManagerError("USAGE_ERROR", `There is no setting "${name}"`, {
    hints: [
      ...(meant === undefined ? [] : [`Did you mean "${meant}"?`]),
      "See all settings: mm config show",
    ],
  });
}

async function get(name: string, session: Session): Promise<void> {
  const setting = await find(name, session);
  const row = (await rows(session)).find((candidate) => candidate.path === setting);
  if (row === undefined) return;
  await session.output.result({
    json: () => row,
    quiet: () => [valueText(row.value)],
    human: () => [valueText(row.value)],
    verbatim: true,
  });
}

async function validate(file: string | undefined, session: Session): Promise<void> {
  const { validateConfigFile, validateSettings } = await session.configuration();
  const source = await session.settingsSource();
  const { output } = session;
  const read = file === undefined ? await validateSettings(source) : [await validateConfigFile(file, source)];
  await output.result({
    json: () => ({ valid: true, files: read }),
    quiet: () => read,
    human: () => read,
    verbatim: true,
  });
  output.say(read.length === 0 ? "There is no configuration file: the defaults are used" : "All is valid");
}

/** The user's file, whether it is there or not. */
async function userFile(session: Session): Promise<string> {
  const { findConfigFiles } = await session.configuration();
  return (await findConfigFiles(await session.settingsSource())).userFile;
}

async function set(name: string, text: string, session: Session): Promise<void> {
  const setting = await find(name, session);
  const { setInConfigFile } = await session.configuration();
  const file = await userFile(session);
  const { home, workingDirectory } = await session.settingsSource();
  const context = { home, baseDirectory: workingDirectory };
  const value = await setInConfigFile(file, { path: setting, text, context });
  await session.output.result({
    json: () => ({ path: setting, value, file }),
    quiet: () => [],
    human: () => [],
  });
  session.output.say(`Set ${setting} to ${valueText(value)} in "${file}"`);
  await sayWhatCounts(setting, session);
}

/** A value in the user's file does not count when something stronger is there. */
async function sayWhatCounts(setting: SettingPath, session: Session): Promise<void> {
  const { output } = session;
  const resolved = await session.settings().catch((error: unknown) => {
    // It is set; that other settings are wrong is another matter.
    if (!isModelManagerError(error)) throw error;
    output.warn(`The settings cannot be used yet: ${error.message}`);
    output.suggest("See what else is wrong: mm config validate");
  });
  const origin = resolved?.origins.get(setting);
  if (origin === undefined || !isSetElsewhere(origin)) return;
  output.warn(`${setting} is still set by the ${originText(origin)}, which counts more`);
}

async function unset(name: string, session: Session): Promise<void> {
  const setting = await find(name, session);
  const { unsetInConfigFile } = await session.configuration();
  const file = await userFile(session);
  const removed = await unsetInConfigFile(file, setting);
  await session.output.result({
    json: () => ({ path: setting, file, removed }),
    quiet: () => [],
    human: () => [],
  });
  session.output.say(removed ? `Removed ${setting} from "${file}"` : `${setting} is not set in "${file}"`);
}

/** One setting as `unset`; without a name all of them, which is asked about. */
async function reset(name: string | undefined, session: Session): Promise<void> {
  if (name !== undefined) return await unset(name, session);
  const { resetConfigFile } = await session.configuration();
  const file = await userFile(session);
  const { output } = session;
  if (!await session.confirm(`Take all settings out of "${file}"?`, `take all settings out of "${file}"`)) {
    output.say("Nothing was changed");
    session.exitCode = 1;
    return;
  }
  const backup = await resetConfigFile(file);
  await output.result({
    json: () => ({ file, reset: backup !== undefined, ...(backup === undefined ? {} : { backup }) }),
    quiet: () => [],
    human: () => [],
  });
  output.say(
    backup === undefined
      ? `"${file}" does not exist: there is nothing to reset`
      : `Took all settings out of "${file}"; the old file is "${backup}"`,
  );
}

async function exportAll(format: ExportFormat, session: Session): Promise<void> {
  const { exportedSettings, formatExport } = await session.configuration();
  const resolved = await session.settings();
  const lines = (await formatExport(resolved, format)).split("\n");
  await session.output.result({
    json: () => exportedSettings(resolved),
    quiet: () => lines,
    human: () => lines,
    verbatim: true,
  });
}

/** Adds the commands of `mm config`. */
export function configure(command: Command, session: Session): void {
  command.description("Settings: options > environment > project file > user file > defaults.");
  command.command("show")
    .description("Show all settings.")
    .option("--origin", "where each value comes from")
    .action((options) => show(options.origin === true, session));
  command.command("get")
    .description("Show one setting.")
    .argument("<KEY>", "such as download.connections; all of them: mm config show")
    .action((key) => get(key, session));
  command.command("set")
    .description("Set a setting in the user's file.")
    .argument("<KEY>", "such as download.limit_rate")
    .argument("<VALUE>", "such as 20M")
    .action((key, value) => set(key, value, session));
  command.command("unset")
    .description("Remove a setting from the user's file.")
    .argument("<KEY>", "such as download.limit_rate")
    .action((key) => unset(key, session));
  command.command("reset")
    .description("Remove a setting, or all of them, from the user's file; of all, a backup is kept.")
    .argument("[KEY]", "such as download.limit_rate")
    .action((key) => reset(key, session));
  command.command("export")
    .description("Write all settings that count, for --config elsewhere; tokens are not among them.")
    .addOption(
      new Option("--format <FORMAT>", "how to write them").choices(EXPORT_FORMATS).default("json" as const),
    )
    .action(({ format }) => exportAll(format, session));
  command.command("path")
    .description("Show which files are read.")
    .action(() => path(session));
  command.command("validate")
    .description("Check the variables and the files, or one file; all mistakes are shown at once.")
    .argument("[FILE]", "a configuration file that need not be in use")
    .action((file) => validate(file, session));
  command.command("edit")
    .description("Open the user's file in $VISUAL or $EDITOR; it is replaced when all in it is valid.")
    .action(async () => {
      const { editConfiguration } = await import("./config_edit.ts");
      await editConfiguration(await userFile(session), session);
    });
  command.addHelpText("after", AFTER_HELP);
}
