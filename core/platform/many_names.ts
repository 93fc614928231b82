/**
 * Looks at many names at once. On a local disk the system answers in microseconds, and handing each question to
 * another thread costs ten times as much; on a slow one, such as a network share, the threads ask side by side.
 *
 * @module
 */
import { existsSync } from "node:fs";
import {
  type DirectoryEntry,
  type FileFacts,
  fileFacts,
  fileFactsNow,
  readDirectory,
  readDirectoryNow,
} from "./directory.ts";

/** How long the process may be kept from everything else; then it gives way once. */
const SLICE_MS = 10;
/** A disk that takes longer for one name, on average, is a slow one. */
const SLOW_MS = 0.5;

/**
 * The facts of many names, in their order; `undefined` where nothing is.
 *
 * @param options.followLinks See {@link fileFacts}.
 * @throws {ModelManagerError} When the system does not let us look.
 */
export async function factsOfAll(
  paths: readonly string[],
  options: { readonly followLinks?: boolean } = {},
): Promise<(FileFacts | undefined)[]> {
  return await lookAtAll(paths, {
    now: (path) => fileFactsNow(path, options),
    later: (path) => fileFacts(path, options),
  });
}

/**
 * What is in many folders, in their order, each sorted by name; nothing where there is no such folder or it cannot be
 * read.
 */
export async function readAllDirectories(paths: readonly string[]): Promise<(readonly DirectoryEntry[])[]> {
  return await lookAtAll<readonly DirectoryEntry[]>(paths, {
    now: (path) => {
      // Most are not there, which is five times as fast to ask for as to be told by an error.
      if (!existsSync(path)) return [];
      try {
        return readDirectoryNow(path);
      } catch {
        return [];
      }
    },
    later: (path) => readDirectory(path).catch(() => []),
  });
}

/** One kind of look, in its two forms. */
export interface Look<T> {
  /** On this thread, at once. */
  readonly now: (path: string) => T;
  /** On another one. */
  readonly later: (path: string) => Promise<T>;
  /** Milliseconds, for tests. @default {performance.now} */
  readonly monotonic?: () => number;
}

/** One look at each path, the results in their order. */
export async function lookAtAll<T>(paths: readonly string[], look: Look<T>): Promise<T[]> {
  const { now, later, monotonic = () => performance.now() } = look;
  const results: T[] = [];
  while (results.length < paths.length) {
    const before = results.length;
    const startedMs = monotonic();
    let elapsedMs = 0;
    for (const path of paths.slice(before)) {
      results.push(now(path));
      elapsedMs = monotonic() - startedMs;
      if (elapsedMs >= SLICE_MS) break;
    }
    if (results.length === paths.length) break;
    if (elapsedMs / (results.length - before) > SLOW_MS) {
      results.push(...await Promise.all(paths.slice(results.length).map(later)));
    } else {
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  return results;
}
