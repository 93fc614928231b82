/**
 * The JSON documents of importing and linking.
 *
 * @module
 */
import type { ImportReport, LinkReport } from "../../core/operations/model_manager.ts";

/** Of `mm import`; the SHA-256 stands alone, as in the other documents. */
export function importDocument(report: ImportReport, request: { readonly dryRun?: boolean }): unknown {
  const { sources, files, bytesSaved, bytesCopied } = report;
  return {
    sources,
    files: files.map(({ digest, error, ...file }) => ({
      ...file,
      sha256: digest?.algorithm === "sha256" ? digest.hex : undefined,
      gitSha1: digest?.algorithm === "git-sha1" ? digest.hex : undefined,
      ...(error === undefined ? {} : { error }),
    })),
    bytesSaved,
    bytesCopied,
    dryRun: request.dryRun === true,
  };
}

/** Of `mm link`. */
export function linkDocument(report: LinkReport, request: { readonly dryRun?: boolean }): unknown {
  return { ...report, dryRun: request.dryRun === true };
}
