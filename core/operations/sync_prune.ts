/**
 * Pruning: models of the library that the manifest does not want any more.
 *
 * @module
 */
import { findParts } from "../library/find_entries.ts";
import { filePath } from "../library/layout.ts";
import type { ManifestModel } from "../library/manifest.ts";
import { type ModelEntry, registeredDigest, UNKNOWN_COMMIT } from "../library/model_entry.ts";
import type { OperationContext } from "./context.ts";

type PruneContext = Pick<OperationContext, "library">;

/** A model that was deleted, or would be. */
export interface PrunedModel {
  /** As commands take it. */
  readonly reference: string;
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** The quantization label, when it has one. */
  readonly quant: string | undefined;
  /** Absolute. */
  readonly paths: readonly string[];
  /** What the disk gets back. */
  readonly bytesFreed: number;
}

/**
 * Which models go: those that the manifest does not list, enabled or not. What is pinned stays, and what was put into
 * the library by hand. A model that the manifest names without a quant keeps all quants of its repository.
 */
async function unwanted(
  { library }: PruneContext,
  models: readonly ManifestModel[],
  { keepPaths }: { readonly keepPaths: readonly string[] },
): Promise<ModelEntry[]> {
  const entries = await library.entries();
  const wanted = new Set(models.flatMap(({ reference }) =>
    // Whatever revision it is of: an older one of the same files is replaced, not deleted.
    findParts(entries, { ...reference, revision: undefined }).map(({ entry }) => entry.modelId)
  ));
  const kept = new Set(keepPaths);
  return entries.filter((entry) => {
    const { repo, files } = entry.metadata;
    const isOurs = files.every((file) =>
      file.commit !== UNKNOWN_COMMIT && registeredDigest(file) !== undefined
    );
    // A repository that has another name now is in the library under that.
    const isKept = files.some((file) =>
      kept.has(filePath({ modelsDir: library.modelsDir, repo }, file.path))
    );
    return !wanted.has(entry.modelId) && entry.pinned !== true && isOurs && !isKept;
  });
}

/** What would go. */
export async function planPrune(
  context: PruneContext,
  models: readonly ManifestModel[],
  options: { readonly keepPaths: readonly string[] },
): Promise<PrunedModel[]> {
  const entries = await unwanted(context, models, options);
  const removals = await context.library.planRemoveAll(entries.map((entry) => ({ entry })));
  return entries.map((entry, index) => toPruned(entry, removals[index]));
}

/** Deletes what is not wanted. @throws {ModelManagerError} `LOCKED` when one of it is being downloaded. */
export async function prune(
  context: PruneContext,
  models: readonly ManifestModel[],
  options: { readonly keepPaths: readonly string[] },
): Promise<PrunedModel[]> {
  const { library } = context;
  const targets = (await unwanted(context, models, options)).map((entry) => ({ entry }));
  await library.requireFree(targets, await library.planRemoveAll(targets));
  const pruned: PrunedModel[] = [];
  for (const { entry } of targets) {
    pruned.push(toPruned(entry, await library.remove({ entry }, { unlessPinned: true })));
  }
  return pruned;
}

function toPruned(
  { modelId: reference, metadata: { repo, quant } }: ModelEntry,
  removal: { readonly paths: readonly string[]; readonly bytesFreed: number } | undefined,
): PrunedModel {
  const { paths = [], bytesFreed = 0 } = removal ?? {};
  return { reference, repo, quant: quant ?? undefined, paths, bytesFreed };
}
