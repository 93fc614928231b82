/**
 * Models as the Hub writes them, read into our words.
 *
 * @module
 */
import { parseDigest } from "../base/digest.ts";
import { isCommit, isRepoName } from "../base/reference.ts";
import type { Gating, ModelInfo, ModelSummary, RepoFile } from "./model.ts";
import {
  isPresent,
  looseCount,
  looseDate,
  looseField,
  looseText,
  looseTexts,
  wireCount,
  wireError,
  wireField,
  wireList,
  wireRawText,
  wireRoot,
  wireText,
  type WireValue,
} from "./wire.ts";

/** From so many files on, the Hub's model info may leave some out; the tree never does. */
export const MAX_LISTED_FILES = 50_000;

function readGating(at: WireValue): Gating {
  if (!isPresent(at) || at.value === false) return false;
  if (at.value === "auto" || at.value === "manual") return at.value;
  // A way of asking that we do not know is a gate nevertheless.
  if (at.value === true || typeof at.value === "string") return "manual";
  throw wireError(at, 'false, "auto" or "manual"');
}

function readFlag(at: WireValue): boolean {
  if (!isPresent(at)) return false;
  if (typeof at.value !== "boolean") throw wireError(at, "true or false");
  return at.value;
}

/** The name is checked, because folders are named after it. */
function readRepo(at: WireValue): string {
  const repo = wireRawText(at);
  if (!isRepoName(repo)) throw wireError(at, "a repository name");
  return repo;
}

function readLicense(model: WireValue, tags: readonly string[]): string | undefined {
  const card = looseField(model, "cardData");
  const [named] = looseTexts(looseField(card, "license"));
  if (named === "other") return looseText(looseField(card, "license_name")) ?? named;
  return named ?? tags.find((tag) => tag.startsWith("license:"))?.slice("license:".length);
}

/** Fields that search and info have in common. */
function readSummary(model: WireValue): ModelSummary {
  const repo = readRepo(wireField(model, "id"));
  const tagList = wireField(model, "tags");
  const tags = isPresent(tagList) ? wireList(tagList).map(wireText) : [];
  const gguf = looseField(model, "gguf");
  return {
    repo,
    author: looseText(wireField(model, "author")) ?? (repo.includes("/") ? repo.split("/")[0] : undefined),
    // How many like it is nothing to fail for.
    downloads: looseCount(wireField(model, "downloads")) ?? 0,
    likes: looseCount(wireField(model, "likes")) ?? 0,
    updatedAt: looseDate(wireField(model, "lastModified")),
    gated: readGating(wireField(model, "gated")),
    private: readFlag(wireField(model, "private")),
    task: looseText(wireField(model, "pipeline_tag")),
    tags,
    license: readLicense(model, tags),
    parameters: looseCount(looseField(gguf, "total")) ??
      looseCount(looseField(looseField(model, "safetensors"), "total")),
    architecture: looseText(looseField(gguf, "architecture")) ??
      looseText(looseField(looseField(model, "config"), "model_type")),
  };
}

/**
 * One page of a search. Hits that no reference could name are left out: nothing can be done with them; and so are those
 * that cannot be read, for one of them must not take all others along.
 *
 * @throws {ModelManagerError} `FAILED` when none of several, or the only one, can be read: then it is no Hub that answers.
 */
export function decodeModelSummaries(reply: unknown): ModelSummary[] {
  const hits = wireList(wireRoot(reply));
  const models: ModelSummary[] = [];
  let wrong: { readonly error: unknown } | undefined;
  let hasUnnamed = false;
  for (const hit of hits) {
    try {
      if (isRepoName(wireRawText(wireField(hit, "id")))) models.push(readSummary(hit));
      else hasUnnamed = true;
    } catch (error) {
      wrong ??= { error };
    }
  }
  if (wrong !== undefined && models.length === 0 && !hasUnnamed) throw wrong.error;
  return models;
}

function readBaseModels(model: WireValue, tags: readonly string[]): string[] {
  const stated = looseTexts(looseField(looseField(model, "cardData"), "base_model"));
  if (stated.length > 0) return stated;
  // `base_model:quantized:org/x` repeats `base_model:org/x` with the relation.
  return tags.flatMap((tag) => /^base_model:([^:]+)$/.exec(tag)?.[1] ?? []);
}

/** A file's digest: LFS files are named by SHA-256, the others by their git object. Masked ones are `undefined`. */
function readDigest(sha256: WireValue | undefined, gitObject: WireValue): RepoFile["digest"] {
  const text = (sha256 ?? gitObject).value;
  const digest = typeof text === "string" ? parseDigest(text) : undefined;
  return digest?.algorithm === (sha256 === undefined ? "git-sha1" : "sha256") ? digest : undefined;
}

function readFile(
  entry: WireValue,
  names: { readonly path: string; readonly gitObject: string; readonly sha256: string },
): RepoFile | undefined {
  const path = wireRawText(wireField(entry, names.path));
  const lfs = wireField(entry, "lfs");
  const isLfs = isPresent(lfs);
  const lfsSize = isLfs ? wireField(lfs, "size") : lfs;
  const size = isPresent(lfsSize) ? lfsSize : wireField(entry, "size");
  if (!isPresent(size)) return undefined;
  const sha256 = isLfs ? wireField(lfs, names.sha256) : undefined;
  const digest = readDigest(sha256, wireField(entry, names.gitObject));
  return { path, sizeBytes: wireCount(size), digest };
}

/** Files in the order of their paths. */
export function sortFiles(files: readonly RepoFile[]): RepoFile[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** All files of a model info, or `undefined` when it does not tell all of them with their sizes. */
function readSiblings(model: WireValue): RepoFile[] | undefined {
  const siblings = wireField(model, "siblings");
  if (!isPresent(siblings)) return undefined;
  const entries = wireList(siblings);
  if (entries.length >= MAX_LISTED_FILES) return undefined;
  const names = { path: "rfilename", gitObject: "blobId", sha256: "sha256" };
  const files = entries.map((entry) => readFile(entry, names)).filter((file) => file !== undefined);
  return files.length === entries.length ? sortFiles(files) : undefined;
}

/** A model's facts, and its files as far as the same reply tells them. */
export interface DecodedModelInfo {
  readonly facts: Omit<ModelInfo, "files">;
  readonly files: RepoFile[] | undefined;
}

/**
 * A model at a revision.
 *
 * @param revision What was asked for; the reply does not repeat it.
 */
export function decodeModelInfo(reply: unknown, revision: string): DecodedModelInfo {
  const model = wireRoot(reply);
  const summary = readSummary(model);
  const sha = wireField(model, "sha");
  const commit = wireRawText(sha);
  if (!isCommit(commit)) throw wireError(sha, "40 hexadecimal digits");
  return {
    facts: {
      ...summary,
      revision,
      commit,
      createdAt: looseDate(wireField(model, "createdAt")),
      disabled: readFlag(wireField(model, "disabled")),
      library: looseText(wireField(model, "library_name")),
      baseModels: readBaseModels(model, summary.tags),
      contextLength: looseCount(looseField(looseField(model, "gguf"), "context_length")),
    },
    files: readSiblings(model),
  };
}

/** The files on one page of a tree; folders are left out. */
export function decodeTree(reply: unknown): RepoFile[] {
  const names = { path: "path", gitObject: "oid", sha256: "oid" };
  return wireList(wireRoot(reply)).flatMap((entry) => {
    if (wireRawText(wireField(entry, "type")) !== "file") return [];
    const file = readFile(entry, names);
    if (file === undefined) throw wireError(wireField(entry, "size"), "a whole number");
    return [file];
  });
}
