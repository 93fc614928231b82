/**
 * Pins in the entries of the registry; pure.
 *
 * @module
 */
import { isPinned } from "./compare_upstream.ts";
import type { ModelEntry } from "./model_entry.ts";

/**
 * The entries with these pinned, or not pinned any more.
 *
 * @returns the same list when nothing changes.
 */
export function withPins(
  entries: readonly ModelEntry[],
  modelIds: ReadonlySet<string>,
  pinned: boolean,
): readonly ModelEntry[] {
  const isOther = (entry: ModelEntry): boolean =>
    modelIds.has(entry.modelId) && (entry.pinned ?? false) !== pinned;
  if (!entries.some(isOther)) return entries;
  return entries.map((entry) => {
    if (!isOther(entry)) return entry;
    const { pinned: _, ...rest } = entry;
    return pinned ? { ...rest, pinned } : rest;
  });
}

/**
 * The files that pinned models have, by path: whatever becomes of the others, these stay as they are.
 *
 * @param entries Of one repository.
 * @param except Names of models whose pin does not count.
 * @returns the name of a pinned model for each path.
 */
export function pinnedFiles(
  entries: readonly ModelEntry[],
  except: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const pinned = entries.filter(({ modelId, pinned = false, metadata: { revision, commit } }) =>
    !except.has(modelId) && isPinned({ pinned, revision, commit })
  );
  return new Map(
    pinned.flatMap(({ modelId, metadata }) => metadata.files.map((file) => [file.path, modelId] as const)),
  );
}
