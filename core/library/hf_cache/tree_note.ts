/**
 * The lists of files that Python's client keeps of revisions it has downloaded whole: `trees/<commit>.json`.
 *
 * @module
 */
import { join } from "node:path";
import { type Digest, parseDigest } from "../../base/digest.ts";
import { readTextFileIfExists } from "../../platform/atomic_file.ts";

/** What such a list says of a file. */
export interface HfTreeFile {
  readonly sizeBytes: number;
  readonly digest: Digest;
}

/** The one format that we know. */
const FORMAT_VERSION = 1;

/**
 * What is noted of a revision's files, by their paths; `undefined` when there is no list that can be read.
 *
 * @param folder Absolute: of the repository in the cache.
 */
export async function readHfTree(
  folder: string,
  commit: string,
): Promise<ReadonlyMap<string, HfTreeFile> | undefined> {
  if (!/^[0-9a-f]{40}$/.test(commit)) return undefined;
  try {
    const text = await readTextFileIfExists(join(folder, "trees", `${commit}.json`));
    return text === undefined ? undefined : parseTree(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function parseTree(value: unknown): ReadonlyMap<string, HfTreeFile> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { format_version: version, files } = value as Record<string, unknown>;
  if (version !== FORMAT_VERSION || typeof files !== "object" || files === null) return undefined;
  return new Map(
    Object.entries(files).flatMap(([path, entry]) => {
      const file = parseEntry(entry);
      return file === undefined ? [] : [[path, file]];
    }),
  );
}

function parseEntry(entry: unknown): HfTreeFile | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const { size, blob_id: blobId, lfs_sha256: sha256, lfs_size: lfsSize } = entry as Record<string, unknown>;
  const digest = parseDigest(String(sha256 ?? blobId));
  const sizeBytes = lfsSize ?? size;
  if (digest === undefined || typeof sizeBytes !== "number" || !Number.isSafeInteger(sizeBytes)) {
    return undefined;
  }
  return { sizeBytes, digest };
}
