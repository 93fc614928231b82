/**
 * Running digests of file contents, as the Hub computes them.
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import type { DigestAlgorithm } from "../base/digest.ts";

/**
 * A digest to be fed with a file's bytes in order. Git's needs the size beforehand: it hashes
 * `"blob " + size + "\0"` first.
 */
export function createFileDigest(algorithm: DigestAlgorithm, sizeBytes: number): Hash {
  if (algorithm === "sha256") return createHash("sha256");
  return createHash("sha1").update(`blob ${sizeBytes}\0`);
}
