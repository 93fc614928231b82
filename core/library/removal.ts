/**
 * What goes with a model when it is removed.
 *
 * @module
 */
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import type { Clock } from "../base/clock.ts";
import { isModelManagerError, ModelManagerError } from "../base/errors.ts";
import {
  fileFacts,
  freedBytes,
  readDirectory,
  realPathOf,
  removeEmptyDirectories,
  removeFile,
} from "../platform/directory.ts";
import {
  acquireFileLock,
  describeOwner,
  type FileLock,
  lockHints,
  type LockOwner,
  readLockOwner,
} from "../platform/file_lock.ts";
import { findLockHolder } from "../platform/lock_state.ts";
import { readLink } from "../platform/symlinks.ts";
import { clearDeadRuns } from "./dead_runs.ts";
import { filePath, modelFolder, partialFolder } from "./layout.ts";
import { type ModelEntry, registeredDigest, type RegisteredFile, UNKNOWN_COMMIT } from "./model_entry.ts";
import type { PartialFile } from "./partials.ts";

/** Files to delete. */
export interface Removal {
  /** Absolute paths of the model's files that are there. */
  readonly paths: readonly string[];
  /** What deleting all of it gives back to the disk. */
  readonly bytesFreed: number;
  /** Of files whose bytes stay, because they have another name or are somebody else's. Left out when there are none. */
  readonly bytesElsewhere?: number;
  /** Absolute paths of what is kept beside them: partial data, journals, piece digests. */
  readonly leftovers: readonly string[];
  /** What deleting each of them gives back, in their order: paths, then leftovers. */
  readonly freed: readonly { readonly path: string; readonly bytes: number }[];
  /** No other entry has files of the repository, so its folder goes too. */
  readonly lastOfRepo: boolean;
}

/** What a removal is worked out from. */
export interface RemovalFacts {
  /** What goes. */
  readonly entry: ModelEntry;
  /** What stays: registered entries, and models that were begun. */
  readonly others: readonly ModelEntry[];
  /** What was begun of the model. */
  readonly partials: readonly PartialFile[];
  /** Whether the entry is in the registry; otherwise what has the final name of a partial file is not ours. */
  readonly registered: boolean;
  /** Absolute paths that go with another model already. */
  readonly gone?: ReadonlySet<string>;
}

/** Names of everything that we put into the folder of partial data; the digest is in the first group. */
const OURS = /^\.?([0-9a-f]{40,64})(?:\.(?:part|journal|synced|pieces|bad|lock|tmp|[0-9a-f]{8}))+$/;
const LOCKED_DATA = /^([0-9a-f]{64}|[0-9a-f]{40})\.(?:part|lock)$/;

/** Which files of an entry nobody else uses. */
function ownFiles(entry: ModelEntry, ofRepo: readonly ModelEntry[]): RegisteredFile[] {
  const shared = new Set(ofRepo.flatMap((other) => other.metadata.files.map((file) => file.path)));
  return entry.metadata.files.filter((file) => !shared.has(file.path));
}

function digestsOf(files: readonly RegisteredFile[]): string[] {
  return files.flatMap((file) => registeredDigest(file)?.hex ?? []);
}

/**
 * Works out what removing an entry deletes; nothing is touched.
 *
 * @throws {ModelManagerError} `FAILED` for files that somebody has put elsewhere and linked a folder to.
 */
export async function planRemoval(modelsDir: string, facts: RemovalFacts): Promise<Removal> {
  const { entry, partials, registered } = facts;
  const place = { modelsDir, repo: entry.metadata.repo };
  const ofRepo = facts.others.filter((other) => other.metadata.repo === place.repo);
  const own = ownFiles(entry, ofRepo);
  const begun = new Set(partials.map((partial) => partial.path));
  const paths: string[] = [];
  const leftovers: string[] = [];
  const freed: { readonly path: string; readonly bytes: number }[] = [];
  let bytesElsewhere = 0;
  const add = async (path: string, to: string[]): Promise<void> => {
    const found = await fileFacts(path);
    // A link goes as well when what it leads to is gone: nobody would find it later.
    const isDangling = found === undefined && await readLink(path) !== undefined;
    if ((found?.isFile !== true && !isDangling) || facts.gone?.has(path)) return;
    to.push(path);
    if (found === undefined) {
      freed.push({ path, bytes: 0 });
      return;
    }
    const isLink = (await fileFacts(path, { followLinks: false }))?.isFile !== true;
    if (isLink || found.linkCount > 1) bytesElsewhere += found.sizeBytes;
    freed.push({ path, bytes: isLink ? 0 : freedBytes(found) });
  };
  for (const file of own) {
    if (file.commit === UNKNOWN_COMMIT) await requireInside(modelsDir, filePath(place, file.path));
    if (registered || !begun.has(file.path)) await add(filePath(place, file.path), paths);
  }
  const ownPaths = new Set(own.map((file) => file.path));
  const hexes = new Set([
    ...digestsOf(own),
    ...partials.filter((partial) => ownPaths.has(partial.path)).map((partial) => partial.digest.hex),
  ]);
  for (const hex of digestsOf(ofRepo.flatMap((other) => other.metadata.files))) hexes.delete(hex);
  const lastOfRepo = ofRepo.length === 0;
  const folder = partialFolder(place);
  for (const { name } of await readDirectory(folder)) {
    const hex = OURS.exec(name)?.[1];
    if (hex === undefined || (!lastOfRepo && !hexes.has(hex))) continue;
    await add(join(folder, name), leftovers);
  }
  const bytesFreed = freed.reduce((sum, { bytes }) => sum + bytes, 0);
  const elsewhere = bytesElsewhere === 0 ? {} : { bytesElsewhere };
  return { paths, bytesFreed, ...elsewhere, leftovers, freed, lastOfRepo };
}

