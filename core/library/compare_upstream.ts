/**
 * A model of the registry compared with what its repository has now; pure. Contents are compared, never commits: a
 * commit that leaves a model's files as they are is no update of it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Digest } from "../base/digest.ts";
import { isCommit } from "../base/reference.ts";
import {
  hasDigest,
  type ModelEntry,
  registeredDigest,
  type RegisteredFile,
  UNKNOWN_COMMIT,
} from "./model_entry.ts";
import { companionKind, quantLabel } from "./quant_label.ts";
import { isGitFile } from "./selection.ts";
import { groupUnits, pathStem, type SizedFile, type Unit } from "./units.ts";

/**
 * What a comparison has shown. `removed upstream`: the repository has some of the files no more, and nothing new in
 * their place. `pinned`: it is to stay as it is. `unknown`: no digest is known of files here, or of those upstream.
 */
export type UpdateVerdict =
  | "up to date"
  | "weights changed"
  | "other files changed"
  | "removed upstream"
  | "pinned"
  | "unknown";

/** A verdict in the words of a badge. */
export type UpdateBadge = "up to date" | "update available" | "removed upstream" | "pinned";

/** A file as its repository has it now. */
export interface UpstreamFile extends SizedFile {
  /** `undefined` when it is kept from us. */
  readonly digest: Digest | undefined;
}

/** A file that an update leaves as it is. */
export interface KeptFile {
  /** In the repository. */
  readonly path: string;
  /** The pinned model that has it. */
  readonly modelId: string;
}

/** How a model stands against its repository. */
export interface Comparison<F extends UpstreamFile = UpstreamFile> {
  readonly verdict: Exclude<UpdateVerdict, "pinned">;
  /** To be fetched, largest first: files with other contents, and those that take the place of removed ones. */
  readonly changed: readonly F[];
  /** Of files that are here and in the repository no more, and have no successors there; in the model's order. */
  readonly removed: readonly string[];
  /** Of weights whose successors, under another name or in other shards, are fetched now or were before. */
  readonly replaced: readonly string[];
  /** Files with other contents that stay as they are, since a pinned model has them, too. */
  readonly kept: readonly KeptFile[];
  /** Files whose digests the repository keeps from us: of them nothing can be told. */
  readonly masked: readonly F[];
  /** Size of everything that is to be fetched. */
  readonly bytesToFetch: number;
  /** Paths of files that are the same. */
  readonly same: readonly string[];
}

/** What a model is compared with. */
export interface UpstreamFacts<F extends UpstreamFile = UpstreamFile> {
  /** All files of the repository. */
  readonly files: readonly F[];
  /** Files of the repository that are here under other names, by path. @default none */
  readonly local?: ReadonlyMap<string, RegisteredFile>;
  /** Pinned models, by the paths of the files that they have. @default none */
  readonly pinned?: ReadonlyMap<string, string>;
}

const WEIGHTS =
  /\.(?:gguf|ggml|safetensors|bin|pt|pth|ckpt|onnx|onnx_data|h5|keras|msgpack|tflite|mlmodel|npz|npy|pb|ot|llamafile|nemo|engine|pte|task|litertlm)$/i;

/** Whether a file holds what a model has learnt, by its name. */
export function isWeights(path: string): boolean {
  return WEIGHTS.test(path) && companionKind(path) !== "imatrix";
}

/** Whether a model stays as it is: somebody has said so, or it was pulled by its commit. */
export function isPinned(model: {
  readonly pinned?: boolean;
  readonly revision: string;
  readonly commit: string | undefined;
}): boolean {
  const { pinned, revision, commit = "" } = model;
  const byCommit = isCommit(revision) || (/^[0-9a-f]{7,39}$/.test(revision) && commit.startsWith(revision));
  return pinned === true || byCommit;
}

/** The word for a list; `undefined` where nobody knows. */
export function badgeOf(
  { verdict, removed }: Pick<Comparison, "verdict" | "removed">,
): UpdateBadge | undefined {
  switch (verdict) {
    case "weights changed":
    case "other files changed":
      return "update available";
    case "up to date":
      return verdict;
    case "removed upstream":
      return removed.some(isWeights) ? verdict : "up to date";
    default:
      return undefined;
  }
}

