/**
 * Names beside which programs look for files.
 *
 * @module
 */
import { isModelManagerError, ModelManagerError } from "../../base/errors.ts";
import { fileFacts, somethingThere } from "../../platform/directory.ts";
import { isSameDisk, isSameFile, linkFile } from "../../platform/links.ts";
import type { OperationContext } from "../context.ts";
import { hashFile } from "../hash_file.ts";
import type { LinkedFile } from "./link_request.ts";
import type { SourceFile } from "./link_sources.ts";

/** What the linkers work with. */
export type LinkContext = Pick<
  OperationContext,
  "apps" | "clock" | "endpoint" | "hfCache" | "library" | "machinery" | "notices" | "settings"
>;

/** How a name is made. */
export interface LinkHow {
  readonly copy: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly signal: AbortSignal | undefined;
  /** A symbolic link where a hard one cannot be made. @default {true} */
  readonly symbolic?: boolean;
}

/**
 * Gives a file of the library one more name.
 *
 * @throws {ModelManagerError} `FAILED` when something else has the name, `PERMISSION_ERROR` when no link can be made.
 */
export async function linkSource(
  context: LinkContext,
  file: SourceFile,
  options: LinkHow & { readonly target: string },
): Promise<LinkedFile> {
  const { target, copy, force, dryRun, signal, symbolic = true } = options;
  const { realPath: source, sizeBytes } = file;
  const result = { source, target, sizeBytes } as const;
  const there = await somethingThere(target);
  if (there && await hasSameBytes(context, file, { target, signal })) {
    return { ...result, status: "present", link: undefined };
  }
  if (there && (await fileFacts(target))?.isDirectory === true) throw folderInTheWay(target);
  if (there && !force) throw inTheWay(target);
  if (dryRun) {
    const link = copy ? "copy" : await isSameDisk(source, target) ? "hard" : "symbolic";
    if (link === "symbolic" && !symbolic) throw otherDisk(target);
    return { ...result, status: "planned", link };
  }
  const made = await linkFile(source, target, { copy, symbolic, replace: there });
  if (made === "taken") throw inTheWay(target);
  if (made === "impossible") throw symbolic ? noLinks(target) : otherDisk(target);
  return { ...result, status: made === "copy" ? "copied" : "linked", link: made };
}

async function hasSameBytes(
  context: LinkContext,
  file: SourceFile,
  options: { readonly target: string; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const { target, signal } = options;
  if (await isSameFile(file.realPath, target)) return true;
  const facts = await fileFacts(target);
  if (facts?.isFile !== true || facts.sizeBytes !== file.sizeBytes) return false;
  const algorithm = file.digest?.algorithm ?? "sha256";
  const own = file.digest?.hex ?? await hashFile(context, { path: file.realPath, algorithm }, { signal });
  return await hashFile(context, { path: target, algorithm }, { signal }) === own;
}

/** The SHA-256 of a file, hashed only where the registry knows another digest of it. */
export async function sha256Of(
  context: LinkContext,
  { digest, realPath: path }: SourceFile,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (digest?.algorithm === "sha256") return digest.hex;
  return await hashFile(context, { path, algorithm: "sha256" }, { signal });
}

function inTheWay(path: string): ModelManagerError {
  return new ModelManagerError("FAILED", `A different file is in the way: "${path}"`, {
    hints: ["Move it away, or replace it: run the same command with --force"],
  });
}

/** Nobody who asks for a file to be replaced means a folder with all that is in it. */
export function folderInTheWay(path: string): ModelManagerError {
  return new ModelManagerError("FAILED", `A folder has the name that a file was to get: "${path}"`, {
    hints: ["Move the folder away, then run the same command again"],
  });
}

function noLinks(path: string): ModelManagerError {
  return new ModelManagerError("PERMISSION_ERROR", `No link can be made to "${path}"`, {
    hints: ["Copy instead: run the same command with --copy", `Check who owns it: ls -ld "${path}"`],
  });
}

function otherDisk(path: string): ModelManagerError {
  return new ModelManagerError(
    "FAILED",
    `No hard link can be made to "${path}": it is on another disk, or not allowed`,
    {
      hints: ["Copy instead: run the same command with --copy"],
    },
  );
}

/** Whether an error says that we may not write. */
export function isRefusal(error: unknown): boolean {
  return isModelManagerError(error) && error.code === "PERMISSION_ERROR";
}
