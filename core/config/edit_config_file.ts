/**
 * Changes one setting in a configuration file and leaves the rest as it was, comments in YAML included.
 *
 * @module
 */
import { dirname } from "node:path";
import { ModelManagerError } from "../base/errors.ts";
import { readTextFileIfExists, writeFileAtomic } from "../platform/atomic_file.ts";
import { makeDirectory } from "../platform/directory.ts";
import { isPlainObject, isYamlPath, parseConfigText } from "./config_file.ts";
import { readSetting, SETTING_FIELDS } from "./setting_fields.ts";
import type { PathContext } from "./setting_kinds.ts";
import type { SettingPath, SettingValue } from "./settings.ts";

/** What a person typed, as it is best written in a file: numbers and words of YAML are not quoted. */
function literal(path: SettingPath, text: string): SettingValue {
  const trimmed = text.trim();
  if (Array.isArray(SETTING_FIELDS[path].default)) {
    return trimmed.split(",").map((item) => item.trim()).filter((item) => item !== "");
  }
  if (/^-?\d+(?:\.\d+)?$/.test(trimmed)) return Number(trimmed);
  if (SETTING_FIELDS[path].default === null && /^(?:none|null)$/i.test(trimmed)) return null;
  if (trimmed === "true" || trimmed === "false") return trimmed === "true";
  return trimmed;
}

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

async function editYaml(text: string, path: SettingPath, value: SettingValue | undefined): Promise<string> {
  const { isMap, parseDocument } = await import("yaml");
  const document = parseDocument(text, { logLevel: "silent" });
  const [own = [], ...older] = namesOf(path);
  for (const keys of value === undefined ? [own, ...older] : older) document.deleteIn(keys);
  if (value !== undefined) {
    // An empty group is null in YAML, and nothing can be put into null.
    const [group = ""] = own;
    if (own.length > 1 && !isMap(document.get(group))) document.delete(group);
    document.setIn(own, value);
  } else if (own.length > 1) {
    const group = document.get(own[0] ?? "");
    if (isMap(group) && group.items.length === 0) document.delete(own[0] ?? "");
  }
  return document.toString();
}

async function edit(file: string, path: SettingPath, value: SettingValue | undefined): Promise<boolean> {
  const text = await readTextFileIfExists(file) ?? "";
  const data = await parseConfigText(file, text);
  if (!isPlainObject(data)) {
    throw new ModelManagerError("CONFIG_INVALID", `Cannot change "${file}": it holds no settings by name`, {
      hints: ["See what is wrong with it: mm config validate"],
    });
  }
  const copy: Json = { ...data };
  const changed = editJson(copy, path, value);
  if (!changed) return false;
  const next = isYamlPath(file)
    ? await editYaml(text, path, value)
    : `${JSON.stringify(copy, undefined, 2)}\n`;
  await makeDirectory(dirname(file));
  await writeFileAtomic(file, next);
  return true;
}

/**
 * Sets a setting in a file; the file and its folder are made when they are not there.
 *
 * @param change.text The value as a person writes it, such as `20M`.
 * @throws {ModelManagerError} `USAGE_ERROR` when the value is not one for this setting.
 */
export async function setInConfigFile(
  file: string,
  change: { readonly path: SettingPath; readonly text: string; readonly context: PathContext },
): Promise<void> {
  const value = literal(change.path, change.text);
  const read = readSetting(change.path, value, change.context);
  if ("problem" in read) {
    throw new ModelManagerError("USAGE_ERROR", `Cannot set "${change.path}": it ${read.problem}`, {
      hints: [`See its value now: mm config get ${change.path}`],
    });
  }
  await edit(file, change.path, value);
}

/**
 * Takes all settings out of a file, also of a damaged one. The old file stays beside it as `.backup`.
 *
 * @returns the path of the backup; `undefined` when there is no file.
 */
export async function resetConfigFile(file: string): Promise<string | undefined> {
  const text = await readTextFileIfExists(file);
  if (text === undefined) return undefined;
  const backup = `${file}.backup`;
  await writeFileAtomic(backup, text);
  await writeFileAtomic(file, isYamlPath(file) ? "" : "{}\n");
  return backup;
}

/**
 * Removes a setting from a file.
 *
 * @returns whether it was there.
 */
export async function unsetInConfigFile(file: string, path: SettingPath): Promise<boolean> {
  return await edit(file, path, undefined);
}
