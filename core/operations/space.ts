/**
 * Space: what the library takes, may take, and still could take.
 *
 * @module
 */
import { usedSpace } from "../library/used_space.ts";
import { diskOf } from "../platform/disk_space.ts";
import type { OperationContext } from "./context.ts";

/** The library's disk, and the library's part of it. */
export interface LibrarySpace {
  /** Absolute; it need not exist yet. */
  readonly modelsDir: string;
  /** What its disk still takes, the reserve included; `undefined` when the system does not tell. */
  readonly freeBytes: number | undefined;
  /** What the library takes: models, and what has arrived of downloads that are not complete. */
  readonly usedBytes: number;
  /** Of models whose bytes other programs have as well, such as after `link`: not among those that the library takes. */
  readonly sharedBytes: number;
  /** The part of it that is of downloads which are not complete. */
  readonly partialBytes: number;
  /** What the library may take: the setting `cleanup.max_total_size`. `undefined` for no limit. */
  readonly quotaBytes: number | undefined;
  /** What stays free on the disk: the setting `cleanup.reserve`. */
  readonly reserveBytes: number;
}

/**
 * Looks, in milliseconds: nothing is hashed, and no folder is walked through but those of partial data.
 *
 * @throws {ModelManagerError} What the file system says.
 */
export async function space(context: Pick<OperationContext, "library" | "settings">): Promise<LibrarySpace> {
  const { library, settings: { maxTotalBytes, reserveBytes } } = context;
  const { modelsDir } = library;
  const [{ freeBytes }, { modelBytes, sharedBytes, partialBytes }] = await Promise.all([
    diskOf(modelsDir),
    library.entries().then((entries) => usedSpace(modelsDir, entries)),
  ]);
  const usedBytes = modelBytes + partialBytes;
  return {
    modelsDir,
    freeBytes,
    usedBytes,
    sharedBytes,
    partialBytes,
    quotaBytes: maxTotalBytes,
    reserveBytes,
  };
}
