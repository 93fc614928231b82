/**
 * The registry's entries after one model was brought to another commit; pure.
 *
 * @module
 */
import type { ModelEntry, RegisteredFile } from "./model_entry.ts";
import { withFiles } from "./registration.ts";

/** What has changed of a model. */
export interface EntryUpdate {
  readonly modelId: string;
  /** What the model follows from now on. */
  readonly revision: string;
  /** Where the files are from now. */
  readonly commit: string;
  /** Records of files that took the place of others, or came to them. */
  readonly files: readonly RegisteredFile[];
  /** Paths of files that are at the commit as they are here. */
  readonly same: readonly string[];
}

/**
 * The entries after an update. The model keeps its name, and files that the repository has no more keep their records,
 * as they keep their bytes. A file that other entries share is brought up to date in all of them.
 *
 * @returns the same list when there is no such model any more: then its files are nobody's.
 */
export function withUpdate(entries: readonly ModelEntry[], update: EntryUpdate): readonly ModelEntry[] {
  const target = entries.find((entry) => entry.modelId === update.modelId);
  if (target === undefined) return entries;
  const { repo } = target.metadata;
  const fresh = new Map(update.files.map((file) => [file.path, file]));
  return entries.map((entry) => {
    if (entry.metadata.repo !== repo) return entry;
    if (entry !== target) {
      if (!entry.metadata.files.some((file) => fresh.has(file.path))) return entry;
      return withFiles(entry, entry.metadata.files.map((file) => fresh.get(file.path) ?? file));
    }
    return updated(entry, fresh, update);
  });
}

function updated(
  entry: ModelEntry,
  fresh: ReadonlyMap<string, RegisteredFile>,
  { commit, revision, same }: EntryUpdate,
): ModelEntry {
  const unchanged = new Set(same);
  const known = new Set(entry.metadata.files.map((file) => file.path));
  const files = [
    ...entry.metadata.files.map((file) =>
      fresh.get(file.path) ?? (unchanged.has(file.path) ? { ...file, commit } : file)
    ),
    ...[...fresh.values()].filter((file) => !known.has(file.path)),
  ];
  const next = withFiles(entry, files);
  return { ...next, version: commit, metadata: { ...next.metadata, revision, commit } };
}
