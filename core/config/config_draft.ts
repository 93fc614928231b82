/**
 * A copy of a configuration file in a person's editor: it becomes the file when it is valid, and stays when not.
 *
 * @module
 */
import { basename, dirname, extname, join } from "node:path";
import { readTextFileIfExists, writeFileAtomic } from "../platform/atomic_file.ts";
import { makeDirectory, removeFile } from "../platform/directory.ts";
import { isYamlPath } from "./config_file.ts";
import { lockConfigFile } from "./config_lock.ts";

/** A file's copy, locked against a second editor until it is disposed. */
export interface ConfigDraft extends AsyncDisposable {
  /** The copy: beside the file, with the same extension. */
  readonly path: string;
  /** Whether the copy was there already, with what somebody typed before. */
  readonly isResumed: boolean;
  /** What is in the copy now. */
  read(): Promise<string>;
  /** Whether a text says nothing else than the file did. */
  isUnchanged(text: string): boolean;
  /**
   * Makes a text the file, and removes the copy. What a resumed copy, or `force`, replaces is kept as `.backup`.
   *
   * @returns `false` when somebody else has changed the file since the copy was made; it is then left alone.
   */
  publish(text: string, options?: { readonly force?: boolean }): Promise<boolean>;
  /** Removes the copy. */
  discard(): Promise<void>;
}

function draftPath(file: string): string {
  const extension = extname(file);
  return join(dirname(file), `${basename(file, extension)}.edit${extension}`);
}

/**
 * Copies a configuration file for an editor; what was typed before and not taken over is gone on with.
 *
 * @throws {ModelManagerError} `LOCKED` while somebody else edits it.
 */
export async function openConfigDraft(file: string): Promise<ConfigDraft> {
  const path = draftPath(file);
  await makeDirectory(dirname(file));
  await using stack = new AsyncDisposableStack();
  stack.use(await lockConfigFile(path, { waitMs: 0 }));
  const base = await readTextFileIfExists(file);
  const kept = await readTextFileIfExists(path);
  const start = base ?? (isYamlPath(file) ? "" : "{}\n");
  const isResumed = kept !== undefined && kept !== start;
  if (!isResumed) await writeFileAtomic(path, start);
  const owned = stack.move();
  const discard = async (): Promise<void> => void await removeFile(path);
  return {
    path,
    isResumed,
    read: async () => await readTextFileIfExists(path) ?? "",
    isUnchanged: (text) => text === start,
    async publish(text, { force = false } = {}) {
      await using _lock = await lockConfigFile(file);
      const current = await readTextFileIfExists(file);
      if (current !== base && !force) return false;
      if (current !== undefined && (isResumed || force)) await writeFileAtomic(`${file}.backup`, current);
      await writeFileAtomic(file, text);
      await discard();
      return true;
    },
    discard,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