/** What we have put behind a link is ours to delete; what was found there is not. */
async function requireInside(modelsDir: string, path: string): Promise<void> {
  const folder = dirname(path);
  const real = await realPathOf(folder).catch(() => folder);
  const inside = relative(await realPathOf(modelsDir).catch(() => modelsDir), real);
  if (inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return;
  throw new ModelManagerError("FAILED", `"${path}" lies outside of the library, in "${real}"`, {
    hints: ["Delete it there, or take away the link; then run the same command again"],
  });
}

/**
 * Deletes what was planned, and the folders that are empty then.
 *
 * @throws {ModelManagerError} `LOCKED`, before anything is deleted, when another process is downloading a file of it.
 */
export async function carryOutRemoval(modelsDir: string, entry: ModelEntry, removal: Removal): Promise<void> {
  const place = { modelsDir, repo: entry.metadata.repo };
  await using stack = new AsyncDisposableStack();
  for (const path of lockPaths(removal)) {
    const lock = await lockFor(path, entry);
    stack.defer(async () => {
      await lock.discard();
      await lock[Symbol.asyncDispose]();
      // Only now is there nothing left in the folder.
      await removeEmptyDirectories(dirname(path), modelsDir);
    });
  }
  for (const path of [...removal.paths, ...removal.leftovers.filter((path) => !path.endsWith(".lock"))]) {
    await removeFile(path);
  }
  if (removal.lastOfRepo) {
    const folder = partialFolder(place);
    await removeFile(join(folder, "lock"));
    await clearDeadRuns(folder, (await readDirectory(folder)).map((entry) => entry.name));
  }
  await removeEmptyDirectories(partialFolder(place), modelsDir);
  for (const path of removal.paths) await removeEmptyDirectories(dirname(path), modelsDir);
  await removeEmptyDirectories(modelFolder(place), modelsDir);
}

/** Data that is being downloaded is locked by its digest; there may be no lock file any more. */
function lockPaths({ leftovers }: Removal): string[] {
  const paths = leftovers.flatMap((path) => {
    const folder = dirname(path);
    const hex = LOCKED_DATA.exec(path.slice(folder.length + 1))?.[1];
    return hex === undefined ? [] : [join(folder, `${hex}.lock`)];
  });
  return [...new Set(paths)].sort();
}

/**
 * Makes sure that nobody is downloading what a removal would delete, as far as looking can tell.
 *
 * @param model.name As a reference.
 * @throws {ModelManagerError} `LOCKED` naming the owner.
 */
export async function requireFree(
  removal: Removal,
  model: { readonly name: string; readonly clock: Clock },
): Promise<void> {
  for (const path of lockPaths(removal)) {
    const owner = await findLockHolder(path, model.clock);
    if (owner !== undefined) throw busyError(model.name, owner);
  }
}

function busyError(name: string, owner: LockOwner | undefined, cause?: unknown): ModelManagerError {
  return new ModelManagerError(
    "LOCKED",
    `Cannot remove "${name}": ${describeOwner(owner)} is downloading it`,
    {
      hints: lockHints(owner),
      retryable: true,
      cause,
    },
  );
}

async function lockFor(path: string, entry: ModelEntry): Promise<FileLock> {
  try {
    return await acquireFileLock(path);
  } catch (error) {
    if (!isModelManagerError(error) || error.code !== "LOCKED") throw error;
    throw busyError(entry.modelId, await readLockOwner(path), error);
  }
}
