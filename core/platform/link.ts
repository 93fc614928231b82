/**
 * A second name for a file, without a second copy of its bytes where the system allows it.
 *
 * @module
 */
import { dirname, relative } from "node:path";
import { fileSystemError } from "./file_system_error.ts";

/** How the second name came about. */
export type LinkKind = "hard-link" | "symlink" | "copy";

/** Which ways to try, in that order; the first one that works is taken. */
export interface LinkOptions {
  /** @default {["hard-link", "symlink", "copy"]} */
  readonly kinds?: readonly LinkKind[];
}

async function link(kind: LinkKind, existing: string, path: string): Promise<void> {
  if (kind === "hard-link") return await Deno.link(existing, path);
  if (kind === "symlink") {
    // Relative, so that a tree that holds both can be moved.
    return await Deno.symlink(relative(dirname(path), existing), path, { type: "file" });
  }
  await Deno.copyFile(existing, path);
}

/**
 * Gives `existing` the second name `path`, whose folder exists and which must be free.
 *
 * @returns the way that worked.
 * @throws {ModelManagerError} When the name is taken, or none of the ways works.
 */
export async function linkFile(existing: string, path: string, options: LinkOptions = {}): Promise<LinkKind> {
  const kinds = options.kinds ?? ["hard-link", "symlink", "copy"];
  try {
    await Deno.lstat(path);
  } catch (missing) {
    if (!(missing instanceof Deno.errors.NotFound)) throw fileSystemError(missing, "look at", path);
    let failure: unknown;
    for (const kind of kinds) {
      try {
        await link(kind, existing, path);
        return kind;
      } catch (error) {
        failure = error;
      }
    }
    throw fileSystemError(failure, "link to", path);
  }
  throw fileSystemError(new Deno.errors.AlreadyExists(), "link to", path);
}
