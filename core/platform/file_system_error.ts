/**
 * Errors of the file system in words that a person can act on.
 *
 * @module
 */
import { dirname, isAbsolute, join, sep } from "node:path";
import { type ErrorCode, isModelManagerError, ModelManagerError } from "../base/errors.ts";
import { type MissingRight, missingRight, missingRightHints } from "../base/missing_right.ts";

interface Reason {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint?: string;
  /** Advice besides. */
  readonly more?: readonly string[];
}

/** By the system's own name of the error, which Deno and Node give alike. */
const REASONS: Readonly<Record<string, Reason>> = {
  EACCES: { code: "PERMISSION_ERROR", reason: "permission denied", hint: "Check who owns it: ls -ld PATH" },
  EPERM: {
    code: "PERMISSION_ERROR",
    reason: "the operation is not permitted",
    hint: "Check who owns it: ls -ld PATH",
  },
  EROFS: {
    code: "PERMISSION_ERROR",
    reason: "the file system is read-only",
    hint: "Choose another folder with --models-dir DIR",
  },
  ENOSPC: {
    code: "INSUFFICIENT_SPACE",
    reason: "the disk is full",
    hint: "Look for space: df -h PATH, then mm cleanup and mm list --sort size",
  },
  EDQUOT: {
    code: "INSUFFICIENT_SPACE",
    reason: "the disk quota is used up",
    hint: "Look for space: quota -s, then mm cleanup and mm list --sort size",
  },
  EFBIG: {
    code: "INSUFFICIENT_SPACE",
    reason: "the file system cannot hold a file of this size",
    hint: "Choose a folder on another disk with --models-dir DIR",
  },
  // Never NOT_FOUND, which is for models: what is missing here was there a moment ago, or ought to be.
  ENOENT: { code: "FAILED", reason: "it does not exist" },
  ENOTDIR: { code: "FAILED", reason: "a file is where a folder was wanted" },
  EISDIR: { code: "FAILED", reason: "a folder is where a file was wanted" },
  EEXIST: { code: "FAILED", reason: "something of that name is there already" },
  ENOTEMPTY: { code: "FAILED", reason: "the folder is not empty" },
  ENAMETOOLONG: {
    code: "FAILED",
    reason: "the name is too long for this file system",
    hint: "Choose a folder with a shorter path with --models-dir DIR",
  },
  EXDEV: { code: "FAILED", reason: "the two places are on different disks" },
  EMFILE: { code: "FAILED", reason: "too many files are open", hint: "Raise the limit: ulimit -n 4096" },
  ENFILE: { code: "FAILED", reason: "too many files are open on this machine" },
  EBUSY: { code: "LOCKED", reason: "another program has it open", hint: "Close the program that uses PATH" },
  ETXTBSY: { code: "LOCKED", reason: "another program runs it", hint: "Close the program that uses PATH" },
  ELOOP: { code: "FAILED", reason: "its symbolic links go in a circle" },
  EIO: { code: "FAILED", reason: "the disk reports an error", hint: "Read the system's messages: dmesg" },
};

/** For errors that carry a class name and no code. */
const CODE_OF_NAME: Readonly<Record<string, string>> = {
  NotFound: "ENOENT",
  PermissionDenied: "EACCES",
  AlreadyExists: "EEXIST",
  IsADirectory: "EISDIR",
  NotADirectory: "ENOTDIR",
  ReadOnlyFilesystem: "EROFS",
  StorageFull: "ENOSPC",
  QuotaExceeded: "EDQUOT",
  FileTooLarge: "EFBIG",
  FilesystemLoop: "ELOOP",
  Busy: "EBUSY",
};

/** For errors of which only the text is left: those that came from a worker, and those without a class of their own. */
const CODE_OF_NUMBER: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  linux: { 2: "ENOENT", 5: "EIO", 27: "EFBIG", 28: "ENOSPC", 30: "EROFS", 36: "ENAMETOOLONG", 122: "EDQUOT" },
  darwin: { 2: "ENOENT", 5: "EIO", 27: "EFBIG", 28: "ENOSPC", 30: "EROFS", 63: "ENAMETOOLONG", 69: "EDQUOT" },
  windows: { 2: "ENOENT", 3: "ENOENT", 39: "ENOSPC", 112: "ENOSPC", 206: "ENAMETOOLONG", 223: "EFBIG" },
};

function systemCode(error: Error): string | undefined {
  if ("code" in error && typeof error.code === "string" && error.code in REASONS) return error.code;
  const named = CODE_OF_NAME[error.name];
  if (named !== undefined) return named;
  const osError = /\(os error (\d+)\)/.exec(error.message)?.[1];
  return CODE_OF_NUMBER[Deno.build.os]?.[Number(osError)];
}

/** Whether an error, be it one of ours, comes from the system saying this, such as `EFBIG`. */
export function isSystemError(error: unknown, code: string): boolean {
  if (isModelManagerError(error)) return isSystemError(error.cause, code);
  return error instanceof Error && systemCode(error) === code;
}

/** Whether an error says that there is no such file. */
export function isNotFound(error: unknown): boolean {
  return isSystemError(error, "ENOENT");
}

/** Whether an error, be it one of ours, is the runtime's refusal: the process was started without the right. */
export function isMissingRight(error: unknown): boolean {
  if (isModelManagerError(error)) return isMissingRight(error.cause);
  return error instanceof Error && error.name === "NotCapable";
}

/** The runtime may refuse another path than ours: where a symbolic link leads, or the other end of a move. */
function describeRefusal(
  { kind, scope }: MissingRight = { kind: "read", scope: undefined },
  { action, path }: { readonly action: string; readonly path: string },
): Pick<Reason, "reason" | "hint" | "more"> {
  // What is written is made beside its place first.
  const isFile = kind === "write" && !action.includes("folder");
  const own = isFile ? dirname(path) : path;
  const isOther = scope !== undefined && isAbsolute(scope) && isAbsolute(path) && !isWithin(scope, own);
  const refused = !isOther ? own : isFile ? dirname(scope) : scope;
  const [hint = "", ...more] = missingRightHints({ kind, scope: refused });
  return {
    reason: "the program was started without that right",
    hint,
    // One path more would only be followed by the next refusal.
    more: isOther ? more : [],
  };
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(join(folder, sep));
}

function describe(
  error: unknown,
  { action, path }: { readonly action: string; readonly path: string },
): Reason {
  if (!(error instanceof Error)) return { code: "FAILED", reason: String(error) };
  if (error.name === "NotCapable") {
    return { code: "PERMISSION_ERROR", ...describeRefusal(missingRight(error), { action, path }) };
  }
  const known = REASONS[systemCode(error) ?? ""];
  if (known === undefined) return { code: "FAILED", reason: error.message.replace(/\.$/, "") };
  return { ...known, hint: known.hint?.replace("PATH", `"${path}"`) ?? `Look at it: ls -la "${path}"` };
}

/**
 * What the file system says, as an error of ours: `PERMISSION_ERROR`, `INSUFFICIENT_SPACE`, `LOCKED`
 * or `FAILED`, with advice. An error that is ours already comes back as it is.
 *
 * @param action What was tried, such as `write` or `create the folder`: `Cannot {action} "{path}": …`.
 */
export function fileSystemError(error: unknown, action: string, path: string): ModelManagerError {
  if (isModelManagerError(error)) return error;
  const { code, reason, hint, more = [] } = describe(error, { action, path });
  return new ModelManagerError(code, `Cannot ${action} "${path}": ${reason}`, {
    hints: hint === undefined ? [`Look at it: ls -la "${path}"`] : [hint, ...more],
    cause: error,
  });
}
