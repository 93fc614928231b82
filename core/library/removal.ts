/**
 * What goes with a model when it is removed.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileFacts, removeEmptyDirectories, removeFile } from "../platform/directory.ts";
import { filePath, modelFolder, partialFolder, stagedPaths } from "./layout.ts";
import { type ModelEntry, registeredDigest, type RegisteredFile } from "./model_entry.ts";

/** Files to delete. */
export interface Removal {
  /** Absolute paths of the model's files. */
  readonly paths: readonly string[];
  /** What deleting them gives back to the disk. */
  readonly bytesFreed: number;
  /** Absolute paths of what was kept beside them: partial data, journals, piece digests. */
  readonly leftovers: readonly string[];
  /** No other entry has files of the repository, so its folder goes too. */
  readonly lastOfRepo: boolean;
}

/** Which files of an entry nobody else uses. */
function ownFiles(entry: ModelEntry, others: readonly ModelEntry[]): RegisteredFile[] {
  const shared = new Set(
    others.filter((other) => other.metadata.repo === entry.metadata.repo)
      .flatMap((other) => other.metadata.files.map((file) => file.path)),
  );
  return entry.metadata.files.filter((file) => !shared.has(file.path));
}

/** Works out what removing an entry deletes; nothing is touched. */
export async function planRemoval(
  modelsDir: string,
  entry: ModelEntry,
  others: readonly ModelEntry[],
): Promise<Removal> {
  const { repo } = entry.metadata;
  const place = { modelsDir, repo };
  const paths: string[] = [];
  const leftovers: string[] = [];
  let bytesFreed = 0;
  for (const file of ownFiles(entry, others)) {
    const path = filePath(place, file.path);
    const facts = await fileFacts(path);
    paths.push(path);
    // Content that has another name as well stays on the disk.
    if (facts?.isFile === true && facts.linkCount <= 1) bytesFreed += facts.sizeBytes;
    const digest = registeredDigest(file);
    if (digest === undefined) continue;
    const { part, journal, pieces } = stagedPaths(place, digest.hex);
    leftovers.push(part, journal, pieces, join(partialFolder(place), `${digest.hex}.bad`));
  }
  const lastOfRepo = others.every((other) => other.metadata.repo !== repo);
  return { paths, bytesFreed, leftovers, lastOfRepo };
}

/** Deletes what was planned, and the folders that are empty then. */
export async function carryOutRemoval(modelsDir: string, repo: string, removal: Removal): Promise<void> {
  const place = { modelsDir, repo };
  for (const path of [...removal.paths, ...removal.leftovers]) await removeFile(path);
  if (removal.lastOfRepo) {
    await removeFile(join(partialFolder(place), "lock"));
    await removeEmptyDirectories(partialFolder(place), modelsDir);
  }
  for (const path of removal.paths) await removeEmptyDirectories(dirname(path), modelsDir);
  await removeEmptyDirectories(modelFolder(place), modelsDir);
}
