/**
 * Registry entries as the library shows them.
 *
 * @module
 */
import { fileFacts } from "../platform/directory.ts";
import { filePath, modelFolder } from "./layout.ts";
import { type LibraryModel, type ListQuery, type ModelEntry, registeredDigest } from "./model_entry.ts";
import type { ModelStatus } from "./model_entry.ts";
import { compareLabels } from "./quant_label.ts";

/** What the disk says of an entry that should be there. */
async function statusOf(entry: ModelEntry, modelsDir: string): Promise<ModelStatus> {
  const { repo, files } = entry.metadata;
  if (entry.status !== "available" || files.length === 0) return entry.status;
  const facts = await Promise.all(files.map((file) => fileFacts(filePath({ modelsDir, repo }, file.path))));
  if (facts.every((fact) => fact === undefined)) return "deleted";
  return facts.every((fact, index) => fact?.sizeBytes === files[index]?.sizeBytes) ? "available" : "error";
}

/** An entry with absolute paths, digests, and the status that the disk gives it. */
export async function toLibraryModel(entry: ModelEntry, modelsDir: string): Promise<LibraryModel> {
  const { metadata } = entry;
  return {
    repo: metadata.repo,
    revision: metadata.revision,
    commit: metadata.commit,
    quant: metadata.quant ?? undefined,
    modelType: entry.modelType,
    status: await statusOf(entry, modelsDir),
    sizeBytes: entry.sizeBytes,
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
