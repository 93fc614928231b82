/**
 * What is to be removed, and what the registry holds without it; pure.
 *
 * @module
 */
import type { ModelEntry } from "./model_entry.ts";
import { addEntries, withFiles } from "./registration.ts";
import { groupUnits } from "./units.ts";

/** What is removed: an entry, or some of its files. */
export interface RemovalTarget {
  readonly entry: ModelEntry;
  /** In the repository; `undefined` for the whole entry. */
  readonly paths?: readonly string[] | undefined;
}

/** Entries, taken apart. */
export interface SplitEntries {
  /** What goes, as an entry of its own. */
  readonly going: ModelEntry;
  /** What stays; the same list when nothing of it goes. */
  readonly rest: readonly ModelEntry[];
}

/**
 * Takes a target out of entries. Who removes an entry leaves to others what they share; who removes a file means the
 * file, whichever entries have it.
 */
export function splitEntries(entries: readonly ModelEntry[], target: RemovalTarget): SplitEntries {
  const { paths } = target;
  const entry = entries.find((each) => each.modelId === target.entry.modelId) ?? target.entry;
  if (paths === undefined) {
    const rest = entries.filter((each) => each.modelId !== entry.modelId);
    return { going: entry, rest: rest.length === entries.length ? entries : rest };
  }
  const { repo } = entry.metadata;
  const gone = new Set(paths);
  const isTouched = ({ metadata }: ModelEntry): boolean =>
    metadata.repo === repo && metadata.files.some((file) => gone.has(file.path));
  const going = withFiles(entry, entry.metadata.files.filter((file) => gone.has(file.path)));
  if (!entries.some(isTouched)) return { going, rest: entries };
  let rest = entries.filter((each) => !isTouched(each));
  for (const each of entries.filter(isTouched)) rest = withWhatIsLeft(rest, each, gone);
  return { going, rest };
}

/** An entry of which only companions and texts are left is no longer the model whose name it has. */
function withWhatIsLeft(
  entries: readonly ModelEntry[],
  entry: ModelEntry,
  gone: ReadonlySet<string>,
): ModelEntry[] {
  const files = entry.metadata.files.filter((file) => !gone.has(file.path));
  if (files.length === 0) return [...entries];
  const { repo, revision, commit, quant } = entry.metadata;
  const { units } = groupUnits(files);
  const others = new Set(
    entries.filter((each) => each.metadata.repo === repo)
      .flatMap((each) => each.metadata.files.map((file) => file.path)),
  );
  if (quant === null || units.some((unit) => unit.quant === quant)) {
    return [...entries, withFiles(entry, files)];
  }
  if (files.every((file) => others.has(file.path))) return [...entries];
  return [...addEntries(entries, { repo, revision, commit, modelType: entry.modelType, files }).entries];
}
