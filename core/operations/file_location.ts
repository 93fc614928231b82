/**
 * Where a file's bytes are just now, when the Hub stands by what it has said of them.
 *
 * @module
 */
import { type Digest, formatDigest, sameDigest } from "../base/digest.ts";
import { ModelManagerError } from "../base/errors.ts";
import type { LocateOptions, SourceLocation } from "../download/source_file.ts";
import type { HubClient } from "../hub/client.ts";
import type { OperationContext } from "./context.ts";

/** A file whose digest is known. */
export interface LocatedFile extends LocateOptions {
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
}

/**
 * Asks the Hub for the place of a file.
 *
 * @throws {ModelManagerError} What the Hub refuses it with, `CHECKSUM_MISMATCH` when it has a file with another digest
 * there than its list, or the registry, says, and `FAILED` when it has another length.
 */
export async function locateProved(
  context: Pick<OperationContext, "userAgent">,
  hub: HubClient,
  file: LocatedFile,
): Promise<SourceLocation> {
  const { repo, commit, path, signal, unreachable } = file;
  const location = await hub.locateFile(repo, commit, path, { signal, unreachable });
  const { digest, sizeBytes } = location;
  const changed = digest !== undefined && digest.algorithm === file.digest.algorithm &&
    !sameDigest(digest, file.digest);
  if (changed || (sizeBytes !== undefined && sizeBytes !== file.sizeBytes)) {
    const stated = digest === undefined ? `${sizeBytes} bytes` : formatDigest(digest);
    throw new ModelManagerError(
      changed ? "CHECKSUM_MISMATCH" : "FAILED",
      `The Hub contradicts itself about "${path}" of "${repo}": its file is ${stated}, its list says ` +
        `${formatDigest(file.digest)}, ${file.sizeBytes} bytes`,
      { hints: ["Run the same command again in a while"] },
    );
  }
  const headers = { "user-agent": context.userAgent, ...location.headers };
  return { url: location.url, headers, expiresAt: location.expiresAt };
}
