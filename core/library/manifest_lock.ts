/**
 * The lock `models.lock.json`: for every model that is wanted, the commit and the digest of each file; pure.
 *
 * @module
 */
import { type Digest, parseDigest } from "../base/digest.ts";
import { toErrorData } from "../base/errors.ts";
import { formatReference, isCommit, type ModelReference, parseReference } from "../base/reference.ts";
import { checkRepoPaths } from "../base/repo_path.ts";
import {
  itemsOf,
  type JsonNode,
  parseJsonTree,
  placeOf,
  propertyOf,
  repeatedProperties,
} from "./json_tree.ts";
import { type ManifestModel, type ManifestProblem, modelKey } from "./manifest.ts";
import { selectFiles } from "./selection.ts";

/** A file as it was when the lock was made. */
export interface LockedFile {
  /** In the repository, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
}

/** A model as it was when the lock was made. */
export interface LockedModel {
  /** As the manifest has it. */
  readonly name: string;
  /** `org/name`, as the Hub calls it. */
  readonly repo: string;
  /** Branch, tag or commit that the manifest asked for. */
  readonly revision: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** The quantization label, when the files are one quant. */
  readonly quant: string | undefined;
  /** The Hub's task name, when it has one. */
  readonly task: string | undefined;
  /** Whether the files are all that the repository had. */
  readonly whole: boolean;
  /** By path. */
  readonly files: readonly LockedFile[];
}

/** What a lock's text holds. */
export interface LockReading {
  /** `undefined` when there are problems. */
  readonly models: readonly LockedModel[] | undefined;
  readonly problems: readonly ManifestProblem[];
  /** Its version, when that is one that only newer programs know. */
  readonly newerVersion?: number;
}

const LOCK_VERSION = 1;

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The text of a lock: the same models give the same bytes, in whatever order they come. */
export function formatLock(models: readonly LockedModel[]): string {
  const sorted = models.toSorted((a, b) => byText(a.name, b.name)).map((model) => ({
    name: model.name,
    repo: model.repo,
    revision: model.revision,
    commit: model.commit,
    ...(model.quant === undefined ? {} : { quant: model.quant }),
    ...(model.task === undefined ? {} : { task: model.task }),
    ...(model.whole ? { whole: true } : {}),
    files: model.files.toSorted((a, b) => byText(a.path, b.path)).map(({ path, sizeBytes, digest }) => ({
      path,
      sizeBytes,
      [digest.algorithm === "sha256" ? "sha256" : "gitSha1"]: digest.hex,
    })),
  }));
  return `${JSON.stringify({ version: LOCK_VERSION, models: sorted }, undefined, 2)}\n`;
}

/** Reads a lock; every mistake with its place. */
export function readLock(text: string): LockReading {
  const { root, problems } = parseJsonTree(text);
  if (problems.length > 0) {
    const broken = problems.map(({ line, column, text }) => ({ line, column, field: "", text }));
    return { models: undefined, problems: broken };
  }
  const reader = new LockReader(text);
  const models = reader.read(root);
  if (reader.problems.length === 0) return { models, problems: [] };
  const version: unknown = propertyOf(root, "version")?.value;
  const isNewer = typeof version === "number" && version > LOCK_VERSION;
  return { models: undefined, problems: reader.problems, ...(isNewer ? { newerVersion: version } : {}) };
}

class LockReader {
  readonly problems: ManifestProblem[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  read(root: JsonNode | undefined): LockedModel[] {
    const version: unknown = propertyOf(root, "version")?.value;
    if (version !== LOCK_VERSION) {
      const is = version === undefined ? "it is missing" : `it is ${JSON.stringify(version)}`;
      this.#add(propertyOf(root, "version") ?? root, "version", `${is}: wanted ${LOCK_VERSION}`);
      return [];
    }
    this.#once(root, "");
    const models = propertyOf(root, "models");
    if (models?.type !== "array") this.#add(models ?? root, "models", "wanted a list");
    const names = new Set<string>();
    return itemsOf(models).map((node, index) => this.#model(node, `models[${index}]`, names));
  }

  #once(node: JsonNode | undefined, prefix: string): void {
    for (const { name, key, firstLine } of repeatedProperties(this.#text, node)) {
      this.#add(key, `${prefix}${name}`, `it stands in line ${firstLine} already: wanted each field once`);
    }
  }

  #model(node: JsonNode, field: string, names: Set<string>): LockedModel {
    this.#once(node, `${field}.`);
    const text = (name: string, isWell: (value: string) => boolean, wanted: string): string => {
      const at = propertyOf(node, name);
      const value: unknown = at?.value;
      if (typeof value === "string" && isWell(value)) return value;
      this.#add(at ?? node, `${field}.${name}`, `wanted ${wanted}`);
      return "";
    };
    const name = text("name", isReference, "org/name[@revision][:selector]");
    const repo = text("repo", isReference, "org/name");
    const revision = text("revision", (value) => value !== "", "a branch, a tag or a commit");
    const commit = text("commit", isCommit, "a commit of 40 hexadecimal digits");
    if (names.has(name)) {
      this.#add(node, `${field}.name`, `"${name}" is there already: wanted each model once`);
    }
    names.add(name);
    const list = propertyOf(node, "files");
    const files = itemsOf(list).map((file, index) => this.#file(file, `${field}.files[${index}]`));
    if (files.length === 0) this.#add(list ?? node, `${field}.files`, "wanted a list with a file at least");
    this.#checkPaths(list ?? node, { field: `${field}.files`, repo, files });
    const paths = new Set<string>();
    for (const [index, { path }] of files.entries()) {
      if (paths.has(path)) {
        const at = itemsOf(list)[index] ?? node;
        this.#add(at, `${field}.files[${index}].path`, `"${path}" is there already: wanted each file once`);
      }
      paths.add(path);
    }
    const optional = (key: string): string | undefined => {
      const value: unknown = propertyOf(node, key)?.value;
      return typeof value === "string" ? value : undefined;
    };
    const whole = propertyOf(node, "whole")?.value === true;
    return { name, repo, revision, commit, quant: optional("quant"), task: optional("task"), whole, files };
  }

  #file(node: JsonNode, field: string): LockedFile {
    this.#once(node, `${field}.`);
    const path: unknown = propertyOf(node, "path")?.value;
    const size: unknown = propertyOf(node, "sizeBytes")?.value;
    const sha256: unknown = propertyOf(node, "sha256")?.value;
    const hex: unknown = sha256 ?? propertyOf(node, "gitSha1")?.value;
    const digest = typeof hex === "string" ? parseDigest(hex.toLowerCase()) : undefined;
    const isOfKind = digest?.algorithm === (sha256 === undefined ? "git-sha1" : "sha256");
    if (typeof path !== "string") this.#add(node, `${field}.path`, "wanted the path of a file");
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
      this.#add(propertyOf(node, "sizeBytes") ?? node, `${field}.sizeBytes`, "wanted a number of bytes");
    }
    if (!isOfKind) {
      const name = sha256 === undefined ? "gitSha1" : "sha256";
      const digits = sha256 === undefined ? "sha256 of 64 or gitSha1 of 40" : "64";
      this.#add(propertyOf(node, name) ?? node, `${field}.${name}`, `wanted ${digits} hexadecimal digits`);
    }
    return {
      path: String(path),
      sizeBytes: Number(size),
      digest: digest ?? { algorithm: "sha256", hex: "" },
    };
  }

