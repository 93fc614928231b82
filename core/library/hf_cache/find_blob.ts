/**
 * Finds bytes in a cache by their digest, without looking at what does not have it.
 *
 * @module
 */
import { basename, join } from "node:path";
import { type Digest, parseDigest } from "../../base/digest.ts";
import { fileFacts, readNames, realPathOf } from "../../platform/directory.ts";
import type { HfBlob } from "./cache_model.ts";
import { parseHfFolderName } from "./cache_place.ts";
import { repoFolders } from "./scan.ts";

/**
 * Bytes whose name says that they have the digest; nobody has hashed them. What a snapshot holds as a real file, as on
 * systems without links, has no such name and is not found.
 *
 * @param directory Absolute.
 * @returns `undefined` when there are none, or the cache cannot be read.
 */
export async function findHfBlob(directory: string, digest: Digest): Promise<HfBlob | undefined> {
  for (const { path } of await repoFolders(directory).catch(() => [])) {
    const blob = await blobAt(path, digest).catch(() => undefined);
    if (blob !== undefined) return blob;
  }
  return undefined;
}

/** All bytes of a cache by the hexadecimal digits of their digest: for who asks for many. */
export async function indexHfBlobs(directory: string): Promise<ReadonlyMap<string, HfBlob>> {
  const blobs = new Map<string, HfBlob>();
  for (const { path } of await repoFolders(directory).catch(() => [])) {
    for (const { name } of await readNames(join(path, "blobs")).catch(() => [])) {
      const digest = parseDigest(name);
      if (digest === undefined || blobs.has(name)) continue;
      const blob = await blobAt(path, digest).catch(() => undefined);
      if (blob !== undefined) blobs.set(name, blob);
    }
  }
  return blobs;
}

async function blobAt(repoPath: string, digest: Digest): Promise<HfBlob | undefined> {
  const named = parseHfFolderName(basename(repoPath));
  const path = join(repoPath, "blobs", digest.hex);
  const facts = await fileFacts(path);
  if (named === undefined || facts?.isFile !== true) return undefined;
  const { sizeBytes, modifiedAtMs } = facts;
  return { path, realPath: await realPathOf(path), ...named, digest, sizeBytes, modifiedAtMs };
}
