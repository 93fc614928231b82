/**
 * Failures of the disk that the state is on, with the advice that helps there: the state has a place of its own, so that
 * room in the library or another `--models-dir` is of no use to it.
 *
 * @module
 */
import { dirname } from "node:path";
import { isModelManagerError, ModelManagerError } from "../base/errors.ts";
import { isMissingRight, isSystemError } from "./file_system_error.ts";

/** How the state is put somewhere else. */
export const OTHER_STATE_HINT = "Or keep the state elsewhere: export MM_STATE_DIR=DIR";

/** The same failure with advice for the place of the state; anything else as it is. */
export function explainStateFailure(error: unknown, path: string): unknown {
  if (!isModelManagerError(error)) return error;
  const look = lookAt(error, dirname(path));
  if (look === undefined) return error;
  return new ModelManagerError(error.code, error.message, {
    hints: [look, OTHER_STATE_HINT],
    cause: error.cause ?? error,
  });
}

function lookAt(error: ModelManagerError, folder: string): string | undefined {
  if (error.code === "INSUFFICIENT_SPACE") {
    return `Look for space on the disk of the state: df -h "${folder}"`;
  }
  // Without the right, no other folder helps.
  if (error.code === "PERMISSION_ERROR" && !isMissingRight(error)) {
    return `Check who owns it, and how it is mounted: ls -ld "${folder}"`;
  }
  const isNoFolder = ["ENOENT", "ENOTDIR", "EEXIST", "ELOOP", "ENAMETOOLONG"].some((code) =>
    isSystemError(error, code)
  );
  return error.code === "FAILED" && isNoFolder
    ? `Look at what is there: ls -la "${dirname(folder)}"`
    : undefined;
}
