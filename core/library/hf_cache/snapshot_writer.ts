/**
 * Puts proved files into a cache of the Hub's own tools, in an order in which no reader ever finds anything broken: the
 * bytes under the name of their digest, then the snapshot's link to them, and the branch or tag last.
 *
 * Where links are not wanted or cannot be made, a snapshot has real files, as the Hub's own tools make it there.
 *
 * @module
 */
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Clock } from "../../base/clock.ts";
import type { Digest } from "../../base/digest.ts";
import { isModelManagerError, ModelManagerError } from "../../base/errors.ts";
import { readTextFileIfExists, writeFileAtomic } from "../../platform/atomic_file.ts";
import {
  fileFacts,
  makeDirectory,
  removeFile,
  renameFile,
  renameFileIfFree,
  somethingThere,
  syncDirectory,
} from "../../platform/directory.ts";
import { isNotFound } from "../../platform/file_system_error.ts";
import { acquirePlainLock } from "../../platform/plain_lock.ts";
import { linkOrCopyFile, makeSymlink, readLink } from "../../platform/symlinks.ts";
import {
  type HfCacheSettings,
  hfLockPath,
  hfRefPath,
  type HfRepoPlace,
  hfRepoPlace,
  hfSnapshotPath,
  TAG_NAME,
  TAG_TEXT,
} from "./cache_place.ts";
import { sharedTarget } from "./shared_store.ts";

/** How long a small file waits for another program that has its lock; then it is put in its place all the same. */
const LOCK_WAIT_MS = 10_000;

/** A file that belongs into a snapshot. */
export interface HfWantedFile {
  /** In the repository. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
}

/** How a proved file is put in its place. */
export interface HfPutOptions {
  /** Absolute: where it was gathered, on the same disk; it is moved away. */
  readonly stagedPath: string;
  /** Something else that has the name in the snapshot is replaced. @default {false} */
  readonly replace?: boolean;
  /** Whether what has a name has the same bytes; asked only when that has to be known. */
  readonly isSame: (path: string) => Promise<boolean>;
  /** Return only when the names are on the disk. @default {true} */
  readonly sync?: boolean;
}

/** What is there of a file: `blob` is bytes of the right size without a name in the snapshot. */
export type HfFileState = "complete" | "blob" | "wrong" | "foreign" | "nothing";

/** Writes one snapshot of one repository. */
export class HfSnapshotWriter {
  readonly place: HfRepoPlace;
  readonly commit: string;
  readonly #directory: string;
  readonly #clock: Clock | undefined;
  /** Digests whose locks we hold. */
  readonly #held = new Set<string>();
  #symlinks: boolean;

  constructor(
    cache: HfCacheSettings,
    snapshot: { readonly repo: string; readonly commit: string; readonly clock?: Clock },
  ) {
    this.place = hfRepoPlace(cache.directory, snapshot.repo);
    this.commit = snapshot.commit;
    this.#directory = cache.directory;
    this.#clock = snapshot.clock;
    this.#symlinks = cache.symlinks;
  }

  /** Absolute: a file's name in the snapshot. @throws {ModelManagerError} `FAILED` when the path is unsafe. */
  pathOf(path: string): string {
    return hfSnapshotPath(this.place, this.commit, path);
  }

  /** Absolute: where bytes with this digest are. */
  blobPath(digest: Digest): string {
    return join(this.place.blobs, digest.hex);
  }

  /**
   * What is there of a file, by names and sizes: a blob is named by what it has to be. `wrong` is what the cache itself
   * has and cannot be right; `foreign` is somebody's own, or a real file: only hashing tells what that is.
   */
  async stateOf(file: HfWantedFile): Promise<HfFileState> {
    const path = this.pathOf(file.path);
    const blob = this.blobPath(file.digest);
    const said = await readLink(path);
    if (said !== undefined) {
      const target = resolve(dirname(path), said);
      if (dirname(target) !== this.place.blobs) return "foreign";
      return target === blob && await hasSize(blob, file.sizeBytes) ? "complete" : "wrong";
    }
    if (await somethingThere(path)) return "foreign";
    if (await hasSize(blob, file.sizeBytes)) return "blob";
    return await somethingThere(blob) ? "wrong" : "nothing";
  }

