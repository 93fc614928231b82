/**
 * Failures of a pull in the words of a sync.
 *
 * @module
 */
import type { ErrorData } from "../base/errors.ts";
import type { Manifest } from "../library/manifest.ts";
import type { LockedModel } from "../library/manifest_lock.ts";
import { isChangedFile } from "./pull_facts.ts";
import type { PullResult } from "./pull_request.ts";

const CONTRADICTION = /^The Hub contradicts itself about (.+): its file is (.+), its list says (.+)$/s;

/** The same failure in the words of a sync. */
export function explained(
  result: PullResult,
  { locked, manifest }: { readonly locked: readonly LockedModel[] | undefined; readonly manifest: Manifest },
): PullResult {
  const { error } = result;
  if (error === undefined) return result;
  // What is here is not what is wanted: damage, unless somebody meant it.
  if (isChangedFile(error)) return { ...result, error: { ...error, code: "CHECKSUM_MISMATCH" } };
  // The Hub's file has another digest, or another length, than the list that it was asked by, which is the lock.
  const isOther = error.code === "CHECKSUM_MISMATCH" || CONTRADICTION.test(error.message);
  if (isOther && locked !== undefined) {
    return { ...result, error: lockMismatch(result.reference, error) };
  }
  if (error.code === "QUOTA_EXCEEDED" && manifest.settings.maxTotalBytes !== undefined) {
    const hints = [
      "Allow more: set settings.max_total_size of the manifest, and cleanup.max_total_size where that is lower",
      "Choose yourself what goes: mm list --sort size, then mm remove REF",
    ];
    return { ...result, error: { ...error, hints } };
  }
  return result;
}

function lockMismatch(reference: string, error: ErrorData): ErrorData {
  return {
    ...error,
    code: "CHECKSUM_MISMATCH",
    message: `The bytes of "${reference}" are not those of the lock`,
    hints: [
      "Look at what has changed in the lock: git diff",
      "Take what the Hub has now, when that is meant: mm lock, then mm sync --frozen",
    ],
    causes: [
      error.message.replace(CONTRADICTION, "$1: the Hub has $2, and the lock says $3"),
      ...error.causes,
    ],
  };
}
