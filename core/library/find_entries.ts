/**
 * Which entries of the registry a reference means; pure.
 *
 * @module
 */
import { compilePattern, isPattern } from "../base/file_pattern.ts";
import { formatReference, type ModelReference } from "../base/reference.ts";
import { ModelManagerError } from "../base/errors.ts";
import type { ModelEntry } from "./model_entry.ts";
import { nearNames } from "./near_names.ts";

type Test = (entry: ModelEntry) => boolean;

function hasRevision(revision: string | undefined): Test {
  if (revision === undefined) return () => true;
  const isShortCommit = /^[0-9a-f]{7,40}$/.test(revision);
  return ({ metadata }) =>
    metadata.revision === revision || (isShortCommit && metadata.commit.startsWith(revision));
}

/** From the strictest reading of a selector to the loosest; the first that fits anything is meant. */
function selectorTests(selector: string): Test[] {
  const wanted = selector.toUpperCase();
  const hasFile = (test: (path: string) => boolean): Test => ({ metadata }) =>
    metadata.files.some((file) => test(file.path));
  const nameOf = (entry: ModelEntry): string => entry.modelId.slice(entry.metadata.repo.length + 1);
  return [
    (entry) => nameOf(entry).toUpperCase() === wanted,
    (entry) => entry.metadata.quant?.toUpperCase() === wanted,
    (entry) => entry.metadata.quant?.toUpperCase() === `UD-${wanted}`,
    hasFile((path) => path === selector),
    hasFile(
      isPattern(selector)
        ? compilePattern(selector)
        : (path) => path.startsWith(selector.replace(/\/*$/, "/")),
    ),
  ];
}

/** The entries of a reference's repository, revision and selector; case does not count in names and labels. */
export function findEntries(entries: readonly ModelEntry[], reference: ModelReference): ModelEntry[] {
  const repo = reference.repo.toLowerCase();
  const isRevision = hasRevision(reference.revision);
  const ofRepo = entries.filter((entry) => entry.metadata.repo.toLowerCase() === repo && isRevision(entry));
  if (reference.selector === undefined) return ofRepo;
  for (const test of selectorTests(reference.selector)) {
    const found = ofRepo.filter(test);
    if (found.length > 0) return found;
  }
  return [];
}

/** The error for a reference that nothing in the library fits: it names what there is. */
export function notInLibrary(entries: readonly ModelEntry[], reference: ModelReference): ModelManagerError {
  const text = formatReference(reference);
  const repo = reference.repo.toLowerCase();
  const local = entries.filter((entry) => entry.metadata.repo.toLowerCase() === repo);
  const names = local.length > 0
    ? local.map((entry) => entry.modelId)
    : nearNames(reference.repo, [...new Set(entries.map((entry) => entry.metadata.repo))], { limit: 3 });
  return new ModelManagerError("NOT_FOUND", `"${text}" is not in the library`, {
    hints: [
      ...(names.length === 0 ? [] : [`There is: ${names.slice(0, 10).join(", ")}`]),
      "See what is there: mm list",
      `Download it: mm pull "${text}"`,
    ],
  });
}