  /**
   * Holds the lock of bytes as other programs do while they fetch them, until it is disposed.
   *
   * @throws {ModelManagerError} `LOCKED`, `CANCELLED`, or `PERMISSION_ERROR`.
   */
  async lock(
    digest: Digest,
    options: {
      readonly waitMs: number;
      readonly signal?: AbortSignal | undefined;
      readonly onWait?: () => void;
    },
  ): Promise<AsyncDisposable> {
    const { hex } = digest;
    if (this.#held.has(hex)) return nothingHeld();
    await makeDirectory(this.place.locks);
    const clock = this.#clock === undefined ? {} : { clock: this.#clock };
    try {
      const lock = await acquirePlainLock(hfLockPath(this.place, hex), { ...options, ...clock });
      this.#held.add(hex);
      return {
        [Symbol.asyncDispose]: async () => {
          this.#held.delete(hex);
          await lock[Symbol.asyncDispose]();
        },
      };
    } catch (error) {
      // There are file systems without locks: then nobody has any, and all goes well without them.
      if (isModelManagerError(error) && error.code === "FAILED") return nothingHeld();
      throw error;
    }
  }

  /** For a moment; a program that is stuck with the lock in its hands stops nobody. */
  #brieflyLocked(digest: Digest): Promise<AsyncDisposable> {
    return this.lock(digest, { waitMs: LOCK_WAIT_MS }).catch((error) => {
      if (isModelManagerError(error) && error.code === "LOCKED") return nothingHeld();
      throw error;
    });
  }

  /**
   * Puts a complete and proved file into the snapshot.
   *
   * @returns its name there.
   * @throws {ModelManagerError} `FAILED` when something else has the name, or what the file system says.
   */
  async put(file: HfWantedFile, options: HfPutOptions): Promise<string> {
    await using _lock = await this.#brieflyLocked(file.digest);
    const path = this.pathOf(file.path);
    if (this.#symlinks) {
      const isNew = await this.#putBlob(file, options);
      await this.#point(path, { file, isNew, ...options });
      if (options.sync ?? true) await syncDirectory(dirname(path));
    } else await this.#moveTo(path, options);
    // A rename over another name of the same bytes does nothing at all.
    await removeFile(options.stagedPath);
    return path;
  }

  /**
   * Gives bytes that are in the cache a name in the snapshot, if they have none there.
   *
   * @returns whether a name was missing.
   */
  async point(file: HfWantedFile, options: Pick<HfPutOptions, "isSame">): Promise<boolean> {
    const path = this.pathOf(file.path);
    if (await fileFacts(path) !== undefined) return false;
    await using _lock = await this.#brieflyLocked(file.digest);
    await this.#point(path, { file, isNew: false, ...options, replace: true });
    return true;
  }

  /**
   * What belongs to a snapshot besides its files: the name of the revision, last of all, and the cache's own tag.
   *
   * @param revision Branch, tag, `refs/pr/N`, or a commit, which has no name.
   */
  async finish(revision: string): Promise<void> {
    await this.#writeTag();
    // Who finds the name must find all that it stands for, also after a power cut.
    await syncDirectory(this.place.blobs);
    await makeDirectory(join(this.place.snapshots, this.commit), { sync: true });
    const path = hfRefPath(this.place, revision);
    if (path === undefined || await readTextFileIfExists(path).catch(() => undefined) === this.commit) return;
    await makeDirectory(dirname(path), { sync: true });
    // Written elsewhere: whatever lies among the refs is taken for one.
    await makeDirectory(this.place.partial);
    const temporary = this.#temporaryPath();
    await writeFileAtomic(temporary, this.commit);
    await renameFile(temporary, path);
  }

