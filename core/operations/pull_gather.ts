/**
 * The bytes of a file, taken from elsewhere on this machine and proved.
 *
 * A second name is proved after it was given: whatever happens to the first one then, these are the bytes.
 *
 * @module
 */
import { isModelManagerError } from "../base/errors.ts";
import type { FileEvent } from "../download/events.ts";
import { PieceHash } from "../download/piece_hash.ts";
import { parsePieces, pieceBytesOf, type PieceDigests } from "../download/pieces.ts";
import type { FilePlan } from "../download/plan.ts";
import { readTextFileIfExists } from "../platform/atomic_file.ts";
import { fileFacts } from "../platform/directory.ts";
import { copyBytes, syncFile } from "../platform/file_copies.ts";
import { linkFile } from "../platform/links.ts";
import type { OperationContext } from "./context.ts";
import { hashPieces } from "./hash_file.ts";
import type { UsableCopy } from "./pull_copies.ts";
import { hasPieces } from "./pull_transfer.ts";

/** What is gathered. */
export interface Gathering {
  readonly context: Pick<OperationContext, "clock" | "machinery">;
  readonly file: FilePlan;
  readonly signal: AbortSignal;
  readonly emit: (event: FileEvent) => void;
}

/** Why a copy is of no use. */
export type Refusal =
  | { readonly reason: "wrong-bytes" }
  | { readonly reason: "no-link" }
  | { readonly reason: "failed"; readonly message: string };

/** Brings the bytes into the folder of partial data, and proves them. */
export async function gatherBytes(
  work: Gathering,
  { copy, stagedPath }: { readonly copy: UsableCopy; readonly stagedPath: string },
): Promise<Refusal | { readonly pieces: PieceDigests | undefined }> {
  try {
    return copy.way === "copy"
      ? await gatherCopy(work, { copy, stagedPath })
      : await gatherLink(work, { copy, stagedPath });
  } catch (error) {
    // Whatever is wrong with the copy, the Hub has the file; but for what fetching it would fail with, too.
    if (!isModelManagerError(error) || error.code === "CANCELLED" || error.code === "INSUFFICIENT_SPACE") {
      throw error;
    }
    return { reason: "failed", message: error.message };
  }
}

async function gatherLink(
  work: Gathering,
  { copy, stagedPath }: { readonly copy: UsableCopy; readonly stagedPath: string },
): Promise<Refusal | { readonly pieces: PieceDigests | undefined }> {
  if (await linkFile(copy.path, stagedPath, { symbolic: false }) !== "hard") {
    return { reason: "no-link" };
  }
  const before = await fileFacts(stagedPath);
  const isSame = before?.sizeBytes === copy.sizeBytes && before.modifiedAtMs === copy.modifiedAtMs;
  if (copy.isProved && isSame) return { pieces: await piecesOf(work, copy) };
  const { digest, sizeBytes, path } = work.file;
  const pieceBytes = pieceBytesOf(sizeBytes);
  const counts = { file: path, receivedBytes: sizeBytes, totalBytes: sizeBytes };
  const { digestHex, prefixDigests } = await hashPieces(work.context, {
    path: stagedPath,
    algorithm: digest.algorithm,
    pieceBytes,
  }, {
    signal: work.signal,
    onProgress: (verifiedBytes) => work.emit({ type: "verifying", ...counts, verifiedBytes }),
  });
  const after = await fileFacts(stagedPath);
  // Somebody who writes into it while it is hashed proves nothing of it.
  if (digestHex !== digest.hex || after?.modifiedAtMs !== before?.modifiedAtMs) {
    return { reason: "wrong-bytes" };
  }
  await syncFile(stagedPath);
  return { pieces: { pieceBytes, prefixes: prefixDigests } };
}

/** Those that were taken down when it was fetched. */
async function piecesOf({ file }: Gathering, copy: UsableCopy): Promise<PieceDigests | undefined> {
  if (copy.piecesPath === undefined || !hasPieces(file)) return undefined;
  const text = await readTextFileIfExists(copy.piecesPath).catch(() => undefined);
  return text === undefined
    ? undefined
    : parsePieces(text, { sizeBytes: file.sizeBytes, algorithm: file.digest.algorithm });
}

async function gatherCopy(
  work: Gathering,
  { copy, stagedPath }: { readonly copy: UsableCopy; readonly stagedPath: string },
): Promise<Refusal | { readonly pieces: PieceDigests | undefined }> {
  const { file, signal, emit } = work;
  const counts = { file: file.path, receivedBytes: file.sizeBytes, totalBytes: file.sizeBytes };
  const hash = new PieceHash(file);
  await copyBytes(copy.path, stagedPath, {
    signal,
    onBytes(bytes) {
      hash.update(bytes);
      const { hashedBytes } = hash;
      if (hashedBytes <= file.sizeBytes) emit({ type: "verifying", ...counts, verifiedBytes: hashedBytes });
    },
  });
  const { digestHex, pieces } = hash.finish();
  return digestHex === file.digest.hex ? { pieces } : { reason: "wrong-bytes" };
}
