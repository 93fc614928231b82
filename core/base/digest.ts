/**
 * Content digests as the Hub names files by: SHA-256 for large files, git blob SHA-1 for small ones.
 *
 * @module
 */

/** `sha256` of the bytes, or `git-sha1`: SHA-1 over `"blob " + length + "\0" + bytes`. */
export type DigestAlgorithm = "sha256" | "git-sha1";

/** What a file's bytes must hash to. */
export interface Digest {
  /** How the bytes are hashed. */
  readonly algorithm: DigestAlgorithm;
  /** Lower-case hexadecimal: 64 digits for `sha256`, 40 for `git-sha1`. */
  readonly hex: string;
}

/**
 * A digest from a hexadecimal text such as an ETag; the length tells the algorithm.
 *
 * @returns `undefined` for anything else, among it the row of `*` that the Hub shows for gated files.
 */
export function parseDigest(text: string): Digest | undefined {
  if (/^[0-9a-f]{64}$/.test(text)) return { algorithm: "sha256", hex: text };
  if (/^[0-9a-f]{40}$/.test(text)) return { algorithm: "git-sha1", hex: text };
  return undefined;
}

/** Whether both name the same bytes. */
export function sameDigest(a: Digest, b: Digest): boolean {
  return a.algorithm === b.algorithm && a.hex === b.hex;
}

/** `sha256:5891b5…` in full, for messages and files. */
export function formatDigest(digest: Digest): string {
  return `${digest.algorithm}:${digest.hex}`;
}
