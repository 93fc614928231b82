/**
 * Standard output that cannot be written: a full disk behind it is no fault of the program.
 *
 * @module
 */
import { type ErrorCode, ModelManagerError } from "../core/base/errors.ts";

const REASONS: Readonly<Record<string, readonly [code: ErrorCode, reason: string]>> = {
  ENOSPC: ["INSUFFICIENT_SPACE", "the disk is full"],
  EDQUOT: ["INSUFFICIENT_SPACE", "the disk quota is used up"],
  EFBIG: ["INSUFFICIENT_SPACE", "the file cannot become larger"],
  EBADF: ["FAILED", "it is not open for writing"],
  EIO: ["FAILED", "the device behind it reports an error"],
};

/** What the system says of a write to standard output, as an error of ours: `INSUFFICIENT_SPACE` or `FAILED`. */
export function outputFailure(error: unknown): ModelManagerError {
  const systemCode = error instanceof Error && "code" in error ? String(error.code) : "";
  const text = error instanceof Error ? error.message : String(error);
  const [code, reason] = REASONS[systemCode] ??
    ["FAILED", text.replace(/ \(os error \d+\)$|\.$/, "")] as const;
  return new ModelManagerError(code, `Cannot write to standard output: ${reason}`, {
    hints: [
      code === "INSUFFICIENT_SPACE"
        ? "Look for space, or send the output elsewhere: df -h"
        : "Send the output elsewhere, such as: mm list > FILE",
    ],
    cause: error,
  });
}
