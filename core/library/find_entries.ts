/**
 * Which entries of the registry a reference means; pure.
 *
 * @module
 */
import { compilePattern, isPattern } from "../base/file_pattern.ts";
import { formatReference, type ModelReference } from "../base/reference.ts";
import { ModelManagerError } from "../base/errors.ts";
import type { ModelEntry } from "./model_entry.ts";
import { nearNames } from "../base/near_names.ts";

/** What a reference means of one entry. */
export interface FoundPart {
  readonly entry: ModelEntry;
  /** The files that were asked for by path, folder or pattern; `undefined` for the whole entry. */
  readonly paths: readonly string[] | undefined;
}

type Test<T> = (tested: T) => boolean;

function hasRevision(revision: string | undefined): Test<ModelEntry> {
  if (revision === undefined) return () => true;
  const isShortCommit = /^[0-9a-f]{7,40}$/.test(revision);
  return ({ metadata }) =>
    metadata.revision === revision || (isShortCommit && metadata.commit.startsWith(revision));
}

/** From the strictest reading of a selector as a name of entries to the loosest. */
function nameTests(selector: string): Test<ModelEntry>[] {
  const wanted = selector.toUpperCase();
  const nameOf = (entry: ModelEntry): string => entry.modelId.slice(entry.metadata.repo.length + 1);
  return [
    (entry) => nameOf(entry).toUpperCase() === wanted,
    (entry) => entry.metadata.quant?.toUpperCase() === wanted,
    (entry) => entry.metadata.quant?.toUpperCase() === `UD-${wanted}`,
  ];
}

/** The same as paths of files: a path, then a pattern or a folder. */
function pathTests(selector: string): Test<string>[] {
  return [
    (path) => path === selector,
    isPattern(selector) ? compilePattern(selector) : (path) => path.startsWith(selector.replace(/\/*$/, "/")),
  ];
}

/**
 * The parts of entries that a reference's repository, revision and selector mean: the first reading that fits anything
 * counts. Case does not count in names and labels.
 */
export function findParts(entries: readonly ModelEntry[], reference: ModelReference): FoundPart[] {
  const repo = reference.repo.toLowerCase();
  const isRevision = hasRevision(reference.revision);
  const ofRepo = entries.filter((entry) => entry.metadata.repo.toLowerCase() === repo && isRevision(entry));
  const whole = (entry: ModelEntry): FoundPart => ({ entry, paths: undefined });
  const { selector } = reference;
  if (selector === undefined) return ofRepo.map(whole);
  for (const test of nameTests(selector)) {
    const found = ofRepo.filter(test);
    if (found.length > 0) return found.map(whole);
  }
  for (const test of pathTests(selector)) {
    const parts = ofRepo.map((entry) => ({
      entry,
      paths: entry.metadata.files.map((file) => file.path).filter(test),
    }));
    const found = parts.filter(({ paths }) => paths.length > 0);
    if (found.length > 0) return found;
  }
  return [];
}

/** The error for a reference that nothing in the library fits: it names what there is. */
export function notInLibrary(entries: readonly ModelEntry[], reference: ModelReference): ModelManagerError {
  const text = formatReference(reference);
  const repo = reference.repo.toLowerCase();
  const local = entries.filter((entry) => entry.metadata.repo.toLowerCase() === repo);
  const names = [...local.map((entry) => entry.modelId), ...nearPaths(local, reference)];
  const meant = local.length > 0
    ? []
    : nearNames(reference.repo, [...new Set(entries.map((entry) => entry.metadata.repo))], { limit: 3 });
  return new ModelManagerError("NOT_FOUND", `"${text}" is not in the library`, {
    hints: [
      ...(names.length === 0 ? [] : [`There is: ${names.slice(0, 10).join(", ")}`]),
      ...(meant.length === 0 ? [] : [`Did you mean ${meant.join(" or ")}?`]),
      "See what is there: mm list",
      `Download it: mm pull "${text}"`,
    ],
  });
}

/** Files whose path is like what was asked for, as references. */
function nearPaths(entries: readonly ModelEntry[], { repo, selector = "" }: ModelReference): string[] {
  // A word without a dot is meant as a quant.
  if (!selector.includes(".")) return [];
  const paths = new Set(entries.flatMap((entry) => entry.metadata.files.map((file) => file.path)));
  return nearNames(selector, [...paths], { limit: 3 }).map((path) => `${repo}:${path}`);
}
