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
  /** Absolute paths of the model's files that are there. */
  readonly paths: readonly string[];
  /** What deleting all of it gives back to the disk. */
  readonly bytesFreed: number;
  /** Absolute paths of what is kept beside them: partial data, journals, piece digests. */
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
  const add = async (path: string, to: string[]): Promise<void> => {
    const facts = await fileFacts(path);
    if (facts?.isFile !== true) return;
    to.push(path);
    // Content that has another name as well stays on the disk; holes have never taken any of it.
    if (facts.linkCount <= 1) bytesFreed += Math.min(facts.sizeBytes, facts.allocatedBytes);
  };
  for (const file of ownFiles(entry, others)) {
    await add(filePath(place, file.path), paths);
    const digest = registeredDigest(file);
    if (digest === undefined) continue;
    for (const path of Object.values(stagedPaths(place, digest.hex))) await add(path, leftovers);
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
