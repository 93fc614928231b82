/**
 * Configuration files: JSON or YAML, checked as a whole, every problem with its line.
 *
 * @module
 */
import { dirname, extname } from "node:path";
import { fromErrorData, ModelManagerError } from "../base/errors.ts";
import { parseJson, readTextFileIfExists } from "../platform/atomic_file.ts";
import type { OriginatedValue, SettingLayer, SettingOrigin } from "./resolve_settings.ts";
import { findSetting, readSetting, SETTING_FIELDS, settingNames } from "./setting_fields.ts";
import type { SettingPath } from "./settings.ts";
import { suggest } from "./suggest.ts";

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
  readonly hint?: string;
}

/** Finds the line of a key; `undefined` when it cannot be told. */
type LineFinder = (keys: readonly string[]) => number | undefined;

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

/** Where keys are; JSON is read as the YAML that it is, so only a file with problems loads the parser. */
async function findLines(text: string): Promise<LineFinder> {
  const { isMap, isPair, isScalar, LineCounter, parseDocument } = await import("yaml");
  const counter = new LineCounter();
  const root = parseDocument(text, { lineCounter: counter, logLevel: "silent" }).contents;
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
    return offset === undefined ? undefined : counter.linePos(offset).line;
  };
}

async function parseYaml(path: string, text: string): Promise<unknown> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { logLevel: "silent" });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const line = error.linePos?.[0].line;
      const reason = error.message.split(" at line ")[0]?.replace(/[.:]+$/, "") ?? error.code;
      return `${line === undefined ? "" : `line ${line}: `}it is not YAML: ${reason}`;
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

function unknownProblem(keys: readonly string[], value: unknown): Problem {
  const name = keys.join(".");
  if (GROUPS.has(name)) {
    return { keys, text: `"${name}" is ${JSON.stringify(value) ?? "nothing"}: wanted a group of settings` };
  }
  const meant = suggest(name, [...settingNames(), ...GROUPS]);
  return {
    keys,
    text: `there is no setting "${name}"`,
    hint: meant === undefined ? "See all settings: mm config show" : `Did you mean "${meant}" for "${name}"?`,
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
    const path = findSetting(name);
    const earlier = path === undefined ? undefined : values.get(path);
    if (path === undefined) problems.push(unknownProblem(keys, value));
    else if (earlier !== undefined) {
      problems.push({ keys, text: `"${earlier.keys.join(".")}" and "${name}" are the same setting` });
    } else if (file.source === "project file" && SETTING_FIELDS[path].personal === true) {
      problems.push({
        keys,
        text: `"${name}" cannot be set in a project file, because your token is sent there`,
        hint: `Set it for yourself: mm config set ${path} VALUE`,
      });
    } else {
      const read = readSetting(path, value, context);
      if ("problem" in read) problems.push({ keys, text: `"${name}" ${read.problem}` });
      else values.set(path, { value: read.value, origin, keys });
    }
  }
  return { values, problems };
}

/**
 * The settings of one file; the extension tells JSON from YAML.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID` naming the path and, for each problem, line and field.
 */
export async function readConfigFile(
  file: ConfigFile,
  options: { readonly home: string },
): Promise<SettingLayer> {
  const text = await readText(file.path);
  const data = await parseConfigText(file.path, text);
  if (!isPlainObject(data)) {
    throw invalid(file.path, [`it holds ${JSON.stringify(data)}: wanted settings by name`], []);
  }
  const { values, problems } = check(file, data, options.home);
  if (problems.length > 0) {
    const lineOf = await findLines(text);
    const texts = problems.map(({ keys, text }) => {
      const line = lineOf(keys);
      return line === undefined ? text : `line ${line}: ${text}`;
    });
    throw invalid(file.path, texts, problems.flatMap(({ hint }) => hint === undefined ? [] : [hint]));
  }
  return new Map([...values].map(([path, { value, origin }]) => [path, { value, origin }]));
}
