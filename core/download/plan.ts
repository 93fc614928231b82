/**
 * What a download has to do, decided from facts alone.
 *
 * @module
 */
import { formatByteSize } from "../base/byte_size.ts";
import type { Digest } from "../base/digest.ts";
import { ModelManagerError } from "../base/errors.ts";

/** The same bytes elsewhere on this machine, as far as names and sizes tell. */
export interface FileCopy {
  /** Absolute, without links on the way. */
  readonly path: string;
  /** `link`: the bytes get a second name, and take no more room. `copy`: they are copied. */
  readonly way: "link" | "copy";
}

/** What is known of one wanted file. */
export interface FileFacts {
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  /**
   * What has the file's final name: these very bytes, an older version that we put there, something that we did not,
   * or nothing.
   */
  readonly atTarget: "same" | "older" | "foreign" | "nothing";
  /** Bytes an earlier run left in the staged file. */
  readonly keptBytes: number;
  /** Where the bytes can be had without fetching them. */
  readonly copy?: FileCopy | undefined;
}

/** One file of a plan. */
export interface FilePlan extends FileFacts {
  /** `link` and `copy`: the bytes are on this machine, see {@link FileFacts.copy}. */
  readonly action: "present" | "link" | "copy" | "resume" | "fetch";
}

/** What is to be done, in order: large files first, so that small ones fill the gaps at the end. */
export interface DownloadPlan {
  readonly files: readonly FilePlan[];
  readonly totalBytes: number;
  /** Bytes to move. */
  readonly fetchBytes: number;
  /** Bytes there already: of present files, of copies elsewhere on this machine, and of earlier runs. */
  readonly heldBytes: number;
}

/** Facts about the place and the request. */
export interface PlanOptions {
  /** Fetch again what is there, and replace what is in the way. What an earlier run began is gone on with. */
  readonly force: boolean;
}

/**
 * Decides for each file: nothing to do, take it from elsewhere on this machine, go on, or fetch.
 *
 * @throws {ModelManagerError} `FAILED` when a file that is not ours is in the way.
 */
export function planDownload(facts: readonly FileFacts[], options: PlanOptions): DownloadPlan {
  const files = facts.map((file): FilePlan => {
    if (file.atTarget === "foreign" && !options.force) throw inTheWay(file);
    if (file.atTarget === "same" && !options.force) {
      return { ...file, keptBytes: file.sizeBytes, action: "present" };
    }
    if (file.copy !== undefined && !options.force) {
      return { ...file, keptBytes: file.sizeBytes, action: file.copy.way };
    }
    return { ...file, action: file.keptBytes > 0 ? "resume" : "fetch" };
  });
  files.sort((a, b) => b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : 1));
  return withSums(files);
}

function withSums(files: readonly FilePlan[]): DownloadPlan {
  const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const heldBytes = files.reduce((sum, file) => sum + file.keptBytes, 0);
  return { files, totalBytes, fetchBytes: totalBytes - heldBytes, heldBytes };
}

/** Whether its bytes come over the network. */
export function isFetched({ action }: Pick<FilePlan, "action">): boolean {
  return action === "fetch" || action === "resume";
}

/** Whether it is taken from elsewhere on this machine. */
export function isReused({ action }: Pick<FilePlan, "action">): boolean {
  return action === "link" || action === "copy";
}

/**
 * The plan without copies that turned out to be of no use: those files are fetched.
 *
 * @param paths Of the files in the repository.
 * @param keptBytesOf What an earlier run left of a file.
 */
export function withoutCopies(
  plan: DownloadPlan,
  paths: ReadonlySet<string>,
  keptBytesOf: (path: string) => number,
): DownloadPlan {
  if (paths.size === 0) return plan;
  return withSums(plan.files.map((file): FilePlan => {
    if (!isReused(file) || !paths.has(file.path)) return file;
    const keptBytes = keptBytesOf(file.path);
    return { ...file, copy: undefined, keptBytes, action: keptBytes > 0 ? "resume" : "fetch" };
  }));
}

function inTheWay(file: FileFacts): ModelManagerError {
  return new ModelManagerError("FAILED", `A different file is in the way of "${file.path}"`, {
    hints: ["Move it away, or replace it: mm pull REF --force"],
  });
}

/** What is known of a disk before something is written to it. */
export interface SpaceFacts {
  /** Bytes that everything planned is still to take. */
  readonly neededBytes: number;
  /** Bytes that other downloads are about to take. */
  readonly claimedBytes: number;
  /** `undefined` when the system does not tell: then nothing is refused. */
  readonly freeBytes: number | undefined;
  readonly reserveBytes: number;
  /** Where it was to go. */
  readonly folder: string;
}

/** Bytes that have to be freed before everything planned fits; 0 when it does, or when nobody knows. */
export function missingBytes(facts: Omit<SpaceFacts, "folder">): number {
  const { neededBytes, claimedBytes, freeBytes, reserveBytes } = facts;
  if (freeBytes === undefined || neededBytes === 0) return 0;
  return Math.max(0, neededBytes + claimedBytes + reserveBytes - freeBytes);
}

/**
 * Checks that everything planned fits on the disk, with the reserve left free.
 *
 * @throws {ModelManagerError} `INSUFFICIENT_SPACE` saying what is needed and what is there.
 */
export function checkSpace(facts: SpaceFacts): void {
  const { neededBytes, claimedBytes, freeBytes = 0, reserveBytes, folder } = facts;
  const missing = missingBytes(facts);
  if (missing === 0) return;
  const claimed = claimedBytes === 0
    ? ""
    : ` and ${formatByteSize(claimedBytes)} are for other downloads that are under way`;
  throw new ModelManagerError(
    "INSUFFICIENT_SPACE",
    `Not enough space in "${folder}": ${formatByteSize(neededBytes)} to download, ${
      formatByteSize(freeBytes)
    } free, of which ${formatByteSize(reserveBytes)} stay in reserve${claimed}; ` +
      `${formatByteSize(missing)} are missing`,
    {
      hints: [
        "Delete what interrupted downloads have left: mm cleanup",
        "See what takes space: mm list --sort size",
        "Choose another disk: --models-dir DIR, or a smaller quant: mm show REF",
      ],
    },
  );
}

/**
 * The error for a disk that has become full in the middle: what is still to come, and how much is missing for it.
 *
 * @param cause What the file system said.
 */
export function fullDiskError(facts: SpaceFacts, cause: ModelManagerError): ModelManagerError {
  const { neededBytes, freeBytes, reserveBytes, folder } = facts;
  const missing = missingBytes(facts);
  const room = freeBytes === undefined ? "" : `, ${formatByteSize(freeBytes)} free`;
  // A quota can be used up while the disk has room.
  const lacking = missing === 0
    ? ""
    : `, of which ${formatByteSize(reserveBytes)} stay in reserve; ${formatByteSize(missing)} are missing`;
  return new ModelManagerError(
    "INSUFFICIENT_SPACE",
    `No space left in "${folder}": ${formatByteSize(neededBytes)} still to download${room}${lacking}`,
    {
      hints: [
        "Delete what interrupted downloads have left: mm cleanup",
        "See what takes space: mm list --sort size",
        "Then run the same command again: it goes on with what has arrived",
      ],
      cause,
    },
  );
}
