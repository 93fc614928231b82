/**
 * Digests of small files, worked out in this thread.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { DigestAlgorithm } from "../../../core/base/digest.ts";

/** The digest of a file in hexadecimal. */
export async function inProcessHash(path: string, algorithm: DigestAlgorithm): Promise<string> {
  const bytes = await readFile(path);
  const hash = algorithm === "sha256"
    ? createHash("sha256")
    : createHash("sha1").update(`blob ${bytes.length}\0`);
  return hash.update(bytes).digest("hex");
}
