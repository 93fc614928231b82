/**
 * What an update check has found, for people.
 *
 * @module
 */
import { formatByteSize } from "../../core/base/byte_size.ts";
import type { ErrorData } from "../../core/base/errors.ts";
import type { UpdateResult } from "../../core/operations/model_manager.ts";
import { plural } from "./humanize.ts";
import type { Column } from "./table.ts";

/** Whether there is, or was, something to fetch. */
export function hasUpdate({ update }: Pick<UpdateResult, "update">): boolean {
  return update === "weights changed" || update === "other files changed";
}

/** What happened, or what would. */
function stateOf(result: UpdateResult): string {
  if (result.status === "failed") return "failed";
  if (!hasUpdate(result)) return "";
  if (result.status === "planned") return "to fetch";
  return result.status === "downloaded" ? "updated" : "here already";
}

/** One name in full, of several the first and how many more. */
function filesCell({ changedFiles, removedFiles }: UpdateResult): string {
  const [first, ...more] = changedFiles.length > 0 ? changedFiles : removedFiles;
  if (first === undefined) return "";
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

/** The columns of the table, one row a model. */
export const UPDATE_COLUMNS: readonly Column<UpdateResult>[] = [
  {
    header: "MODEL",
    cell: ({ reference }) => reference,
    minimum: 24,
    cut: "middle",
    style: (_row, theme) => theme.bold,
  },
  {
    header: "UPDATE",
    cell: ({ update }) => update ?? "not known",
    style: (result, theme) =>
      result.update === "up to date" ? theme.good : result.update === "pinned" ? theme.dim : theme.warning,
  },
  {
    header: "SIZE",
    cell: (result) => hasUpdate(result) ? formatByteSize(result.bytesToFetch) : "",
    align: "right",
    expendable: 1,
  },
  {
    header: "STATUS",
    cell: stateOf,
    style: ({ status }, theme) =>
      status === "failed" ? theme.error : status === "downloaded" ? theme.good : undefined,
    expendable: 2,
  },
  { header: "FILES", cell: filesCell, minimum: 16, cut: "middle", expendable: 3 },
];

/** One failure, and the models that it is of: who cannot be asked cannot be asked for any of them. */
export interface FailureGroup {
  readonly error: ErrorData;
  readonly references: readonly string[];
}

/** Failures of the same kind and the same words together. */
export function groupFailures(results: readonly UpdateResult[]): readonly FailureGroup[] {
  const groups = new Map<string, { readonly error: ErrorData; readonly references: string[] }>();
  for (const { status, reference, error } of results) {
    if (status !== "failed" || error === undefined) continue;
    const key = `${error.code} ${error.message}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { error, references: [reference] });
    else group.references.push(reference);
  }
  return [...groups.values()];
}

/** The error of a group as it is shown; a single reference that was typed needs no name. */
export function groupError(
  { error, references }: FailureGroup,
  options: { readonly alone: boolean },
): ErrorData {
  const [first] = references;
  const whose = options.alone
    ? ""
    : references.length === 1
    ? `${first}: `
    : `${plural(references.length, "model")}: `;
  return { ...error, message: `${whose}${error.message}` };
}

/** Bytes that all of them take together; a file that two models share is fetched once. */
export function bytesOfAll(results: readonly UpdateResult[]): number {
  const byRepo = new Map<string, number>();
  let total = 0;
  for (const { repo, changedFiles, bytesToFetch } of results) {
    if (changedFiles.length === 0) continue;
    const key = `${repo}\0${changedFiles.join("\0")}`;
    if (byRepo.has(key)) continue;
    byRepo.set(key, bytesToFetch);
    total += bytesToFetch;
  }
  return total;
}

/** What a person should know of single models besides the table. */
export function updateNotes(results: readonly UpdateResult[]): readonly string[] {
  const renamed = new Map(
    results.flatMap(({ repo, renamedTo }) => renamedTo === undefined ? [] : [[repo, renamedTo]]),
  );
  return [
    ...[...renamed].map(([before, now]) => `"${before}" is now called "${now}"`),
    ...results.flatMap(({ reference, removedFiles, deletedFiles, status }) => {
      const kept = removedFiles.filter((path) => !deletedFiles.includes(path));
      return kept.length === 0 || status === "failed"
        ? []
        : [`${reference}: not on the Hub any more, and kept here: ${kept.join(", ")}`];
    }),
    ...results.flatMap(deletionNote),
    ...results.flatMap(({ reference, keptFiles }) =>
      keptFiles.map(({ path, modelId }) => `${reference}: ${path} is kept: the pinned ${modelId} uses it`)
    ),
    ...results.flatMap(({ reference, update }) =>
      update === "unknown"
        ? [`${reference}: no digest is known of its files, so there is nothing to compare`]
        : []
    ),
  ];
}

/** What has become of old weights, or what would. */
function deletionNote({ reference, status, deletedFiles, bytesFreed }: UpdateResult): readonly string[] {
  if (deletedFiles.length === 0) return [];
  const files = deletedFiles.join(", ");
  return status === "planned"
    ? [`${reference}: an update removes the old weights: ${files}`]
    : [`${reference}: removed the old weights: ${files}, ${formatByteSize(bytesFreed)} freed`];
}

/** What a check has found, or an update has done, in a sentence. */
export function updateSummary(
  results: readonly UpdateResult[],
  { check }: { readonly check: boolean },
): string | undefined {
  const changed = results.filter((result) => hasUpdate(result) && result.status !== "failed");
  const current = results.filter(({ update }) => update === "up to date").length;
  if (changed.length > 0 && check) {
    const bytes = formatByteSize(bytesOfAll(changed));
    return `${changed.length} of ${plural(results.length, "model")} can be updated: ${bytes} to fetch`;
  }
  if (changed.length > 0) {
    const fetched = results.reduce((sum, { bytesFetched }) => sum + bytesFetched, 0);
    const rest = current === 0 ? "" : `; ${current} up to date already`;
    return `Updated ${plural(changed.length, "model")}: fetched ${formatByteSize(fetched)}, verified${rest}`;
  }
  if (current > 0) return `${plural(current, "model")} up to date, nothing to fetch`;
  return results.some(({ status }) => status !== "failed") ? "Nothing to fetch" : undefined;
}
