/**
 * Temporary directories that clean up after themselves.
 *
 * @module
 */
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A directory that is deleted, with all that is in it, at the end of its scope. */
export interface TempDir extends AsyncDisposable {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** An absolute path below the directory. */
  join(...parts: readonly string[]): string;
  /** Writes a file below the directory, making its folders; returns its absolute path. */
  write(path: string, data?: string | Uint8Array): Promise<string>;
}

/** Gives the rights back that a test may have taken away, so that everything can be deleted. */
async function makeRemovable(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeRemovable(join(path, entry.name));
  }
}

async function removeTree(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };
  try {
    await rm(path, options);
  } catch {
    await makeRemovable(path);
    await rm(path, options);
  }
}

/**
 * Makes a temporary directory.
 *
 * @example
 * ```ts ignore
 * await using dir = await makeTempDir();
 * const file = await dir.write("org/name/config.json", "{}");
 * ```
 */
export async function makeTempDir(): Promise<TempDir> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "mm-test-")));
  return {
    path,
    join: (...parts) => join(path, ...parts),
    async write(relative, data = "") {
      const file = join(path, relative);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, data);
      return file;
    },
    [Symbol.asyncDispose]: () => removeTree(path),
  };
}
