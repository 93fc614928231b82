/**
 * Files that somebody has put into the library by hand, and how they become entries of the registry; pure.
 *
 * @module
 */
import { type ModelEntry, registeredDigest, type RegisteredFile, UNKNOWN_COMMIT } from "./model_entry.ts";
import { addEntries } from "./registration.ts";
import { WEIGHTS } from "./scan.ts";

/** A file to be adopted. */
export interface FoundFile extends RegisteredFile {
  /** By the folder that it lies in. */
  readonly repo: string;
}

/** The files of a scan's entries. */
export function foundFiles(found: readonly ModelEntry[]): FoundFile[] {
  return found.flatMap(({ metadata: { repo, files } }) => files.map((file) => ({ ...file, repo })));
}

/**
 * Those files that the registry does not know, or knows without a digest. Beside models that were downloaded, only
 * weights are somebody's model; texts may be anything.
 */
export function adoptable(files: readonly FoundFile[], registered: readonly ModelEntry[]): FoundFile[] {
  const known = new Map(foundFiles(registered).map((file) => [`${file.repo} ${file.path}`, file]));
  const repos = new Set(registered.map((entry) => entry.metadata.repo));
  return files.filter((file) => {
    const before = known.get(`${file.repo} ${file.path}`);
    if (before !== undefined) return registeredDigest(before) === undefined;
    return WEIGHTS.test(file.path) || !repos.has(file.repo);
  });
}

/**
 * The entries with found files among them. What a file joins stays what it is: its commit, revision and type are those
 * of what was downloaded.
 *
 * @param files With digests.
 */
export function adoptFiles(
  entries: readonly ModelEntry[],
  files: readonly FoundFile[],
  options: {
    /** What a repository is for, where its card says so. */
    readonly typeOf: (repo: string) => ModelEntry["modelType"] | undefined;
  },
): { readonly entries: readonly ModelEntry[]; readonly modelIds: readonly string[] } {
  let all = entries;
  const modelIds: string[] = [];
  for (const [repo, ofRepo] of Map.groupBy(files, (file) => file.repo)) {
    const isGguf = ofRepo.some((file) => /\.gguf$/i.test(file.path));
    const added = addEntries(all, {
      repo,
      revision: "main",
      commit: UNKNOWN_COMMIT,
      modelType: options.typeOf(repo) ?? (isGguf ? "text-generation" : "other"),
      files: ofRepo.map(({ repo: _, ...file }) => file),
    });
    const before = new Map(all.map((entry) => [entry.modelId, entry]));
    all = added.entries.map((entry) => asBefore(entry, before.get(entry.modelId)));
    modelIds.push(...added.modelIds);
  }
  return { entries: all, modelIds };
}

function asBefore(entry: ModelEntry, before: ModelEntry | undefined): ModelEntry {
  if (before === undefined || before.metadata.commit === UNKNOWN_COMMIT) return entry;
  const { modelType, version, metadata: { revision, commit } } = before;
  return { ...entry, modelType, version, metadata: { ...entry.metadata, revision, commit } };
}

/** The task in the metadata at the head of a model card, such as `text-to-image`; `undefined` when it names none. */
export function taskOfCard(text: string): string | undefined {
  const head = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1] ?? "";
  return /^pipeline_tag:\s*["']?([a-z0-9-]+)["']?\s*$/m.exec(head)?.[1];
}
