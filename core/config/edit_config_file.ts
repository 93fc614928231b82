/**
 * Changes one setting in a configuration file and leaves the rest as it was, comments in YAML included.
 *
 * @module
 */
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { ModelManagerError } from "../base/errors.ts";
import { readTextFileIfExists, writeFileAtomic } from "../platform/atomic_file.ts";
import { makeDirectory } from "../platform/directory.ts";
import { isPlainObject, isYamlPath, parseConfigText } from "./config_file.ts";
import { lockConfigFile } from "./config_lock.ts";
import { deleteInJsonText, setInJsonText } from "./json_text.ts";
import { readSetting, SETTING_FIELDS, suggestedWord } from "./setting_fields.ts";
import { directoryKind, expandPath, type PathContext } from "./setting_kinds.ts";
import type { SettingPath, SettingValue } from "./settings.ts";
import { changeYamlText, type YamlChange } from "./yaml_text.ts";

/** What a person typed, as it is best written in a file: numbers and words of YAML are not quoted. */
function literal(path: SettingPath, text: string, context: PathContext): SettingValue {
  const trimmed = text.trim();
  const { kind, default: usual } = SETTING_FIELDS[path];
  if (Array.isArray(usual)) {
    // Also as the settings are shown and documented: `[]`, or a list as in a file.
    const list = /^\[.*\]$/s.test(trimmed) ? trimmed.slice(1, -1).replaceAll('"', "") : trimmed;
    return list.split(",").map((item) => item.trim()).filter((item) => item !== "");
  }
  // A file's own folder is where its relative paths begin; what is typed begins where it is typed.
  if (kind === directoryKind && trimmed !== "") {
    return /^~(?:$|[\\/])/.test(trimmed) ? trimmed : expandPath(trimmed, context);
  }
  const isNumber = /^-?\d+(?:\.\d+)?$/.test(trimmed);
  const plain = isNumber ? Number(trimmed) : WORDS.get(trimmed.toLowerCase());
  const isText = plain === undefined ||
    (kind.read(plain, context) === undefined && kind.read(trimmed, context) !== undefined);
  return isText ? trimmed : plain;
}

/** Words that files have values of their own for. */
const WORDS: ReadonlyMap<string, SettingValue> = new Map<string, SettingValue>([
  ["true", true],
  ["false", false],
  ["none", null],
  ["null", null],
]);

/** The names a setting may have in the file, as keys from the top. */
function namesOf(path: SettingPath): readonly (readonly string[])[] {
  const { olderKey } = SETTING_FIELDS[path];
  return [path.split("."), ...(olderKey === undefined ? [] : [[olderKey]])];
}

type Json = Record<string, unknown>;

function deleteIn(data: Json, keys: readonly string[]): boolean {
  const [first = "", ...rest] = keys;
  if (!Object.hasOwn(data, first)) return false;
  if (rest.length === 0) return delete data[first];
  const inner = data[first];
  if (!isPlainObject(inner)) return false;
  const copy: Json = { ...inner };
  const deleted = deleteIn(copy, rest);
  if (Object.keys(copy).length === 0) delete data[first];
  else data[first] = copy;
  return deleted;
}

function editJson(data: Json, path: SettingPath, value: SettingValue | undefined): boolean {
  const deleted = namesOf(path).map((keys) => deleteIn(data, keys)).includes(true);
  if (value === undefined) return deleted;
  const [group = "", key] = path.split(".");
  if (key === undefined) data[group] = value;
  else data[group] = { ...(isPlainObject(data[group]) ? data[group] : {}), [key]: value };
  return true;
}

/** The text of a JSON file after the change; written anew when a change in place would mean something else. */
function jsonText(text: string, change: YamlChange): string {
  let next = text;
  for (const keys of change.value === undefined ? [change.keys, ...change.others] : change.others) {
    next = deleteInJsonText(next, keys);
  }
  if (change.value !== undefined) next = setInJsonText(next, change.keys, change.value);
  return isDeepStrictEqual(JSON.parse(next), change.expected)
    ? next
    : `${JSON.stringify(change.expected, undefined, 2)}\n`;
}

async function edit(file: string, path: SettingPath, value: SettingValue | undefined): Promise<boolean> {
  await makeDirectory(dirname(file));
  await using _lock = await lockConfigFile(file);
  const text = await readTextFileIfExists(file) ?? "";
  const data = await parseConfigText(file, text);
  if (!isPlainObject(data)) {
    throw new ModelManagerError("CONFIG_INVALID", `Cannot change "${file}": it holds no settings by name`, {
      hints: ["See what is wrong with it: mm config validate"],
    });
  }
  const expected: Json = { ...data };
  if (!editJson(expected, path, value)) return false;
  const [keys = [], ...others] = namesOf(path);
  const change = { keys, value, others, expected };
  const next = isYamlPath(file) ? await changeYamlText(text, change) : jsonText(text, change);
  if (next !== text) await writeFileAtomic(file, next);
  return true;
}

/** A value for a setting. */
export interface SettingChange {
  readonly path: SettingPath;
  /** The value as a person writes it, such as `20M`. */
  readonly text: string;
  readonly context: PathContext;
}

/**
 * Sets a setting in a file; the file and its folder are made when they are not there.
 *
 * @returns what was written.
 * @throws {ModelManagerError} `USAGE_ERROR` when the value is not one for this setting.
 */
export async function setInConfigFile(
  file: string,
  change: SettingChange,
): Promise<SettingValue> {
  const value = literal(change.path, change.text, change.context);
  const read = readSetting(change.path, value, change.context);
  if ("problem" in read) {
    throw new ModelManagerError("USAGE_ERROR", `Cannot set "${change.path}": it ${read.problem}`, {
      hints: [
        ...suggestedWord(change.path, value),
        `See its value now: mm config get ${change.path}`,
      ],
    });
  }
  await edit(file, change.path, value);
  return value;
}

/**
 * Takes all settings out of a file, also of a damaged one. The old file stays beside it as `.backup`,
 * or `.backup.2` and so on: who resets twice still has what there was at first.
 *
 * @returns the path of the backup; `undefined` when there is no file.
 */
export async function resetConfigFile(file: string): Promise<string | undefined> {
  if (await readTextFileIfExists(file) === undefined) return undefined;
  await using _lock = await lockConfigFile(file);
  const text = await readTextFileIfExists(file);
  if (text === undefined) return undefined;
  const backup = await freeBackupName(file);
  await writeFileAtomic(backup, text);
  await writeFileAtomic(file, isYamlPath(file) ? "" : "{}\n");
  return backup;
}

async function freeBackupName(file: string): Promise<string> {
  const first = `${file}.backup`;
  let path = first;
  for (let number = 2; await readTextFileIfExists(path) !== undefined; number++) path = `${first}.${number}`;
  return path;
}

/**
 * Removes a setting from a file.
 *
 * @returns whether it was there.
 */
export async function unsetInConfigFile(file: string, path: SettingPath): Promise<boolean> {
  return await edit(file, path, undefined);
}
