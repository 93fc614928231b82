/**
 * The library: the models directory with its registry.
 *
 * @module
 */
import { systemClock } from "../base/clock.ts";
import type { Clock } from "../base/clock.ts";
import type { Digest } from "../base/digest.ts";
import type { ModelReference } from "../base/reference.ts";
import { type FileFacts, fileFacts } from "../platform/directory.ts";
import { findEntries, notInLibrary } from "./find_entries.ts";
import type { VerifiableFile } from "./integrity.ts";
import { filePath } from "./layout.ts";
import { sortModels, toLibraryModel } from "./library_model.ts";
import {
  type LibraryModel,
  type ListQuery,
  type ModelEntry,
  type ModelType,
  registeredDigest,
  type RegisteredFile,
} from "./model_entry.ts";
import { addEntries } from "./registration.ts";
import { Registry } from "./registry.ts";
import { carryOutRemoval, planRemoval, type Removal } from "./removal.ts";
import { scanModels } from "./scan.ts";

/** What a library works with. */
export interface LibraryOptions {
  /** Absolute. */
  readonly modelsDir: string;
  readonly clock?: Clock;
  /** Told what a person should know, such as that the registry was damaged and put right. */
  readonly onWarning?: (message: string) => void;
}

/** A file that is in its place and proved. */
export interface ProvedFile {
  /** In the repository. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  /** Where the digests of its pieces are, relative to the model's folder. */
  readonly pieces?: string;
}

/** Files of one repository to be registered together. */
export interface Registration {
  readonly repo: string;
  readonly revision: string;
  readonly commit: string;
  readonly quant: string | undefined;
  readonly modelType: ModelType;
  readonly files: readonly ProvedFile[];
}

/** Without the time of registration there is no telling, and the bytes have to be hashed again. */
function isUntouched(facts: FileFacts, file: RegisteredFile): boolean {
  return facts.isFile && facts.sizeBytes === file.sizeBytes &&
    file.modifiedAtMs !== undefined && facts.modifiedAtMs <= file.modifiedAtMs;
}

/** The models on this machine. */
export class Library {
  /** Absolute. */
  readonly modelsDir: string;
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #onWarning: (message: string) => void;

  constructor(options: LibraryOptions) {
    this.modelsDir = options.modelsDir;
    this.#clock = options.clock ?? systemClock;
    this.#onWarning = options.onWarning ?? (() => {});
    this.#registry = new Registry({
      modelsDir: this.modelsDir,
      clock: this.#clock,
      scan: () => scanModels(this.modelsDir),
    });
  }

  /** Everything that is registered. */
  async entries(): Promise<readonly ModelEntry[]> {
    const { entries, warnings } = await this.#registry.read();
    for (const warning of warnings) this.#onWarning(warning);
    return entries;
  }

  /** The models that match a query, as a person lists them. */
  async list(query: ListQuery = {}): Promise<LibraryModel[]> {
    const entries = (await this.entries()).filter((entry) =>
      query.type === undefined || entry.modelType === query.type
    );
    const models = await Promise.all(entries.map((entry) => toLibraryModel(entry, this.modelsDir)));
    return sortModels(
      models.filter((model) => query.status === undefined || model.status === query.status),
      query.sort ?? "name",
    );
  }

  /**
   * The entries that a reference means: a repository's, or those of its quant, file or glob.
   *
   * @throws {ModelManagerError} `NOT_FOUND` naming what there is.
   */
  async find(reference: ModelReference): Promise<ModelEntry[]> {
    const entries = await this.entries();
    const found = findEntries(entries, reference);
    if (found.length === 0) throw notInLibrary(entries, reference);
    return found;
  }

  /**
   * A repository's files that are in their place and look untouched (size and time); a cheap look, no proof. A
   * file without a digest was only found on disk.
   *
   * @returns the files by path.
   */
  async installedFiles(repo: string): Promise<ReadonlyMap<string, RegisteredFile>> {
    const entries = (await this.entries()).filter((entry) => entry.metadata.repo === repo);
    const files = new Map(
      entries.flatMap((entry) => entry.metadata.files.map((file) => [file.path, file] as const)),
    );
    const checked = await Promise.all([...files.values()].map(async (file) => {
      const facts = await fileFacts(filePath({ modelsDir: this.modelsDir, repo }, file.path));
      return facts !== undefined && isUntouched(facts, file) ? [file] : [];
    }));
    return new Map(checked.flat().map((file) => [file.path, file]));
  }

  /**
   * The entries' files whose digest is known, each once. What was only found on disk cannot be verified: a warning
   * says so.
   */
  verifiableFiles(entries: readonly ModelEntry[]): VerifiableFile[] {
    const files = new Map<string, VerifiableFile>();
    for (const { modelId, metadata } of entries) {
      const { repo } = metadata;
      let unknown = 0;
      for (const { path: file, sizeBytes, ...record } of metadata.files) {
        const digest = registeredDigest(record);
        const path = filePath({ modelsDir: this.modelsDir, repo }, file);
        if (digest === undefined) unknown += 1;
        else files.set(path, { repo, file, path, sizeBytes, digest });
      }
      if (unknown > 0) {
        const count = unknown === 1 ? "a file" : `${unknown} files`;
        this.#onWarning(
          `No digest is known of ${count} of "${modelId}": prove them with mm pull "${modelId}"`,
        );
      }
    }
    return [...files.values()];
  }

  /** Records files that are in their place. */
  async register(registration: Registration): Promise<void> {
    const { repo, revision, commit, quant, modelType } = registration;
    const downloadDate = new Date(this.#clock.now()).toISOString();
    const files = await Promise.all(registration.files.map(async (file): Promise<RegisteredFile> => {
      const facts = await fileFacts(filePath({ modelsDir: this.modelsDir, repo }, file.path));
      return {
        path: file.path,
        sizeBytes: file.sizeBytes,
        ...(file.digest.algorithm === "sha256" ? { sha256: file.digest.hex } : { gitSha1: file.digest.hex }),
        commit,
        downloadDate,
        ...(facts === undefined ? {} : { modifiedAtMs: facts.modifiedAtMs }),
        ...(file.pieces === undefined ? {} : { pieces: file.pieces }),
      };
    }));
    const draft = { repo, revision, commit, quant, modelType, files };
    await this.#registry.update((entries) => {
      const added = addEntries(entries, draft).entries;
      // A repeated pull changes nothing, and then nothing is written.
      return JSON.stringify(added) === JSON.stringify(entries) ? entries : added;
    });
  }

  /** What removing an entry would delete. */
  async planRemove(entry: ModelEntry): Promise<Removal> {
    return await planRemoval(this.modelsDir, entry, without(await this.entries(), entry));
  }

  /**
   * Removes an entry: its files that no other entry uses, their partial data, empty folders, and its record, which
   * goes last: what is interrupted can be done again.
   */
  async remove(entry: ModelEntry): Promise<Removal> {
    let removal: Removal | undefined;
    await this.#registry.update(async (entries) => {
      const others = without(entries, entry);
      removal = await planRemoval(this.modelsDir, entry, others);
      await carryOutRemoval(this.modelsDir, entry.metadata.repo, removal);
      return others;
    });
    return removal ?? { paths: [], bytesFreed: 0, leftovers: [], lastOfRepo: false };
  }
}

function without(entries: readonly ModelEntry[], removed: ModelEntry): ModelEntry[] {
  return entries.filter((entry) => entry.modelId !== removed.modelId);
}
