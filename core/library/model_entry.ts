/**
 * The words of the library and its registry.
 *
 * @module
 */
import type { Digest } from "../base/digest.ts";

/** What a model is for, in the registry's words. */
export type ModelType =
  | "text-generation"
  | "text-to-image"
  | "image-to-text"
  | "audio-to-text"
  | "text-to-audio"
  | "embedding"
  | "classification"
  | "other";

/** Where a model in the registry stands. */
export type ModelStatus = "downloading" | "available" | "error" | "deleted" | "pending";

/** The commit of files that were found on disk, not downloaded by us. */
export const UNKNOWN_COMMIT = "unknown";

/** A file of a model as the registry records it. */
export interface RegisteredFile {
  /** In the repository, with `/`. */
  readonly path: string;
  /** Of the whole file. */
  readonly sizeBytes: number;
  /** 64 hexadecimal digits; absent for a file whose bytes have not been proved. */
  readonly sha256?: string;
  /** Git's blob SHA-1: 40 hexadecimal digits; instead for small files of the Hub, besides for those put here by hand. */
  readonly gitSha1?: string;
  /** The commit the bytes came from: 40 hexadecimal digits, or {@link UNKNOWN_COMMIT}. */
  readonly commit: string;
  /** ISO 8601, UTC. */
  readonly downloadDate: string;
  /** The file's time on disk when it was registered, in milliseconds since 1970; another one means it was changed. */
  readonly modifiedAtMs?: number;
  /** Where the digests of the file's pieces are, relative to the model's folder. */
  readonly pieces?: string;
  /** Hashing has shown that it has other bytes than it should. Gone when it is hashed well again or replaced. */
  readonly damaged?: true;
}

/** What the registry knows of a model beyond its name. Fields of other programs are kept. */
export interface ModelMetadata {
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** The branch or tag that was asked for. */
  readonly revision: string;
  /** 40 hexadecimal digits, or {@link UNKNOWN_COMMIT}. */
  readonly commit: string;
  /** The quantization label, such as `Q4_K_M`; `null` when the files carry none. */
  readonly quant: string | null;
  /** Not everybody could see the repository when it was pulled. Left out when everybody could. */
  readonly private?: boolean;
  /** Not everybody could have its files when it was pulled. Left out when everybody could. */
  readonly gated?: boolean;
  /** Not one quant, but everything that the repository had: what is added to it later belongs to the model, too. */
  readonly whole?: boolean;
  /** In no order. */
  readonly files: readonly RegisteredFile[];
}

/** One model of the registry: what a person picked, with all its files. */
export interface ModelEntry {
  /** `org/name`, `org/name:Q4_K_M`, or `org/name:path/in/repo` for one file without a label of its own. */
  readonly modelId: string;
  /** What it is for. */
  readonly modelType: ModelType;
  /** The model's folder, relative to the models directory, with `/`. */
  readonly path: string;
  /** Where it stands, as far as the registry knows. */
  readonly status: ModelStatus;
  /** The commit of the newest files. */
  readonly version: string;
  /** All files together. */
  readonly sizeBytes: number;
  /** Of the newest file; ISO 8601, UTC. */
  readonly downloadDate: string;
  /** Kept as it is: neither a quota nor an update takes it away. Left out when it is not. */
  readonly pinned?: boolean;
  /** When it was last pulled although it was there; ISO 8601, UTC. Reading its files shows on the disk instead. */
  readonly lastUsedAt?: string;
  /** Its files, where they came from, and what others have noted. */
  readonly metadata: ModelMetadata;
}

/** A file in the library. */
export interface LibraryFile {
  /** In the repository, with `/`. */
  readonly path: string;
  /** All files together. */
  readonly sizeBytes: number;
  /** `undefined` for a file that was found on disk and has not been proved. */
  readonly digest: Digest | undefined;
}

/**
 * A model in the library, one entry a unit.
 *
 * Its status is `error` when a file is damaged or missing, shards included that the names of the others promise, and
 * `downloading` when something of it was begun and is not complete.
 */
export interface LibraryModel {
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** The branch or tag that was asked for. */
  readonly revision: string;
  /** 40 hexadecimal digits; `undefined` for files that were found on disk, not downloaded. */
  readonly commit: string | undefined;
  /** The quantization label, when the files carry one. */
  readonly quant: string | undefined;
  /** What it is for. */
  readonly modelType: ModelType;
  /** Where it stands. */
  readonly status: ModelStatus;
  /** All files together; of a model that is `downloading`, those that were begun. */
  readonly sizeBytes: number;
  /** Bytes that are there of a model that is `downloading`; otherwise left out. */
  readonly receivedBytes?: number;
  /** Absolute path of the model's folder. */
  readonly path: string;
  /** In the order of their names. */
  readonly files: readonly LibraryFile[];
  /** ISO 8601, UTC. */
  readonly downloadDate: string;
  /** A quota does not delete it, and an update does not replace it. */
  readonly pinned: boolean;
  /**
   * When it was last downloaded, asked for by a pull, or read by any program, as far as the file system keeps that;
   * hashing does not count. ISO 8601, UTC.
   */
  readonly lastUsedAt: string;
  /** `undefined` until an update check has been made. */
  readonly update: "up to date" | "update available" | "removed upstream" | "pinned" | undefined;
}

/** What to list. */
export interface ListQuery {
  /** Where it stands. */
  readonly status?: ModelStatus;
  /** Only models of this type. */
  readonly type?: ModelType;
  /** Only models whose `org/name` or quant has this in it, or fits this pattern; case does not count. */
  readonly name?: string;
  /** What comes first. @default {"name"} */
  readonly sort?: "name" | "size" | "date";
}

/** Whether a file is registered with a digest, of whichever kind that is. */
export function hasDigest(file: Pick<RegisteredFile, "sha256" | "gitSha1">, digest: Digest): boolean {
  return (digest.algorithm === "sha256" ? file.sha256 : file.gitSha1) === digest.hex;
}

/** The stronger of the digests that are known of a file; `undefined` when none is. */
export function registeredDigest(file: Pick<RegisteredFile, "sha256" | "gitSha1">): Digest | undefined {
  if (file.sha256 !== undefined) return { algorithm: "sha256", hex: file.sha256 };
  if (file.gitSha1 !== undefined) return { algorithm: "git-sha1", hex: file.gitSha1 };
  return undefined;
}
