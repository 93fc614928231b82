/**
 * `registry.json`: read with its damage located, written with everything that others have put in.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import { isRepoName } from "../base/reference.ts";
import { repoPathProblem } from "../base/repo_path.ts";
import { parseJson } from "../platform/atomic_file.ts";
import { type ModelEntry, type ModelStatus, type RegisteredFile, UNKNOWN_COMMIT } from "./model_entry.ts";
import { MODEL_TYPES } from "./model_type.ts";
import { wholeEntries } from "./registry_salvage.ts";

/** The version of the format that we write. */
export const REGISTRY_VERSION = 1;

/** A registry file, decoded. */
export interface RegistryDocument {
  readonly models: readonly ModelEntry[];
  /** What else the file has at its top, to be written again. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** What is wrong with it; such entries are not among `models`. */
  readonly problems: readonly string[];
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field that has to be of one kind when it is there. */
function take<T>(fields: Fields, name: string, is: (value: unknown) => value is T, fallback?: T): T {
  const value = fields[name] ?? fallback;
  if (is(value)) return value;
  throw new TypeError(value === undefined ? `"${name}" is missing` : `"${name}" has a wrong value`);
}

const isText = (value: unknown): value is string => typeof value === "string";
const isLabel = (value: unknown): value is string | null => value === null || isText(value);
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
const isTrue = (value: unknown): value is true => value === true;
const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const isDate = (value: unknown): value is string => isText(value) && !Number.isNaN(Date.parse(value));
const isType = (value: unknown): value is ModelEntry["modelType"] =>
  (MODEL_TYPES as readonly unknown[]).includes(value);
const STATUSES: readonly ModelStatus[] = ["downloading", "available", "error", "deleted", "pending"];
/** Whether a value is one of the words for where a model stands. */
export function isModelStatus(value: unknown): value is ModelStatus {
  return (STATUSES as readonly unknown[]).includes(value);
}
const isRepo = (value: unknown): value is string =>
  isText(value) && isRepoName(value) && repoPathProblem(value) === undefined;
const isPath = (value: unknown): value is string => isText(value) && repoPathProblem(value) === undefined;
const isHex = (length: number) => (value: unknown): value is string =>
  isText(value) && value.length === length && /^[0-9a-f]+$/.test(value);

const isCommit = isHex(40);

function decodeFile(value: unknown): RegisteredFile {
  if (!isFields(value)) throw new TypeError("a file is no object");
  if (value.sha256 !== undefined) take(value, "sha256", isHex(64));
  if (value.gitSha1 !== undefined) take(value, "gitSha1", isHex(40));
  if (value.modifiedAtMs !== undefined) take(value, "modifiedAtMs", isSize);
  if (value.pieces !== undefined) take(value, "pieces", isText);
  if (value.damaged !== undefined) take(value, "damaged", isTrue);
  return {
    ...value,
    path: take(value, "path", isPath),
    sizeBytes: take(value, "sizeBytes", isSize),
    commit: take(value, "commit", isText, UNKNOWN_COMMIT),
    downloadDate: take(value, "downloadDate", isDate, new Date(0).toISOString()),
  };
}

/**
 * An entry of the registry from what was read; what is not there gets its default.
 *
 * @throws {TypeError} naming the field that is missing or has a wrong value.
 */
export function decodeEntry(value: unknown): ModelEntry {
  if (!isFields(value)) throw new TypeError("an entry is no object");
  const modelId = take(value, "modelId", isText);
  const metadata = take(value, "metadata", isFields, {});
  const repo = take(metadata, "repo", isRepo, modelId.split(":")[0] ?? "");
  const version = take(value, "version", isText, UNKNOWN_COMMIT);
  const files = take(metadata, "files", isList, []).map(decodeFile);
  if (value.pinned !== undefined) take(value, "pinned", isFlag);
  if (value.lastUsedAt !== undefined) take(value, "lastUsedAt", isDate);
  return {
    ...value,
    modelId,
    modelType: take(value, "modelType", isType, "other"),
    path: take(value, "path", isText, repo),
    status: take(value, "status", isModelStatus, "available"),
    version,
    sizeBytes: take(value, "sizeBytes", isSize, 0),
    downloadDate: take(value, "downloadDate", isDate, new Date(0).toISOString()),
    metadata: {
      ...metadata,
      repo,
      revision: take(metadata, "revision", isText, "main"),
      // Others number their versions as they like.
      commit: take(metadata, "commit", isText, isCommit(version) ? version : UNKNOWN_COMMIT),
      quant: take(metadata, "quant", isLabel, null),
      files,
    },
  };
}

/** A whole number, or the first number of a text such as `1.0.0`. */
function readVersion(value: unknown): number {
  const version = typeof value === "number" ? value : Number.parseInt(String(value ?? REGISTRY_VERSION), 10);
  return Number.isFinite(version) ? version : Number.NaN;
}

/**
 * Decodes the text of a registry file. Fields that we do not know stay in the entries.
 *
 * @throws {ModelManagerError} `FAILED` when a newer program has written it; nothing may be changed then.
 */
export function decodeRegistry(text: string, path: string): RegistryDocument {
  let value: unknown;
  try {
    value = parseJson(text, path);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { models: readableEntries(text), extra: {}, problems: [problem] };
  }
  if (!isFields(value)) return { models: [], extra: {}, problems: [`"${path}" holds no object`] };
  const { version, models, ...extra } = value;
  const number = readVersion(version);
  if (number > REGISTRY_VERSION) throw newerVersion(path, number);
  if (Number.isNaN(number)) return { models: [], extra, problems: [`"${path}" has no version`] };
  if (!isList(models)) return { models: [], extra, problems: [`"${path}" has no list of models`] };
  const problems: string[] = [];
  const entries = new Map<string, ModelEntry>();
  for (const [index, model] of models.entries()) {
    try {
      const entry = decodeEntry(model);
      // As of an unreadable file: whatever was written last is the newest.
      if (entries.has(entry.modelId)) problems.push(`"${path}" has two entries of "${entry.modelId}"`);
      entries.set(entry.modelId, entry);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      problems.push(`Entry ${index + 1} of "${path}" cannot be read: ${reason}`);
    }
  }
  return { models: [...entries.values()], extra, problems };
}

/** Of a text that is no JSON as a whole; none when a newer program may have written it. */
function readableEntries(text: string): ModelEntry[] {
  const version = /"version"\s*:\s*"?(\d+)/.exec(text.slice(0, text.search(/"models"\s*:/)))?.[1];
  if (version !== undefined && Number(version) > REGISTRY_VERSION) return [];
  const entries = new Map<string, ModelEntry>();
  for (const value of wholeEntries(text)) {
    try {
      const entry = decodeEntry(value);
      entries.set(entry.modelId, entry);
    } catch {
      // It counts as damaged: the backup may have it.
    }
  }
  return [...entries.values()];
}

function newerVersion(path: string, version: number): ModelManagerError {
  return new ModelManagerError(
    "FAILED",
    `Cannot use "${path}": it has format version ${version}, this program knows up to ${REGISTRY_VERSION}`,
    {
      hints: [
        "See what is installed: mm version",
        "Use the newer mm that has written it, or another --models-dir",
      ],
    },
  );
}

/** The text of a registry file; entries sorted, so that a change shows as one. */
export function encodeRegistry(document: Pick<RegistryDocument, "models" | "extra">): string {
  const models = [...document.models].sort((a, b) => (a.modelId < b.modelId ? -1 : 1));
  return `${JSON.stringify({ ...document.extra, version: REGISTRY_VERSION, models }, null, 2)}\n`;
}