/** Compares one model with its repository; whether it is pinned does not count. */
export function compareUpstream<F extends UpstreamFile>(
  entry: ModelEntry,
  upstream: UpstreamFacts<F>,
): Comparison<F> {
  const own = new Map(entry.metadata.files.map((file) => [file.path, file]));
  const known = new Map([...upstream.local ?? [], ...own]);
  const there = new Set(upstream.files.map((file) => file.path));
  const gone = [...own.keys()].filter((path) => !there.has(path));
  const successions = successionsOf(entry, upstream.files, gone);
  const changed: F[] = [], masked: F[] = [], same: string[] = [], unknown: string[] = [];
  const kept: KeptFile[] = [];
  for (const file of wantedFiles(entry, upstream.files, successions)) {
    const here = known.get(file.path);
    const digest = here === undefined ? undefined : registeredDigest(here);
    const pinned = upstream.pinned?.get(file.path);
    if (here !== undefined && digest === undefined) unknown.push(file.path);
    else if (file.digest === undefined) masked.push(file);
    else if (here !== undefined && hasDigest(here, file.digest)) same.push(file.path);
    else if (here !== undefined && pinned !== undefined) kept.push({ path: file.path, modelId: pinned });
    else changed.push(file);
  }
  const replaced = replacedFiles(own, successions, { changed: changed.map((file) => file.path), same });
  const removed = gone.filter((path) => !replaced.includes(path));
  changed.sort((a, b) => b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : 1));
  const verdict = changed.some((file) => isWeights(file.path))
    ? "weights changed"
    : changed.length > 0
    ? "other files changed"
    : removed.length > 0
    ? "removed upstream"
    : unknown.length + masked.length > 0 || own.size === 0
    ? "unknown"
    : "up to date";
  const bytesToFetch = changed.reduce((sum, file) => sum + file.sizeBytes, 0);
  return { verdict, changed, removed, replaced, kept, masked, bytesToFetch, same };
}

/** The model's files as they are now: by their names, cut into other shards, or with what has come to a whole one. */
function wantedFiles<F extends UpstreamFile>(
  entry: ModelEntry,
  files: readonly F[],
  successions: readonly Succession<F>[],
): F[] {
  const own = new Set(entry.metadata.files.map((file) => file.path));
  const wanted = new Set(files.filter((file) => own.has(file.path)));
  for (const { unit } of successions) for (const file of unit.files) wanted.add(file);
  if (entry.metadata.whole === true) {
    for (const file of files) if (!isGitFile(file.path)) wanted.add(file);
  }
  return [...wanted];
}

/** A unit of the repository, and the weights here that it has taken the place of. */
interface Succession<F extends UpstreamFile> {
  readonly unit: Unit<F>;
  readonly predecessors: readonly string[];
}

/** What has taken the place of removed weights: the same name in other shards, else the one unit of the same label. */
function successionsOf<F extends UpstreamFile>(
  entry: ModelEntry,
  files: readonly F[],
  gone: readonly string[],
): readonly Succession<F>[] {
  const weights = gone.filter(isWeights);
  if (weights.length === 0) return [];
  const units = groupUnits(files).units.filter((unit) => unit.complete);
  const stems = new Set(weights.map(pathStem));
  const sameStem = units.filter((unit) => unit.files.some((file) => stems.has(pathStem(file.path))));
  if (sameStem.length > 0) {
    return sameStem.map((unit) => {
      const own = new Set(unit.files.map((file) => pathStem(file.path)));
      return { unit, predecessors: weights.filter((path) => own.has(pathStem(path))) };
    });
  }
  const { repo, quant } = entry.metadata;
  if (quant === null || entry.modelId !== `${repo}:${quant}`) return [];
  const [unit, ...more] = units.filter((each) => each.quant === quant);
  if (unit === undefined || more.length > 0) return [];
  const isOfLabel = (path: string): boolean =>
    companionKind(path) === undefined && quantLabel(path) === quant;
  return [{ unit, predecessors: weights.filter(isOfLabel) }];
}

/**
 * Weights that are of no more use once what is wanted is here: of the same format as all of their successors, and older
 * than these. What was there beside them from the beginning has not replaced them.
 */
function replacedFiles<F extends UpstreamFile>(
  own: ReadonlyMap<string, RegisteredFile>,
  successions: readonly Succession<F>[],
  paths: { readonly changed: readonly string[]; readonly same: readonly string[] },
): string[] {
  const fetched = new Set(paths.changed);
  const settled = new Set([...paths.changed, ...paths.same]);
  const isFollowed = (path: string, unit: Unit<F>): boolean => {
    const date = own.get(path)?.downloadDate ?? "";
    return unit.files.every((file) => {
      const here = own.get(file.path);
      if (extensionOf(file.path) !== extensionOf(path)) return false;
      return here === undefined ? fetched.has(file.path) : settled.has(file.path) && here.downloadDate > date;
    });
  };
  const replaced = successions.flatMap(({ unit, predecessors }) =>
    predecessors.filter((path) => isFollowed(path, unit))
  );
  return [...new Set(replaced)];
}

function extensionOf(path: string): string {
  return path.slice(path.lastIndexOf(".")).toLowerCase();
}

/**
 * Names the contents of a model: as long as it is the same, what a comparison has shown of the model holds.
 *
 * @param files In any order.
 */
export function contentKey(
  files: readonly { readonly path: string; readonly digest: Digest | undefined }[],
): string {
  const lines = files.map(({ path, digest }) => `${path}\0${digest?.hex ?? ""}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex").slice(0, 16);
}

/** As {@link contentKey}, of an entry of the registry. */
export function entryContentKey(entry: ModelEntry): string {
  return contentKey(
    entry.metadata.files.map((file) => ({ path: file.path, digest: registeredDigest(file) })),
  );
}

/** The commit of an entry; `undefined` when nobody knows where the files came from. */
export function entryCommit({ metadata: { commit } }: ModelEntry): string | undefined {
  return commit === UNKNOWN_COMMIT ? undefined : commit;
}
