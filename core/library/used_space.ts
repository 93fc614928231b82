/**
 * What the library takes, without a walk over the disk: the registry and the journals know the sizes.
 *
 * @module
 */
import { factsOfAll } from "../platform/many_names.ts";
import { filePath } from "./layout.ts";
import type { ModelEntry } from "./model_entry.ts";
import { readPartials } from "./partials.ts";

/** Bytes in the library. */
export interface UsedSpace {
  /** Of the files that are registered and there, each once. */
  readonly modelBytes: number;
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
  const [facts, partials] = await Promise.all([factsOfAll(paths), readPartials(modelsDir)]);
  const there = paths.filter((_, index) => facts[index] !== undefined);
  return {
    modelBytes: there.reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0),
    partialBytes: partials.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0),
  };
}