  /** A lock comes from elsewhere, as a file list of the Hub does. */
  #checkPaths(
    node: JsonNode,
    model: { readonly field: string; readonly repo: string; readonly files: readonly LockedFile[] },
  ): void {
    try {
      checkRepoPaths(model.repo, model.files.map((file) => file.path));
    } catch (error) {
      this.#add(node, model.field, toErrorData(error).message);
    }
  }

  #add(node: JsonNode | undefined, field: string, text: string): void {
    this.problems.push({ ...placeOf(this.#text, node?.offset ?? 0), field, text });
  }
}

function isReference(text: string): boolean {
  try {
    return formatReference(parseReference(text)) === text;
  } catch {
    return false;
  }
}

/** Where manifest and lock disagree. */
export interface LockDifference {
  /** Wanted, and not locked. */
  readonly missing: readonly string[];
  /** Locked, and not wanted. */
  readonly extra: readonly string[];
  /** Locked under the name of a model that they are not: what is wrong, with the name. */
  readonly misfits: readonly string[];
}

/**
 * Compares the models that are wanted with those that are locked. Whether another repository than the one that is
 * wanted is the same under a new name, only the Hub can tell, see {@link isRenamed}.
 */
export function compareWithLock(
  wanted: readonly ManifestModel[],
  locked: readonly LockedModel[],
): LockDifference {
  const keyOf = (name: string): string => modelKey(parseReference(name));
  const lockedKeys = new Set(locked.map(({ name }) => keyOf(name)));
  const wantedKeys = new Set(wanted.map(({ name }) => keyOf(name)));
  return {
    missing: wanted.map(({ name }) => name).filter((name) => !lockedKeys.has(keyOf(name))),
    extra: locked.map(({ name }) => name).filter((name) => !wantedKeys.has(keyOf(name))),
    misfits: locked.flatMap((model) => {
      const problem = misfit(model);
      return problem === undefined ? [] : [`${model.name}: ${problem}`];
    }),
  };
}

/** Whether the lock has another repository than its name: it was renamed, or somebody has changed the lock. */
export function isRenamed({ name, repo }: Pick<LockedModel, "name" | "repo">): boolean {
  return parseReference(name).repo.toLowerCase() !== repo.toLowerCase();
}

/** What a locked model has that its name does not mean; `undefined` when it fits. */
function misfit(model: LockedModel): string | undefined {
  const reference = parseReference(model.name);
  return wrongRevision(model, reference) ?? wrongFiles(model, reference);
}

function wrongRevision({ revision, commit }: LockedModel, wanted: ModelReference): string | undefined {
  if (wanted.revision === undefined) return undefined;
  if (revision !== wanted.revision) return `its revision is "${revision}"`;
  return isCommit(wanted.revision) && commit !== wanted.revision ? `its commit is ${commit}` : undefined;
}

/** Of the files that are locked, the name has to mean each, or they were chosen by another one. */
function wrongFiles({ files, quant }: LockedModel, { selector }: ModelReference): string | undefined {
  const others = quant === undefined ? "it has other files" : `its files are ${quant}`;
  try {
    const selected = selectFiles(files, { selector });
    const left = files.find((file) => !selected.files.includes(file));
    if (left !== undefined) return `it has "${left.path}" besides`;
    // Of a part of a quant, such as one shard, nobody can tell any more what the whole was.
    return quant === undefined || selected.quant === quant ? undefined : `its quant is ${quant}`;
  } catch {
    return others;
  }
}
