/**
 * Finds the configuration files and resolves the settings.
 *
 * @module
 */
import { basename, join, resolve } from "node:path";
import { causeMessages, fromErrorData, isModelManagerError, ModelManagerError } from "../base/errors.ts";
import { fileFacts } from "../platform/directory.ts";
import { readConfigFile } from "./config_file.ts";
import { configFileFromEnvironment, type Environment, settingsFromEnvironment } from "./env_vars.ts";
import {
  type OriginatedValue,
  type ResolvedSettings,
  resolveSettings,
  type SettingLayer,
} from "./resolve_settings.ts";
import type { OptionSetting } from "./option_settings.ts";
import { expandPath, type PathContext } from "./setting_kinds.ts";
import { readSetting } from "./setting_fields.ts";
import type { SettingPath } from "./settings.ts";

const PROJECT_FILES: readonly string[] = ["mm.json", "mm.yaml", "mm.yml"];

/** Where to look for settings. */
export interface LoadSettingsOptions {
  /** The directory of the user's own file: absolute. */
  readonly configDirectory: string;
  readonly home: string;
  /** Where a project file is looked for, and what relative paths are relative to: absolute. */
  readonly workingDirectory: string;
  readonly environment: Environment;
  /** `--config`. */
  readonly configFile?: string;
  /** Options of the command line, by setting. */
  readonly options?: readonly OptionSetting[];
}

/** The files that take part. */
export interface ConfigFiles {
  /** The user's file: the one that is read, or the one that would be written. */
  readonly userFile: string;
  readonly userFileExists: boolean;
  /** The project's file, when there is one. */
  readonly projectFile: string | undefined;
  /** Places that nobody named and that the process was started without the right to look at. */
  readonly skipped: readonly string[];
}

async function exists(path: string): Promise<boolean> {
  return await fileFacts(path) !== undefined;
}

/** Whether the runtime, not the system, refused: the process was started with fewer rights than its user has. */
function lacksRight(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === "NotCapable";
}

/** The one of several names that exists in a directory; what must not be looked at is noted in `skipped`. */
async function findOne(
  directory: string,
  names: readonly string[],
  skipped: string[],
): Promise<string | undefined> {
  const paths = names.map((name) => join(directory, name));
  const there = await Promise.all(paths.map(async (path) => {
    try {
      return await exists(path);
    } catch (error) {
      if (!lacksRight(error)) throw error;
      skipped.push(path);
      return false;
    }
  }));
  const found = paths.filter((_, index) => there[index]);
  if (found.length > 1) {
    throw new ModelManagerError(
      "CONFIG_INVALID",
      `Cannot tell which file to use: both "${found[0]}" and "${found[1]}" exist`,
      { hints: [`Keep one of them, then look: mm config path`] },
    );
  }
  return found[0];
}

/**
 * Which files are read.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID` when two files of the same rank exist side by side.
 */
export async function findConfigFiles(options: LoadSettingsOptions): Promise<ConfigFiles> {
  const context = { home: options.home, baseDirectory: options.workingDirectory };
  const named = options.configFile ?? configFileFromEnvironment(options.environment)?.path;
  const skipped: string[] = [];
  const projectFile = await findOne(options.workingDirectory, PROJECT_FILES, skipped);
  if (named !== undefined) {
    const userFile = expandPath(named, context);
    return { userFile, userFileExists: await exists(userFile), projectFile, skipped };
  }
  const found = await findOne(options.configDirectory, ["config.json", "config.yaml", "config.yml"], skipped);
  return {
    userFile: found ?? resolve(options.configDirectory, "config.json"),
    userFileExists: found !== undefined,
    projectFile,
    skipped,
  };
}

function settingsFromOptions(
  options: LoadSettingsOptions["options"] = [],
  context: PathContext,
): SettingLayer {
  const layer = new Map<SettingPath, OriginatedValue>();
  for (const { setting, name, text } of options) {
    const read = readSetting(setting, text, context);
    if ("problem" in read) {
      throw new ModelManagerError("USAGE_ERROR", `The option ${name} ${read.problem}`, {
        hints: ["See the options: mm --help"],
      });
    }
    layer.set(setting, { value: read.value, origin: { source: "option", name } });
  }
  return layer;
}

function settingsFromVariables(environment: Environment, context: PathContext): SettingLayer {
  const { layer, problems } = settingsFromEnvironment(environment, context);
  const [first, ...others] = problems;
  if (first === undefined) return layer;
  throw fromErrorData({
    code: "CONFIG_INVALID",
    message: first,
    hints: ["Correct or unset the variable, then look: mm config show --origin"],
    causes: others,
  });
}

