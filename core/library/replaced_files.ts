/**
 * Old weights of a model whose successors are here: what of them can be deleted.
 *
 * @module
 */
import { fileFacts } from "../platform/directory.ts";
import { looksUntouched } from "./known_files.ts";
import { filePath } from "./layout.ts";
import { type ModelEntry, type RegisteredFile, UNKNOWN_COMMIT } from "./model_entry.ts";
import { withFiles } from "./registration.ts";
import { carryOutRemoval, planRemoval } from "./removal.ts";

/** Old weights of one model. */
export interface ReplacedWeights {
  readonly modelId: string;
  /** In the repository. */
  readonly paths: readonly string[];
}

/** What has become of old weights. */
export interface ReplacedRemoval {
  /** Those that are deleted; in the repository. */
  readonly paths: readonly string[];
  /** What that has given back to the disk. */
  readonly bytesFreed: number;
}

/** The library as it is. */
interface LibraryFacts {
  readonly modelsDir: string;
  readonly entries: readonly ModelEntry[];
  /** Models that were begun and are not registered. */
  readonly begun: readonly ModelEntry[];
}

/**
 * Deletes old weights, and takes them out of their entry. What was put there by hand, or was changed since it was
 * downloaded, stays with its record; what another model has, too, only leaves the entry.
 *
 * @returns the entries without them; the same list when nothing of them goes.
 * @throws {ModelManagerError} `LOCKED`, before anything is deleted, when another process is downloading one of them.
 */
export async function removeReplaced(
  { modelsDir, entries, begun }: LibraryFacts,
  { modelId, paths }: ReplacedWeights,
): Promise<{ readonly entries: readonly ModelEntry[]; readonly removal: ReplacedRemoval }> {
  const entry = entries.find((each) => each.modelId === modelId);
  const old = entry?.metadata.files.filter((file) => paths.includes(file.path)) ?? [];
  const going: RegisteredFile[] = [];
  for (const file of old) if (await mayGo(modelsDir, entry?.metadata.repo ?? "", file)) going.push(file);
  if (entry === undefined || going.length === 0) {
    return { entries, removal: { paths: [], bytesFreed: 0 } };
  }
  const left = withFiles(entry, entry.metadata.files.filter((file) => !going.includes(file)));
  const rest = entries.map((each) => (each === entry ? left : each));
  const part = withFiles(entry, going);
  const removal = await planRemoval(modelsDir, {
    entry: part,
    others: [...rest, ...begun],
    partials: [],
    registered: true,
  });
  await carryOutRemoval(modelsDir, part, removal);
  const deleted = new Set(removal.paths);
  const place = { modelsDir, repo: entry.metadata.repo };
  const gone = going.filter((file) => deleted.has(filePath(place, file.path))).map((file) => file.path);
  return { entries: rest, removal: { paths: gone, bytesFreed: removal.bytesFreed } };
}

/** Only what we have downloaded, and nobody has touched since; what is not there any more is only a record. */
async function mayGo(modelsDir: string, repo: string, file: RegisteredFile): Promise<boolean> {
  if (file.commit === UNKNOWN_COMMIT) return false;
  const facts = await fileFacts(filePath({ modelsDir, repo }, file.path));
  if (facts === undefined) return true;
  return looksUntouched(facts, file);
}
