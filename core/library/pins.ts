/**
 * Pins in the entries of the registry; pure.
 *
 * @module
 */
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