/** The settings of options and environment alone: no configuration file is looked for. */
export function settingsWithoutFiles(
  options: Omit<LoadSettingsOptions, "configDirectory" | "configFile">,
): ResolvedSettings {
  const context = { home: options.home, baseDirectory: options.workingDirectory };
  const layers = [
    settingsFromOptions(options.options, context),
    settingsFromVariables(options.environment, context),
  ];
  return resolveSettings(layers, context);
}

/**
 * Reads the files that exist and resolves: options > environment > project file > user file > defaults.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID` for a damaged file or variable, `USAGE_ERROR` for an option.
 */
export async function loadSettings(
  options: LoadSettingsOptions,
): Promise<ResolvedSettings & { readonly files: ConfigFiles }> {
  const context = { home: options.home, baseDirectory: options.workingDirectory };
  const flags = settingsFromOptions(options.options, context);
  const variables = settingsFromVariables(options.environment, context);
  const files = await findConfigFiles(options);
  const layers: SettingLayer[] = [flags, variables];
  const { projectFile, userFile } = files;
  if (projectFile !== undefined && projectFile !== userFile) {
    layers.push(await readConfigFile({ path: projectFile, source: "project file" }, options));
  }
  // A file that was asked for by name has to be there; the user's own need not.
  const named = options.configFile ?? configFileFromEnvironment(options.environment)?.path;
  if (files.userFileExists || named !== undefined) {
    layers.push(await readConfigFile({ path: userFile, source: "user file" }, options));
  }
  return { ...resolveSettings(layers, context), files };
}

/** What an error complains about, each thing with the place it is in. */
function complaints(error: ModelManagerError): readonly string[] {
  const causes = causeMessages(error);
  const [, heading] = /^(.*): \d+ problems$/s.exec(error.message) ?? [];
  return heading === undefined ? [error.message, ...causes] : causes.map((cause) => `${heading}: ${cause}`);
}

/** One error for all that were found. */
function together(errors: readonly ModelManagerError[]): ModelManagerError | undefined {
  const [first, ...others] = errors;
  if (first === undefined || others.length === 0) return first;
  const causes = errors.flatMap(complaints);
  const hints = [...new Set(errors.flatMap((error) => error.hints))];
  return fromErrorData({
    code: "CONFIG_INVALID",
    message: `Cannot use the settings: ${causes.length} problems`,
    hints,
    causes,
  });
}

/**
 * Looks at everything that settings come from, however much of it is wrong.
 *
 * @returns the files that were read.
 * @throws {ModelManagerError} `CONFIG_INVALID` with the mistakes of all variables and files at once.
 */
export async function validateSettings(options: LoadSettingsOptions): Promise<readonly string[]> {
  const context = { home: options.home, baseDirectory: options.workingDirectory };
  const errors: ModelManagerError[] = [];
  const files: string[] = [];
  const look = async (read: () => unknown): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (!isModelManagerError(error) || error.code !== "CONFIG_INVALID") throw error;
      errors.push(error);
    }
  };
  const read = async (path: string, source: "project file" | "user file"): Promise<void> => {
    files.push(path);
    await look(() => readConfigFile({ path, source }, options));
  };
  settingsFromOptions(options.options, context);
  await look(() => settingsFromVariables(options.environment, context));
  await look(async () => {
    const { projectFile, userFile, userFileExists } = await findConfigFiles(options);
    if (projectFile !== undefined && projectFile !== userFile) await read(projectFile, "project file");
    const named = options.configFile ?? configFileFromEnvironment(options.environment)?.path;
    if (userFileExists || named !== undefined) await read(userFile, "user file");
  });
  const error = together(errors);
  if (error !== undefined) throw error;
  return files;
}

/**
 * Looks at one file, wherever it is; a file with the name of a project's counts as one.
 *
 * @returns its absolute path.
 * @throws {ModelManagerError} `CONFIG_INVALID` with all its mistakes.
 */
export async function validateConfigFile(
  file: string,
  options: { readonly home: string; readonly workingDirectory: string },
): Promise<string> {
  const path = expandPath(file, { home: options.home, baseDirectory: options.workingDirectory });
  const source = PROJECT_FILES.includes(basename(path)) ? "project file" : "user file";
  await readConfigFile({ path, source }, options);
  return path;
}
