/**
 * How the Hub is asked for a model of the library: pure.
 *
 * @module
 */
import { formatReference } from "../../../core/base/reference.ts";
import type { LibraryRow } from "./library_rows.ts";

/**
 * The revision that a model was asked for by. What was begun and is not registered knows only its commit: whoever went
 * on with that would pin what nobody wanted pinned. The job that fetches it knows better, if there is one.
 */
function revisionOf({ model, job }: LibraryRow): string | undefined {
  if (model === undefined || job !== undefined) return job?.target.revision;
  const { status, revision, commit } = model;
  if (status === "downloading" && revision === commit) return undefined;
  return ["", "main", "unknown"].includes(revision) ? undefined : revision;
}

/** What the Hub is asked for: the model as it was pulled. */
export function referenceOf(row: LibraryRow): string {
  const { repo, reference, label, model } = row;
  if (model === undefined) return reference;
  return formatReference({ repo, revision: revisionOf(row), selector: label === "" ? undefined : label });
}
