/**
 * A library in a temporary folder, with downloads that broke off.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { parseReference } from "../../../core/base/reference.ts";
import { formatJournal } from "../../../core/download/journal.ts";
import { stagedPaths } from "../../../core/library/layout.ts";
import { Library } from "../../../core/library/library.ts";
import type { ModelEntry } from "../../../core/library/model_entry.ts";
import type { TempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

export const COMMIT = "c".repeat(40);

export function sha256(data: string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** A library with the warnings it gave. */
export class LibraryFixture {
  readonly warnings: string[] = [];
  readonly clock = new TestClock({ autoAdvance: true });
  readonly library: Library;
  readonly dir: TempDir;

  constructor(dir: TempDir) {
    this.dir = dir;
    this.library = new Library({
      modelsDir: dir.path,
      clock: this.clock,
      onWarning: (message) => this.warnings.push(message),
      onDamage: (message) => this.warnings.push(message),
    });
  }

  /** Writes files into their places and registers them. */
  async add(repo: string, files: Readonly<Record<string, string>>, revision = "main"): Promise<void> {
    const entries = Object.entries(files);
    for (const [path, data] of entries) await this.dir.write(`${repo}/${path}`, data);
    await this.library.register({
      repo,
      revision,
      commit: COMMIT,
      quant: undefined,
      modelType: "text-generation",
      files: entries.map(([path, data]) => ({
        path,
        sizeBytes: data.length,
        digest: { algorithm: "sha256", hex: sha256(data) },
      })),
    });
  }

  /** Leaves what a killed download leaves: a sparse file of full size, of which the first bytes are there. */
  async begin(
    repo: string,
    path: string,
    file: { readonly sizeBytes: number; readonly receivedBytes: number; readonly hex?: string },
  ): Promise<string> {
    const { sizeBytes, receivedBytes, hex = sha256(`${repo} ${path}`) } = file;
    const { part, journal } = stagedPaths({ modelsDir: this.dir.path, repo }, hex);
    const name = (absolute: string): string => absolute.slice(this.dir.path.length + 1);
    const written = receivedBytes === 0 ? [] : [{ start: 0, end: receivedBytes }];
    const identity = { repo, commit: COMMIT, path, sizeBytes, digest: { algorithm: "sha256" as const, hex } };
    await this.dir.write(name(journal), formatJournal({ identity, bootId: "b", written, synced: [] }));
    await this.dir.write(name(part), "x".repeat(receivedBytes));
    await using handle = await open(part, "r+");
    await handle.truncate(sizeBytes);
    await handle.sync();
    return hex;
  }

  async entry(reference: string): Promise<ModelEntry> {
    const [entry] = await this.library.find(parseReference(reference));
    if (entry === undefined) throw new Error(`Nothing is found as ${reference}`);
    return entry;
  }

  /** Each model as `name status bytes/size`. */
  async listed(): Promise<string[]> {
    return (await this.library.list()).map(({ repo, quant, status, receivedBytes, sizeBytes }) =>
      `${repo}:${quant} ${status} ${receivedBytes === undefined ? "" : `${receivedBytes}/`}${sizeBytes}`
    );
  }
}
