/**
 * Files hashed again and compared with what the registry says of them.
 *
 * @module
 */
import { type Digest, type DigestAlgorithm, formatDigest } from "../base/digest.ts";
import { type ErrorData, isModelManagerError, throwIfAborted, toErrorData } from "../base/errors.ts";
import { fileFacts } from "../platform/directory.ts";
import { type FileWorkCall, type VerifyEvent, workOnFiles } from "./file_work.ts";

export type { VerifyEvent };

/** The state of one file after hashing it again. */
export interface VerifiedFile {
  /** The model it is of. */
  readonly repo: string;
  /** Absolute. */
  readonly path: string;
  /**
   * What hashing showed. `repaired`: it was corrupt or missing, and is right now. `unreadable`: the system does not let
   * us read it. `unproved`: no digest is known of it, and nothing in its structure speaks against it.
   */
  readonly status: "ok" | "corrupt" | "missing" | "repaired" | "unreadable" | "unproved";
  /** As `sha256:…` or `git-sha1:…`; `unknown` when no digest is known. */
  readonly expected: string;
  /** Absent when it was not worked out: a file of another size cannot be the right one. */
  readonly actual?: string;
  /** What is wrong with its structure, in a sentence; only where no digest is known. */
  readonly problem?: string;
  /** Bytes that came over the network for its repair. */
  readonly bytesFetched?: number;
  /** Why it could not be read or repaired. */
  readonly error?: ErrorData;
}

/** A file and what it has to be. */
export interface VerifiableFile {
  readonly repo: string;
  /** In the repository. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  /** What the bytes came from; `undefined` when that is not known. */
  readonly commit?: string | undefined;
}

/** A GGUF file of which no digest is known. */
export interface UnprovedFile {
  readonly repo: string;
  /** Absolute. */
  readonly path: string;
}

/** Works out a file's digest, in hexadecimal. */
export type FileHasher = (
  path: string,
  algorithm: DigestAlgorithm,
  options: { readonly signal: AbortSignal; readonly onProgress: (hashedBytes: number) => void },
) => Promise<string>;

/** How files are verified. */
export interface VerifyOptions {
  readonly hashFile: FileHasher;
  readonly signal?: AbortSignal | undefined;
  /** Files at once. @default {2} */
  readonly concurrency?: number;
}

/** What cannot be read is a result as well: the others are verified all the same. */
async function verifyFile(
  file: VerifiableFile,
  hashFile: FileHasher,
  { signal, report }: FileWorkCall,
): Promise<VerifiedFile> {
  const { repo, path, sizeBytes, digest } = file;
  const expected = formatDigest(digest);
  try {
    const facts = await fileFacts(path);
    if (facts === undefined) return { repo, path, status: "missing", expected };
    if (!facts.isFile || facts.sizeBytes !== sizeBytes) return { repo, path, status: "corrupt", expected };
    report(0);
    const hex = await hashFile(path, digest.algorithm, { signal, onProgress: report });
    report(sizeBytes);
    const actual = formatDigest({ algorithm: digest.algorithm, hex });
    return { repo, path, status: hex === digest.hex ? "ok" : "corrupt", expected, actual };
  } catch (error) {
    throwIfAborted(signal);
    if (!isModelManagerError(error) || error.code === "CANCELLED") throw error;
    // Somebody may have removed it while it was hashed.
    const isGone = await fileFacts(path).catch(() => null) === undefined;
    if (isGone) return { repo, path, status: "missing", expected };
    return { repo, path, status: "unreadable", expected, error: toErrorData(error) };
  }
}

/**
 * Hashes files and compares. Whoever stops reading stops the hashing.
 *
 * @returns one result a file, in their order.
 * @throws {ModelManagerError} `CANCELLED`
 */
export function verifyFiles(
  files: readonly VerifiableFile[],
  options: VerifyOptions,
): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined> {
  const { hashFile, signal, concurrency } = options;
  return workOnFiles(files, {
    type: "verifying",
    signal,
    concurrency,
    work: (file, call) => verifyFile(file, hashFile, call),
  });
}
