/**
 * The pieces that a large file is proved by: the digests of its first 1, 2, 3, … pieces tell later in which of them
 * damage begins, and that bytes fetched in its place are right.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";
import type { DigestAlgorithm } from "../base/digest.ts";

const MIB = 1024 * 1024;
/** A piece is what has to be fetched again for one wrong byte. */
const MIN_PIECE_BYTES = MIB;
/** Longer than this no piece is. */
export const MAX_PIECE_BYTES = 64 * MIB;
/** Finer than this gains little: the state of a running hash is cheap, but it has to be kept. */
const PIECES_WANTED = 64;
/** A list of pieces is some kilobytes; what is much longer is not ours. */
const MAX_PIECES = 1_000_000;
const VERSION = 1;

/** Digests of a file's first 1, 2, 3, … pieces. */
export interface PieceDigests {
  readonly pieceBytes: number;
  /** Of the first `pieceBytes` × (index + 1) bytes, hexadecimal; the whole file is not among them. */
  readonly prefixes: readonly string[];
}

/** How long the pieces of a file are: a power of two from 1 to 64 MiB. */
export function pieceBytesOf(sizeBytes: number): number {
  let pieceBytes = MIN_PIECE_BYTES;
  while (pieceBytes < MAX_PIECE_BYTES && pieceBytes * PIECES_WANTED < sizeBytes) pieceBytes *= 2;
  return pieceBytes;
}

/** How many pieces a file has; the last one may be shorter. */
export function pieceCount(sizeBytes: number, pieceBytes: number): number {
  return Math.ceil(sizeBytes / pieceBytes);
}

/** The bytes of the piece with this number, from 0. */
export function pieceRange(
  piece: number,
  file: { readonly sizeBytes: number; readonly pieceBytes: number },
): ByteRange {
  const start = piece * file.pieceBytes;
  return { start, end: Math.min(start + file.pieceBytes, file.sizeBytes) };
}

/** Pieces as text, to be kept beside a file. */
export function formatPieces(pieces: PieceDigests): string {
  return JSON.stringify({ version: VERSION, pieceBytes: pieces.pieceBytes, prefixes: pieces.prefixes });
}

/** Pieces from their text; `undefined` when it is damaged, of another version, or of a file of another size. */
export function parsePieces(
  text: string,
  file: { readonly sizeBytes: number; readonly algorithm: DigestAlgorithm },
): PieceDigests | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof raw !== "object" || raw === null) return undefined;
  const { version, pieceBytes, prefixes } = raw as Record<string, unknown>;
  if (version !== VERSION || typeof pieceBytes !== "number" || !Number.isSafeInteger(pieceBytes)) {
    return undefined;
  }
  if (pieceBytes < MIN_PIECE_BYTES || !Array.isArray(prefixes) || prefixes.length > MAX_PIECES) {
    return undefined;
  }
  const hex = file.algorithm === "sha256" ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/;
  const digests: string[] = [];
  for (const prefix of prefixes) {
    if (typeof prefix !== "string" || !hex.test(prefix)) return undefined;
    digests.push(prefix);
  }
  if (digests.length !== pieceCount(file.sizeBytes, pieceBytes) - 1) return undefined;
  return { pieceBytes, prefixes: digests };
}
