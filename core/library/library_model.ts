/**
 * Registry entries as the library shows them.
 *
 * @module
 */
import { fileFacts } from "../platform/directory.ts";
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

/** What the disk says of an entry that should be there. */
async function statusOf(entry: ModelEntry, modelsDir: string): Promise<ModelStatus> {
  const { repo, files } = entry.metadata;
  if (entry.status !== "available" && entry.status !== "error" || files.length === 0) return entry.status;
  const facts = await Promise.all(files.map((file) => fileFacts(filePath({ modelsDir, repo }, file.path))));
  if (facts.every((fact) => fact === undefined)) return "deleted";
  if (facts.some((fact, index) => fact?.sizeBytes !== files[index]?.sizeBytes)) return "error";
  return entry.status === "available" && lacksShards(files) ? "downloading" : entry.status;
}

/** An entry with absolute paths, digests, and the status that the disk gives it. */
export async function toLibraryModel(
  entry: ModelEntry,
  modelsDir: string,
  options: { readonly receivedBytes?: number } = {},
): Promise<LibraryModel> {
  const { metadata } = entry;
  const status = await statusOf(entry, modelsDir);
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
    update: undefined,
  };
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
