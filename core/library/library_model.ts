/**
 * Registry entries as the library shows them.
 *
 * @module
 */
import { compilePattern, isPattern } from "../base/file_pattern.ts";
import type { FileFacts } from "../platform/directory.ts";
import { factsOfAll } from "../platform/many_names.ts";
import { filePath, modelFolder } from "./layout.ts";
import {
  type LibraryModel,
  type ListQuery,
  type ModelEntry,
  type ModelStatus,
  registeredDigest,
  UNKNOWN_COMMIT,
} from "./model_entry.ts";
import { compareLabels } from "./quant_label.ts";
import { lacksShards } from "./units.ts";

/** The paths of files that should be there. */
function expectedPaths(entry: ModelEntry, modelsDir: string): string[] {
  const { repo, files } = entry.metadata;
  if (entry.status !== "available" && entry.status !== "error") return [];
  return files.map((file) => filePath({ modelsDir, repo }, file.path));
}

/** What the disk says of an entry: `facts` of its expected paths. */
function statusOf(entry: ModelEntry, facts: readonly (FileFacts | undefined)[]): ModelStatus {
  const { files } = entry.metadata;
  if (facts.length === 0) return entry.status;
  if (facts.every((fact) => fact === undefined)) return "deleted";
  if (facts.some((fact, index) => fact?.sizeBytes !== files[index]?.sizeBytes)) return "error";
  return entry.status === "available" && lacksShards(files) ? "error" : entry.status;
}

/** Entries with absolute paths, digests, and the status that the disk gives them; in their order. */
export async function toLibraryModels(
  entries: readonly ModelEntry[],
  modelsDir: string,
): Promise<LibraryModel[]> {
  const paths = entries.map((entry) => expectedPaths(entry, modelsDir));
  const facts = await factsOfAll(paths.flat());
  let at = 0;
  return entries.map((entry, index) => {
    const start = at;
    at += paths[index]?.length ?? 0;
    const own = facts.slice(start, at);
    return toModel(entry, modelsDir, { status: statusOf(entry, own), lastUsedAt: lastUsed(entry, own) });
  });
}

/** An entry like {@link toLibraryModels}, of which so many bytes are there. */
export async function toBegunModel(
  entry: ModelEntry,
  modelsDir: string,
  options: { readonly receivedBytes: number },
): Promise<LibraryModel> {
  const facts = await factsOfAll(expectedPaths(entry, modelsDir));
  const lastUsedAt = lastUsed(entry, facts);
  return toModel(entry, modelsDir, { ...options, status: statusOf(entry, facts), lastUsedAt });
}

/**
 * When an entry was last downloaded, asked for by a pull, or read: by the access time of its largest file, since small
 * ones are read by whoever looks around.
 *
 * @param facts Of its files, in their order, as far as they are there.
 * @returns ISO 8601, UTC.
 */
export function lastUsed(entry: ModelEntry, facts: readonly (FileFacts | undefined)[]): string {
  const largest = facts.reduce(
    (most, each) => (each?.sizeBytes ?? -1) > (most?.sizeBytes ?? -1) ? each : most,
    undefined,
  );
  const read = new Date(largest?.accessedAtMs ?? 0).toISOString();
  return [entry.downloadDate, entry.lastUsedAt ?? "", read].reduce((last, date) => date > last ? date : last);
}

function toModel(
  entry: ModelEntry,
  modelsDir: string,
  options: {
    readonly status: ModelStatus;
    readonly lastUsedAt: string;
    readonly receivedBytes?: number;
  },
): LibraryModel {
  const { metadata } = entry;
  const { status, lastUsedAt } = options;
  const commit = metadata.commit === UNKNOWN_COMMIT ? undefined : metadata.commit;
  return {
    repo: metadata.repo,
    revision: metadata.revision,
    commit,
    quant: metadata.quant ?? undefined,
    modelType: entry.modelType,
    status,
    sizeBytes: entry.sizeBytes,
    ...(status === "downloading" ? { receivedBytes: options.receivedBytes ?? entry.sizeBytes } : {}),
    path: modelFolder({ modelsDir, repo: metadata.repo }),
    files: metadata.files.map((file) => ({
      path: file.path,
      sizeBytes: file.sizeBytes,
      digest: registeredDigest(file),
    })),
    downloadDate: entry.downloadDate,
    pinned: entry.pinned === true,
    lastUsedAt,
    update: undefined,
  };
}

/** Whether a model is asked for. */
export function fitsQuery(model: LibraryModel, query: ListQuery): boolean {
  return (query.type === undefined || model.modelType === query.type) &&
    (query.status === undefined || model.status === query.status) &&
    (query.name === undefined || hasName(model, query.name));
}

function hasName({ repo, quant }: LibraryModel, wanted: string): boolean {
  const name = (quant === undefined ? repo : `${repo}:${quant}`).toLowerCase();
  const text = wanted.toLowerCase();
  if (!isPattern(text)) return name.includes(text);
  const fits = compilePattern(text);
  return [name, repo.toLowerCase(), repo.slice(repo.indexOf("/") + 1).toLowerCase()].some(fits);
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** By name and quant, by size (largest first), or by date (newest first). */
export function sortModels(
  models: readonly LibraryModel[],
  by: NonNullable<ListQuery["sort"]>,
): LibraryModel[] {
  return [...models].sort((a, b) => {
    const first = by === "size"
      ? b.sizeBytes - a.sizeBytes
      : by === "date"
      ? compareTexts(b.downloadDate, a.downloadDate)
      : 0;
    return first || compareTexts(a.repo.toLowerCase(), b.repo.toLowerCase()) ||
      compareLabels(a.quant, b.quant) ||
      compareTexts(a.files[0]?.path ?? "", b.files[0]?.path ?? "");
  });
}
