/**
 * Configuration files: JSON or YAML, checked as a whole, every problem with its line.
 *
 * @module
 */
import { dirname, extname } from "node:path";
import { fromErrorData, ModelManagerError } from "../base/errors.ts";
import { parseJson, readTextFileIfExists } from "../platform/atomic_file.ts";
import type { OriginatedValue, SettingLayer, SettingOrigin } from "./resolve_settings.ts";
import { offsetInJsonText, repeatedKeys } from "./json_text.ts";
import { findSetting, readSetting, SETTING_FIELDS, settingNames, suggestedWord } from "./setting_fields.ts";
import type { SettingPath } from "./settings.ts";
import { suggest } from "../base/near_names.ts";

/** A configuration file to read. */
export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  /** Whose file it is; a project's may not set what a token is sent to. */
  readonly source: "project file" | "user file";
}

/** One thing wrong in a file. */
interface Problem {
  /** Keys from the top. */
  readonly keys: readonly string[];
  readonly text: string;
  readonly hints?: readonly string[];
}

/** Finds a key: `line 4, column 5`; `undefined` when it cannot be told. */
type PlaceFinder = (keys: readonly string[]) => string | undefined;

/** Whether a value is a JSON object. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The error for everything that is wrong in one file. */
function invalid(path: string, problems: readonly string[], hints: readonly string[]): ModelManagerError {
  const all = [...new Set(hints), `Edit "${path}", then check it: mm config validate`];
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) {
    return new ModelManagerError("CONFIG_INVALID", `Cannot use "${path}": ${first}`, { hints: all });
  }
  return fromErrorData({
    code: "CONFIG_INVALID",
    message: `Cannot use "${path}": ${problems.length} problems`,
    hints: all,
    causes: problems,
  });
}

function placeText({ line, col }: { readonly line: number; readonly col: number }): string {
  return `line ${line}, column ${col}`;
}

function placeAt(text: string, offset: number): string {
  const before = text.slice(0, offset);
  return placeText({ line: before.split("\n").length, col: offset - before.lastIndexOf("\n") });
}

/** Where keys are in a file. */
async function findPlaces(path: string, text: string): Promise<PlaceFinder> {
  if (!isYamlPath(path)) {
    return (keys) => {
      const offset = offsetInJsonText(text, keys);
      return offset === undefined ? undefined : placeAt(text, offset);
    };
  }
  const { isMap, isPair, isScalar, parseDocument } = await import("yaml");
  const root = parseDocument(text, { logLevel: "silent" }).contents;
  return (keys) => {
    let node: unknown = root;
    let offset: number | undefined;
    for (const key of keys) {
      const pair: unknown = isMap(node)
        ? node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key)
        : undefined;
      if (!isPair(pair)) return undefined;
      offset = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      node = pair.value;
    }
    return offset === undefined ? undefined : placeAt(text, offset);
  };
}

async function parseYaml(path: string, text: string): Promise<unknown> {
  const { parseDocument } = await import("yaml");
  // When it is silent, it passes over whatever stands behind a second "---".
  const document = parseDocument(text, { logLevel: "error" });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const place = error.linePos?.[0];
      const reason = error.message.split(" at line ")[0]?.replace(/[.:]+$/, "") ?? error.code;
      return `${place === undefined ? "" : `${placeText(place)}: `}it is not YAML: ${reason}`;
    });
    throw invalid(path, problems, []);
  }
  return document.toJS() ?? {};
}

async function readText(path: string): Promise<string> {
  const text = await readTextFileIfExists(path);
  if (text !== undefined) return text;
  throw new ModelManagerError(
    "CONFIG_INVALID",
    `Cannot use the configuration file "${path}": it does not exist`,
    {
      hints: ["Show which files are looked at: mm config path"],
    },
  );
}

/** Whether a file is YAML, by its name; all others are JSON. */
export function isYamlPath(path: string): boolean {
  return /^\.ya?ml$/i.test(extname(path));
}

/** The parsed content of a file; an empty one has no settings. */
export async function parseConfigText(path: string, text: string): Promise<unknown> {
  if (text.trim() === "") return {};
  return isYamlPath(path) ? await parseYaml(path, text) : parseJson(text, path);
}

/** Dotted names of everything in the file, groups opened. */
function flatten(
  data: Readonly<Record<string, unknown>>,
  groups: ReadonlySet<string>,
): { readonly keys: readonly string[]; readonly value: unknown }[] {
  return Object.entries(data).flatMap(([key, value]) =>
    groups.has(key) && isPlainObject(value)
      ? Object.entries(value).map(([inner, innerValue]) => ({ keys: [key, inner], value: innerValue }))
      : [{ keys: [key], value }]
  );
}

const GROUPS: ReadonlySet<string> = new Set(
  Object.keys(SETTING_FIELDS).filter((path) => path.includes(".")).map((path) => path.split(".")[0] ?? ""),
);