  /** A cache without its tag is a cache all the same. */
  async #writeTag(): Promise<void> {
    const path = join(this.#directory, TAG_NAME);
    if (!await somethingThere(path)) await writeFileAtomic(path, TAG_TEXT).catch(() => {});
  }

  /** @returns whether nothing had the name, so that nothing can be a link to it. */
  async #putBlob({ digest }: HfWantedFile, options: HfPutOptions): Promise<boolean> {
    const { stagedPath, isSame, sync = true } = options;
    const blob = this.blobPath(digest);
    const isNew = !await somethingThere(blob);
    // Bytes that repositories share are as good as ours, and take no room.
    const isShared = await sharedTarget(blob, this.#directory) !== undefined;
    if (isShared && await isSame(blob)) {
      await removeFile(stagedPath);
      return false;
    }
    await renameFile(stagedPath, blob, { sync }).catch(async (error) => {
      if (!isNotFound(error)) throw error;
      await makeDirectory(this.place.blobs, { sync: true });
      await renameFile(stagedPath, blob, { sync });
    });
    return isNew;
  }

  async #point(
    path: string,
    how: Pick<HfPutOptions, "isSame" | "replace"> & { readonly file: HfWantedFile; readonly isNew: boolean },
  ): Promise<void> {
    const blob = this.blobPath(how.file.digest);
    const said = relative(dirname(path), blob);
    if (await readLink(path) === said) return;
    await makeDirectory(dirname(path));
    const made = this.#symlinks ? await makeSymlink(said, path) : "impossible";
    if (made === "made") return;
    if (made === "taken") return await this.#pointOver(path, { said, ...how });
    this.#symlinks = false;
    // Other snapshots may have been made where there were links, and lead to what was there before.
    if (how.isNew) {
      return await this.#moveTo(path, {
        stagedPath: blob,
        isSame: how.isSame,
        replace: how.replace ?? false,
      });
    }
    if (how.replace === true) await removeFile(path);
    await linkOrCopyFile(blob, path);
  }

  async #pointOver(
    path: string,
    how: Pick<HfPutOptions, "isSame" | "replace"> & { readonly said: string },
  ): Promise<void> {
    const isOurs = dirname(resolve(dirname(path), await readLink(path) ?? path)) === this.place.blobs;
    if (how.replace !== true && !isOurs) {
      if (await how.isSame(path)) return;
      throw inTheWay(path);
    }
    await makeDirectory(this.place.partial);
    const temporary = this.#temporaryPath();
    // A link can be moved to where it leads somewhere; so the name is never without bytes.
    const made = await makeSymlink(how.said, temporary);
    if (made !== "made") throw inTheWay(path);
    await renameFile(temporary, path, { sync: false });
  }

  /** A real file in the snapshot. */
  async #moveTo(path: string, options: HfPutOptions): Promise<void> {
    const { stagedPath, replace = false, sync = true, isSame } = options;
    await makeDirectory(dirname(path), { sync });
    if (replace) await renameFile(stagedPath, path, { sync });
    else if (!await renameFileIfFree(stagedPath, path, { sync })) {
      if (!await isSame(path)) throw inTheWay(path);
      await removeFile(stagedPath);
    }
  }

  #temporaryPath(): string {
    return join(this.place.partial, `.${crypto.randomUUID().slice(0, 8)}.tmp`);
  }
}

async function hasSize(path: string, sizeBytes: number): Promise<boolean> {
  const facts = await fileFacts(path);
  return facts?.isFile === true && facts.sizeBytes === sizeBytes;
}

function nothingHeld(): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => Promise.resolve() };
}

function inTheWay(path: string): ModelManagerError {
  return new ModelManagerError("FAILED", `A different file is in the way of "${basename(path)}": "${path}"`, {
    hints: ["Move it away, or replace it: run the same command with --force"],
  });
}
