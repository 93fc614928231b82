/**
 * What the library takes, without a walk over the disk: the registry and the journals know the sizes.
 *
 * @module
 */
import { freedBytes } from "../platform/directory.ts";
import { factsOfAll } from "../platform/many_names.ts";
import { filePath } from "./layout.ts";
import type { ModelEntry } from "./model_entry.ts";
import { readPartials } from "./partials.ts";

/** Bytes in the library. */
export interface UsedSpace {
  /** Of the files that are registered and there, each once: what the disk would get back without them. */
  readonly modelBytes: number;
  /** Of those that have another name, such as in the folder of another program: they would stay on the disk. */
  readonly sharedBytes: number;
  /** Of downloads that are under way, or broke off: what has arrived. */
  readonly partialBytes: number;
}

/**
 * Adds up what is there.
 *
 * @throws {ModelManagerError} When the disk does not let us look.
 */
export async function usedSpace(modelsDir: string, entries: readonly ModelEntry[]): Promise<UsedSpace> {
  const sizes = new Map<string, number>();
  for (const { status, metadata: { repo, files } } of entries) {
    if (status !== "available" && status !== "error") continue;
    for (const file of files) sizes.set(filePath({ modelsDir, repo }, file.path), file.sizeBytes);
  }
  const paths = [...sizes.keys()];
  const [facts, partials] = await Promise.all([
    factsOfAll(paths, { followLinks: false }),
    readPartials(modelsDir),
  ]);
  let modelBytes = 0;
  let sharedBytes = 0;
  for (const [index, path] of paths.entries()) {
    const found = facts[index];
    if (found === undefined || found.isDirectory) continue;
    // As a quota counts it: a symbolic link is of no size, and what has two names is freed with neither of them.
    if (found.isFile && found.linkCount <= 1) modelBytes += freedBytes(found);
    else sharedBytes += sizes.get(path) ?? 0;
  }
  return {
    modelBytes,
    sharedBytes,
    partialBytes: partials.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0),
  };
}