/** Of the older daemon. To pass over it would be to fetch at times when nobody wants that. */
const OLDER_WINDOW = "default_schedule.time_window";

/** The command that makes a schedule with the same window. */
function windowHint(value: unknown): string {
  const window = isPlainObject(value) ? value : {};
  const time = (name: string, other: string): string => {
    const given = window[name];
    return typeof given === "string" && /^\d{1,2}:\d\d$/.test(given) ? given : other;
  };
  const times = `--time ${time("start_time", "22:00")} --until ${time("end_time", "07:00")}`;
  return `Take it out, and make the schedule: mm schedule create --name nightly --type daily ${times}`;
}

function unknownProblem(keys: readonly string[], value: unknown): Problem {
  const name = keys.join(".");
  if (GROUPS.has(name)) {
    return { keys, text: `"${name}" is ${JSON.stringify(value) ?? "nothing"}: wanted a group of settings` };
  }
  if (name === OLDER_WINDOW) {
    return { keys, text: `there is no setting "${name}"`, hints: [windowHint(value)] };
  }
  const meant = suggest(name, [...settingNames(), ...GROUPS]);
  return {
    keys,
    text: `there is no setting "${name}"`,
    hints: [
      meant === undefined ? "See all settings: mm config show" : `Did you mean "${meant}" for "${name}"?`,
    ],
  };
}

/** Sorts a file's content into values and problems. */
function check(file: ConfigFile, data: Readonly<Record<string, unknown>>, home: string): {
  readonly values: ReadonlyMap<SettingPath, OriginatedValue & { readonly keys: readonly string[] }>;
  readonly problems: readonly Problem[];
} {
  const values = new Map<SettingPath, OriginatedValue & { readonly keys: readonly string[] }>();
  const problems: Problem[] = [];
  const origin: SettingOrigin = { source: file.source, name: file.path };
  const context = { home, baseDirectory: dirname(file.path) };
  for (const { keys, value } of flatten(data, GROUPS)) {
    if (keys.length === 1 && (keys[0] === "$schema" || keys[0] === "version")) continue;
    // An empty group in YAML is null.
    if (keys.length === 1 && GROUPS.has(keys[0] ?? "") && value === null) continue;
    const name = keys.join(".");
    // One that is switched off says nothing.
    if (name === OLDER_WINDOW && isPlainObject(value) && value["enabled"] === false) continue;
    const path = findSetting(name);
    const earlier = path === undefined ? undefined : values.get(path);
    if (path === undefined) problems.push(unknownProblem(keys, value));
    else if (earlier !== undefined) {
      problems.push({ keys, text: `"${earlier.keys.join(".")}" and "${name}" are the same setting` });
    } else if (file.source === "project file" && SETTING_FIELDS[path].personal === true) {
      problems.push({
        keys,
        text: `"${name}" cannot be set in a project file, because your token is sent there`,
        hints: [`Set it for yourself: mm config set ${path} VALUE`],
      });
    } else {
      const read = readSetting(path, value, context);
      if ("problem" in read) {
        problems.push({ keys, text: `"${name}" ${read.problem}`, hints: suggestedWord(path, value) });
      } else values.set(path, { value: read.value, origin, keys });
    }
  }
  return { values, problems };
}

/** Names that stand twice: YAML refuses them, and JSON would silently take the last one. */
function repetitions(path: string, text: string): readonly Problem[] {
  if (isYamlPath(path) || text.trim() === "") return [];
  return repeatedKeys(text).map((keys) => ({
    keys,
    text: `"${keys.join(".")}" stands there more than once`,
  }));
}

/**
 * The settings in the text of a file; the file's extension tells JSON from YAML.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID` naming the path and, for each problem, line, column and field.
 */
export async function readConfigText(
  file: ConfigFile,
  text: string,
  options: { readonly home: string },
): Promise<SettingLayer> {
  const data = await parseConfigText(file.path, text);
  if (!isPlainObject(data)) {
    throw invalid(file.path, [`it holds ${JSON.stringify(data)}: wanted settings by name`], []);
  }
  const { values, problems: wrong } = check(file, data, options.home);
  const problems = [...wrong, ...repetitions(file.path, text)];
  if (problems.length > 0) {
    const placeOf = await findPlaces(file.path, text);
    const texts = problems.map(({ keys, text }) => {
      const place = placeOf(keys);
      return place === undefined ? text : `${place}: ${text}`;
    });
    throw invalid(file.path, texts, problems.flatMap(({ hints }) => hints ?? []));
  }
  return new Map([...values].map(([path, { value, origin }]) => [path, { value, origin }]));
}

/**
 * The settings of one file.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID` as {@link readConfigText}, also when the file is not there.
 */
export async function readConfigFile(
  file: ConfigFile,
  options: { readonly home: string },
): Promise<SettingLayer> {
  return await readConfigText(file, await readText(file.path), options);
}
