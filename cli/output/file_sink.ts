/**
 * Results that go to a file: it gets its name when it is complete, and what was there before stays until then.
 *
 * @module
 */
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type ErrorCode, ModelManagerError, throwIfAborted } from "../../core/base/errors.ts";

const BUFFER_CHARACTERS = 64 * 1024;

/** What is at a path: `device` stands for everything that is written to, but not replaced. */
export async function whatIsAt(path: string): Promise<"nothing" | "file" | "folder" | "device"> {
  try {
    const facts = await stat(path);
    return facts.isDirectory() ? "folder" : facts.isFile() ? "file" : "device";
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "nothing";
    throw writeError(error, path);
  }
}

/** Small pieces of text together, so that not each of them is written by itself. */
export async function* inBlocks(pieces: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let block = "";
  for await (const piece of pieces) {
    block += piece;
    if (block.length < BUFFER_CHARACTERS) continue;
    yield block;
    block = "";
  }
  if (block !== "") yield block;
}

/**
 * Writes a file, replacing one that is there.
 *
 * @throws {ModelManagerError} What the system says, with the path; `CANCELLED`.
 */
export async function writeTextTo(
  path: string,
  pieces: AsyncIterable<string>,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  const kind = await whatIsAt(path);
  if (kind === "folder") throw folderError(path);
  try {
    if (kind === "device") return await writeAll(path, pieces, options.signal);
    // Where a link leads there is replaced, not the link.
    const target = kind === "file" ? await realpath(path) : path;
    const gathered = `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    try {
      await writeAll(gathered, pieces, options.signal);
      await rename(gathered, target);
    } finally {
      await rm(gathered, { force: true }).catch(() => {});
    }
  } catch (error) {
    throw codeOf(error) === undefined ? error : writeError(error, path);
  }
}

async function writeAll(path: string, pieces: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  const file = await open(path, "w");
  try {
    for await (const block of inBlocks(pieces)) {
      throwIfAborted(signal);
      await file.appendFile(block);
    }
  } finally {
    await file.close();
  }
}

/** The system's name of a failure; `undefined` for anything that is not one. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof ModelManagerError || !(error instanceof Error) || !("code" in error)) return undefined;
  return /^E[A-Z]+$/.test(String(error.code)) ? String(error.code) : undefined;
}

const REASONS: Readonly<Record<string, readonly [code: ErrorCode, reason: string]>> = {
  ENOENT: ["FAILED", "the folder does not exist"],
  ENOTDIR: ["FAILED", "what should be its folder is a file"],
  EACCES: ["PERMISSION_ERROR", "permission denied"],
  EPERM: ["PERMISSION_ERROR", "permission denied"],
  EROFS: ["PERMISSION_ERROR", "its disk is read-only"],
  ENOSPC: ["INSUFFICIENT_SPACE", "the disk is full"],
  EDQUOT: ["INSUFFICIENT_SPACE", "the disk quota is used up"],
};

function writeError(error: unknown, path: string): ModelManagerError {
  const text = error instanceof Error ? error.message : String(error);
  const [code, reason] = REASONS[codeOf(error) ?? ""] ?? ["FAILED", text] as const;
  return new ModelManagerError(code, `Cannot write "${path}": ${reason}`, {
    hints: [
      codeOf(error) === "ENOENT"
        ? `Make it first: mkdir -p "${dirname(path)}"`
        : "Write it elsewhere: --output FILE",
    ],
    cause: error,
  });
}

function folderError(path: string): ModelManagerError {
  return new ModelManagerError("USAGE_ERROR", `Cannot write "${path}": it is a folder`, {
    hints: ["Name a file in it: --output FILE"],
  });
}
