/**
 * The library: the models directory with its registry.
 *
 * @module
 */
import { systemClock } from "../base/clock.ts";
import type { Clock } from "../base/clock.ts";
import type { Digest } from "../base/digest.ts";
import type { ModelReference } from "../base/reference.ts";
import { factsOfAll } from "../platform/many_names.ts";
import { checkFileWritable, checkWritable } from "../platform/writable.ts";
import { findEntries, notInLibrary } from "./find_entries.ts";
import { isGgufPath } from "./gguf_check.ts";
import type { UnprovedFile, VerifiableFile, VerifiedFile } from "./integrity.ts";
import { type KnownFile, knownFiles } from "./known_files.ts";
import { filePath, partialFolder } from "./layout.ts";
import { sortModels, toBegunModel, toLibraryModels } from "./library_model.ts";
import {
  type LibraryModel,
  type ListQuery,
  type ModelEntry,
  type ModelType,
  registeredDigest,
  type RegisteredFile,
  UNKNOWN_COMMIT,
} from "./model_entry.ts";
import { type PartialModel, partialModels } from "./partial_models.ts";
import { clearAfterSuccess, type PartialFile, partialsOf, readPartials } from "./partials.ts";
import { addEntries } from "./registration.ts";
import { Registry } from "./registry.ts";
import { carryOutRemoval, planRemoval, type Removal } from "./removal.ts";
import { scanModels } from "./scan.ts";
import { markVerified } from "./verified_marks.ts";

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

  /** The models that match a query, as a person lists them; what was begun and broke off is among them. */
  async list(query: ListQuery = {}): Promise<LibraryModel[]> {
    const [entries, partials] = await Promise.all([this.entries(), readPartials(this.modelsDir)]);
    const begun = await partialModels(this.modelsDir, { registered: entries, partials });
    const byId = new Map(begun.map((model) => [model.entry.modelId, model]));
    const whole = await toLibraryModels(entries, this.modelsDir);
    const registered = await Promise.all(entries.flatMap((entry, index) => {
      const model = whole[index];
      const partial = byId.get(entry.modelId);
      byId.delete(entry.modelId);
      // A model that is whole stays what it is while a newer version of it is fetched.
      const isWhole = partial === undefined || model?.status === "available";
      return model === undefined ? [] : [isWhole ? model : this.#begunModel(partial)];
    }));
    const models = [...registered, ...await Promise.all([...byId.values()].map(this.#begunModel))];
    const fits = (model: LibraryModel): boolean =>
      (query.type === undefined || model.modelType === query.type) &&
      (query.status === undefined || model.status === query.status);
    return sortModels(models.filter(fits), query.sort ?? "name");
  }

  readonly #begunModel = ({ entry, receivedBytes }: PartialModel): Promise<LibraryModel> =>
    toBegunModel(entry, this.modelsDir, { receivedBytes });

  /**
   * The entries that a reference means: a repository's, or those of its quant, file or glob. A model that was begun
   * and is not registered is an entry of status `downloading`.
   *
   * @throws {ModelManagerError} `NOT_FOUND` naming what there is.
   */
  async find(reference: ModelReference): Promise<ModelEntry[]> {
    const registered = await this.entries();
    const entries = [...registered, ...unregistered(await this.#begun(registered), registered)];
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
    const known = [...(await this.knownFiles(repo)).values()];
    return new Map(known.filter(({ state }) => state === "untouched").map(({ file }) => [file.path, file]));
  }

  /** A repository's registered files by path, also those that are not as they were registered. */
  async knownFiles(repo: string): Promise<ReadonlyMap<string, KnownFile>> {
    return await knownFiles(this.modelsDir, repo, await this.entries());
  }

  /** A repository's files that were begun and are not complete. */
  async partialFiles(repo: string): Promise<readonly PartialFile[]> {
    return await partialsOf({ modelsDir: this.modelsDir, repo });
  }

  /**
   * The entries' files whose digest is known, each once. What was only found on disk, or is not complete, cannot be
   * verified: a warning says so.
   */
  verifiableFiles(entries: readonly ModelEntry[]): VerifiableFile[] {
    const files = new Map<string, VerifiableFile>();
    for (const { modelId, metadata, status } of entries) {
      const { repo } = metadata;
      if (status === "downloading") {
        this.#onWarning(`"${modelId}" is not complete: go on with mm pull "${modelId}"`);
        continue;
      }
      let unknown = 0;
      for (const { path: file, sizeBytes, ...record } of metadata.files) {
        const digest = registeredDigest(record);
        const path = filePath({ modelsDir: this.modelsDir, repo }, file);
        if (digest === undefined) unknown += 1;
        else files.set(path, { repo, file, path, sizeBytes, digest, commit: knownCommit(record.commit) });
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

  /** The GGUF files of the entries whose digest is not known: only their structure can be looked at. */
  unprovedFiles(entries: readonly ModelEntry[]): UnprovedFile[] {
    const files = entries.filter(({ status }) => status !== "downloading").flatMap(({ metadata }) => {
      const { repo } = metadata;
      return metadata.files
        .filter((file) => registeredDigest(file) === undefined && isGgufPath(file.path))
        .map((file) => ({ repo, path: filePath({ modelsDir: this.modelsDir, repo }, file.path) }));
    });
    return [...new Map(files.map((file) => [file.path, file])).values()];
  }

  /** Notes which files hashing has shown to be corrupt, and which to be well. */
  async noteVerified(results: readonly VerifiedFile[]): Promise<void> {
    const repaired = results.filter(({ status }) => status === "repaired");
    const facts = await factsOfAll(repaired.map(({ path }) => path));
    const times = new Map(repaired.map(({ path }, index) => [path, facts[index]?.modifiedAtMs]));
    const mark = (entries: readonly ModelEntry[]): readonly ModelEntry[] =>
      markVerified(entries, results, { modelsDir: this.modelsDir, times });
    const entries = await this.entries();
    // Nothing new is the usual case, and needs no right to write.
    if (mark(entries) !== entries) await this.#registry.update(mark);
  }

  /**
   * Makes sure that the registry can be written.
   *
   * @throws {ModelManagerError} `PERMISSION_ERROR` naming what cannot.
   */
  async checkWritable(): Promise<void> {
    await checkWritable([this.#registry.path]);
    await checkFileWritable(this.#registry.lockPath);
  }

  /** Records files that are in their place, and clears away what their success makes worthless. */
  async register(registration: Registration): Promise<void> {
    const { repo, revision, commit, quant, modelType } = registration;
    const downloadDate = new Date(this.#clock.now()).toISOString();
    const paths = registration.files.map((file) => filePath({ modelsDir: this.modelsDir, repo }, file.path));
    const facts = await factsOfAll(paths);
    const files = registration.files.map((file, index): RegisteredFile => {
      const modifiedAtMs = facts[index]?.modifiedAtMs;
      return {
        path: file.path,
        sizeBytes: file.sizeBytes,
        ...(file.digest.algorithm === "sha256" ? { sha256: file.digest.hex } : { gitSha1: file.digest.hex }),
        commit,
        downloadDate,
        ...(modifiedAtMs === undefined ? {} : { modifiedAtMs }),
        ...(file.pieces === undefined ? {} : { pieces: file.pieces }),
      };
    });
    const draft = { repo, revision, commit, quant, modelType, files };
    await this.#registry.update((entries) => {
      const added = addEntries(entries, draft).entries;
      // A repeated pull changes nothing, and then nothing is written.
      return JSON.stringify(added) === JSON.stringify(entries) ? entries : added;
    });
    const place = { modelsDir: this.modelsDir, repo };
    await clearAfterSuccess(partialFolder(place), registration.files.map((file) => file.digest));
  }

  /** What removing an entry would delete. */
  async planRemove(entry: ModelEntry): Promise<Removal> {
    const [removal] = await this.planRemoveAll([entry]);
    return removal ?? NOTHING;
  }

  /** What removing entries one after another would delete: what they share goes with the last that has it. */
  async planRemoveAll(entries: readonly ModelEntry[]): Promise<Removal[]> {
    let registered = await this.entries();
    const gone = new Set<string>();
    const removals: Removal[] = [];
    for (const entry of entries) {
      gone.add(entry.modelId);
      const paths = new Set(removals.flatMap((removal) => [...removal.paths, ...removal.leftovers]));
      removals.push(await this.#planRemoval(entry, { registered, gone, paths }));
      registered = without(registered, entry);
    }
    return removals;
  }

  async #planRemoval(
    entry: ModelEntry,
    facts: {
      readonly registered: readonly ModelEntry[];
      /** Names of entries, and absolute paths, that go already. */
      readonly gone: ReadonlySet<string>;
      readonly paths?: ReadonlySet<string>;
    },
  ): Promise<Removal> {
    const { registered, gone, paths = new Set() } = facts;
    const partials = await this.partialFiles(entry.metadata.repo);
    const begun = await partialModels(this.modelsDir, { registered, partials });
    const others = [...registered, ...unregistered(begun, registered)].filter((each) =>
      !gone.has(each.modelId)
    );
    return await planRemoval(this.modelsDir, {
      entry,
      others,
      partials: begun.find((model) => model.entry.modelId === entry.modelId)?.partials ?? [],
      registered: registered.some((each) => each.modelId === entry.modelId),
      gone: paths,
    });
  }

  /** What was begun, of all models. */
  async #begun(registered: readonly ModelEntry[]): Promise<PartialModel[]> {
    return await partialModels(this.modelsDir, { registered, partials: await readPartials(this.modelsDir) });
  }

  /**
   * Removes an entry: its files that no other entry uses, their partial data, empty folders, and its record, which
   * goes last: what is interrupted can be done again.
   *
   * @throws {ModelManagerError} `LOCKED` when another process is downloading a file of it.
   */
  async remove(entry: ModelEntry): Promise<Removal> {
    let removal: Removal | undefined;
    await this.#registry.update(async (entries) => {
      const gone = new Set([entry.modelId]);
      removal = await this.#planRemoval(entry, { registered: entries, gone });
      await carryOutRemoval(this.modelsDir, entry, removal);
      const others = without(entries, entry);
      return others.length === entries.length ? entries : others;
    });
    return removal ?? NOTHING;
  }
}

const NOTHING: Removal = { paths: [], bytesFreed: 0, leftovers: [], lastOfRepo: false };

function knownCommit(commit: string): string | undefined {
  return commit === UNKNOWN_COMMIT ? undefined : commit;
}

/** Entries of models that were begun and of which the registry knows nothing. */
function unregistered(begun: readonly PartialModel[], registered: readonly ModelEntry[]): ModelEntry[] {
  const known = new Set(registered.map((entry) => entry.modelId));
  return begun.flatMap(({ entry }) => known.has(entry.modelId) ? [] : [entry]);
}

function without(entries: readonly ModelEntry[], removed: ModelEntry): ModelEntry[] {
  return entries.filter((entry) => entry.modelId !== removed.modelId);
}
