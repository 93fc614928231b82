/**
 * A cache of the Hub's own tools in a temporary folder, written by hand.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { TempDir } from "../../../support/temp_dir.ts";

export const FIRST = "1".repeat(40);
export const SECOND = "2".repeat(40);

export function sha256(data: string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** The cache. */
export class HfCacheFixture {
  /** Absolute. */
  readonly directory: string;

  constructor(dir: TempDir) {
    this.directory = dir.join("hub");
  }

  join(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  async write(path: string, data: string): Promise<string> {
    const full = this.join(path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, data);
    return full;
  }

  /** Writes a revision: files by path, links to blobs named by SHA-256; names are branches that mean it. */
  async add(
    folder: string,
    commit: string,
    files: Readonly<Record<string, string>>,
    names: readonly string[] = [],
  ): Promise<void> {
    for (const [path, data] of Object.entries(files)) {
      const blob = await this.write(`${folder}/blobs/${sha256(data)}`, data);
      const link = this.join(folder, "snapshots", commit, path);
      await mkdir(dirname(link), { recursive: true });
      await symlink(relative(dirname(link), blob), link);
    }
    for (const name of names) await this.write(`${folder}/refs/${name}`, commit);
  }

  /** Moves a blob into the shared store and leaves a link; `repos` are the lines of its list. */
  async share(folder: string, hex: string, xet: string): Promise<string> {
    await this.write("blobs/.huggingface-shared-blobs", "1\n");
    const blob = this.join(folder, "blobs", hex);
    const payload = this.join("blobs", xet.slice(0, 2), xet);
    await mkdir(dirname(payload), { recursive: true });
    const exists = await Deno.lstat(payload).then(() => true, () => false);
    if (exists) await Deno.remove(blob);
    else await Deno.rename(blob, payload);
    await symlink(relative(dirname(blob), payload), blob);
    await Deno.writeTextFile(`${payload}.refs`, `${folder}/blobs/${hex}\n`, { append: true });
    return payload;
  }

  /** Makes a file, or everything below a folder, so many days old. */
  async age(path: string, days: number): Promise<void> {
    const full = this.join(path);
    const time = new Date(Date.now() - days * 86_400_000);
    if ((await Deno.stat(full)).isDirectory) {
      for (const name of await readdir(full)) await this.age(join(path, name), days);
    }
    await utimes(full, time, time);
  }

  /** Every file and link below, relative, sorted. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.directory, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => !entry.isDirectory())
      .map((entry) => relative(this.directory, join(entry.parentPath, entry.name)))
      .sort();
  }
}
