/**
 * The store in which new versions of the Hub's own tools keep bytes that several repositories share. We use what is in
 * it, and never put anything there. What is in it may go only when nobody uses it, and who uses it is told by a list
 * beside each file that has to be checked against the disk.
 *
 * ```
 * blobs/.huggingface-shared-blobs            "1\n": without it the folder is somebody else's
 *       <2 hex>/<64 hex>                     the bytes, read-only
 *       <2 hex>/<64 hex>.refs                a line for each link: models--org--name/blobs/<digest>
 *       <2 hex>/<64 hex>.lock                held while one of these changes
 * ```
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { readTextFileIfExists, writeFileAtomic } from "../../platform/atomic_file.ts";
import { fileFacts, readNames, removeFile } from "../../platform/directory.ts";
import { acquirePlainLock } from "../../platform/plain_lock.ts";
import { readLink } from "../../platform/symlinks.ts";
import type { HfSharedBlob } from "./cache_model.ts";
import { parseHfFolderName } from "./cache_place.ts";
import type { HfUses } from "./uses.ts";

const STORE_NAME = "blobs";
const MARKER_NAME = ".huggingface-shared-blobs";
/** Of the one layout that we know. */
const MARKER_TEXT = "1\n";
const LOCK_WAIT_MS = 10_000;

/** The shared store's folder, whether it exists or not. */
export function sharedStoreFolder(directory: string): string {
  return join(directory, STORE_NAME);
}

/** Whether the folder is a shared store in the layout that we know: nothing else is touched. */
export async function isSharedStore(directory: string): Promise<boolean> {
  const marker = join(sharedStoreFolder(directory), MARKER_NAME);
  if ((await fileFacts(marker, { followLinks: false }))?.isFile !== true) return false;
  return await readTextFileIfExists(marker).catch(() => undefined) === MARKER_TEXT;
}

/** The store's file that a blob is a link to; `undefined` when it is none. */
export async function sharedTarget(blobPath: string, directory: string): Promise<string | undefined> {
  const said = await readLink(blobPath);
  if (said === undefined) return undefined;
  const target = resolve(dirname(blobPath), said);
  return isStorePath(target, directory) ? target : undefined;
}

function isStorePath(path: string, directory: string): boolean {
  const hex = basename(path);
  return /^[0-9a-f]{64}$/.test(hex) &&
    path === join(resolve(sharedStoreFolder(directory)), hex.slice(0, 2), hex);
}

/** Everything in the shared store; nothing when there is none. */
export async function readSharedStore(directory: string): Promise<HfSharedBlob[]> {
  if (!await isSharedStore(directory)) return [];
  const store = sharedStoreFolder(directory);
  const blobs: HfSharedBlob[] = [];
  for (const { name: prefix, kind } of await readNames(store)) {
    if (kind !== "directory" || !/^[0-9a-f]{2}$/.test(prefix)) continue;
    for (const entry of await readNames(join(store, prefix))) {
      const path = join(store, prefix, entry.name);
      if (entry.kind !== "file" || !isStorePath(path, directory)) continue;
      const facts = await fileFacts(path, { followLinks: false });
      if (facts !== undefined) {
        blobs.push({ path, sizeBytes: facts.sizeBytes, modifiedAtMs: facts.modifiedAtMs });
      }
    }
  }
  return blobs;
}

/**
 * The links that use a file of the store, of those that its list names; `undefined` when there is no list that can be
 * read, and so nobody can tell.
 */
export async function liveReferences(storePath: string, directory: string): Promise<string[] | undefined> {
  const text = await readTextFileIfExists(`${storePath}.refs`).catch(() => undefined);
  if (text === undefined || text.includes("\uFFFD")) return undefined;
  const live: string[] = [];
  for (const line of new Set(text.split("\n"))) {
    if (line === "") continue;
    const parts = line.split("/");
    const [folder = "", blobs, name = ""] = parts;
    const isSound = parts.length === 3 && blobs === "blobs" && name !== "" && name !== ".." &&
      parseHfFolderName(folder) !== undefined;
    // A list that we do not understand is no ground for deleting anything.
    if (!isSound) return undefined;
    if (await sharedTarget(join(directory, line), directory) === storePath) live.push(line);
  }
  return live;
}

/**
 * Deletes a file of the store when nobody uses it any more; else its list is made right.
 *
 * @returns bytes that the disk got back; `undefined` when it stays.
 * @throws {ModelManagerError} `LOCKED`, or what the file system says; the file is then as it was.
 */
export async function sweepShared(
  storePath: string,
  place: { readonly directory: string; readonly clock?: Clock | undefined; readonly uses: HfUses },
): Promise<number | undefined> {
  const { directory, clock, uses } = place;
  if (!isStorePath(storePath, directory) || !await isSharedStore(directory)) return undefined;
  await using _lock = await acquirePlainLock(`${storePath}.lock`, {
    ...(clock === undefined ? {} : { clock }),
    waitMs: LOCK_WAIT_MS,
    mode: 0o666,
  });
  const live = await liveReferences(storePath, directory);
  if (live === undefined) return undefined;
  // The list is a hint: one that forgets somebody is no ground for taking the bytes away from under them.
  if (live.length === 0 && (await uses.usersOf(storePath)).length > 0) return undefined;
  if (live.length > 0) {
    await writeFileAtomic(`${storePath}.refs`, live.sort().map((line) => `${line}\n`).join(""));
    return undefined;
  }
  const facts = await fileFacts(storePath, { followLinks: false });
  if (facts?.isFile !== true || !await removeFile(storePath)) return undefined;
  await removeFile(`${storePath}.refs`);
  return facts.linkCount > 1 ? 0 : facts.sizeBytes;
}
