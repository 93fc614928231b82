/**
 * The library: the models directory with its registry.
 *
 * @module
 */
import { systemClock } from "../base/clock.ts";
import type { Clock } from "../base/clock.ts";
import type { ModelReference } from "../base/reference.ts";
import { factsOfAll } from "../platform/many_names.ts";
import { checkFileWritable, checkWritable } from "../platform/writable.ts";
import type { FilesInPlace, RecordedUpdate, Registration } from "./files_in_place.ts";
import { findParts, type FoundPart, notInLibrary } from "./find_entries.ts";
import { isGgufPath } from "./gguf_check.ts";
import type { UnprovedFile, VerifiableFile, VerifiedFile } from "./integrity.ts";
import { type KnownFile, knownFiles } from "./known_files.ts";
import { filePath, partialFolder } from "./layout.ts";
import { fitsQuery, sortModels, toBegunModel, toLibraryModels } from "./library_model.ts";
import {
  type LibraryModel,
  type ListQuery,
  type ModelEntry,
  registeredDigest,
  type RegisteredFile,
  UNKNOWN_COMMIT,
} from "./model_entry.ts";
import { type PartialModel, partialModels } from "./partial_models.ts";
import { clearAfterSuccess, type PartialFile, partialsOf, readPartials } from "./partials.ts";
import { withPins } from "./pins.ts";
import { addEntries, noteUse } from "./registration.ts";
import { Registry } from "./registry.ts";
import { removeReplaced, type ReplacedRemoval, type ReplacedWeights } from "./replaced_files.ts";
import { carryOutRemoval, planRemoval, type Removal, requireFree } from "./removal.ts";
import { type RemovalTarget, splitEntries } from "./removal_target.ts";
import { scanModels } from "./scan.ts";
import { withUpdate } from "./updated_entries.ts";
import { markVerified } from "./verified_marks.ts";

/** What a library works with. */
export interface LibraryOptions {
  /** Absolute. */
  readonly modelsDir: string;
  readonly clock?: Clock;
  /** Told what a person should know. */
  readonly onWarning?: (message: string) => void;
  /** Told that the registry was damaged and put right. */
  readonly onDamage?: (message: string) => void;
}

/** The models on this machine. */
export class Library {
  /** Absolute. */
  readonly modelsDir: string;
  readonly #clock: Clock;
  /** The index of what is in it. */
  readonly registry: Registry;
  readonly #onWarning: (message: string) => void;

  constructor(options: LibraryOptions) {
    this.modelsDir = options.modelsDir;
    this.#clock = options.clock ?? systemClock;
    this.#onWarning = options.onWarning ?? (() => {});
    this.registry = new Registry({
      modelsDir: this.modelsDir,
      clock: this.#clock,
      scan: () => scanModels(this.modelsDir),
      onWait: this.#onWarning,
      onFound: this.#onWarning,
      ...(options.onDamage === undefined ? {} : { onDamage: options.onDamage }),
    });
  }

  /** Everything that is registered. */
  async entries(): Promise<readonly ModelEntry[]> {
    return (await this.registry.read()).entries;
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
    return sortModels(models.filter((model) => fitsQuery(model, query)), query.sort ?? "name");
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
    return (await this.findParts(reference)).map(({ entry }) => entry);
  }

  /**
   * Like {@link Library.find}, with the files that the reference means where it names files.
   *
   * @throws {ModelManagerError} `NOT_FOUND` naming what there is.
   */
  async findParts(reference: ModelReference): Promise<FoundPart[]> {
    const registered = await this.entries();
    const entries = [...registered, ...unregistered(await this.#begun(registered), registered)];
    const found = findParts(entries, reference);
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
    if (mark(entries) !== entries) await this.registry.update(mark);
  }

  /**
   * Makes sure that the registry can be written.
   *
   * @throws {ModelManagerError} `PERMISSION_ERROR` naming what cannot.
   */
  async checkWritable(): Promise<void> {
    await checkWritable([this.registry.path]);
    await checkFileWritable(this.registry.lockPath);
  }

  /** Records files that are in their place, and clears away what their success makes worthless. */
  async register(registration: Registration): Promise<void> {
    const { files: _, ...facts } = registration;
    const draft = { ...facts, files: await this.#toRegistered(registration) };
    await this.registry.update((entries) => {
      const { entries: all, modelIds } = addEntries(entries, draft);
      const added = noteUse(all, { modelIds, date: this.#now() });
      // A repeated pull changes nothing, and then nothing is written.
      return JSON.stringify(added) === JSON.stringify(entries) ? entries : added;
    });
    await this.#clearAfter(registration);
  }

  /** Records that a model is at another commit: files that were replaced are in their place. */
  async recordUpdate(update: RecordedUpdate): Promise<void> {
    const files = await this.#toRegistered(update);
    const { modelId, commit, revision, same } = update;
    await this.registry.update((entries) => withUpdate(entries, { modelId, commit, revision, same, files }));
    await this.#clearAfter(update);
  }

  /**
   * Deletes old weights of a model whose successors are registered; what somebody else has a use for stays.
   *
   * @throws {ModelManagerError} `LOCKED` when another process is downloading one of them.
   */
  async removeReplaced(weights: ReplacedWeights): Promise<ReplacedRemoval> {
    let removal: ReplacedRemoval = { paths: [], bytesFreed: 0 };
    await this.registry.update(async (entries) => {
      const begun = unregistered(await this.#begun(entries), entries);
      const done = await removeReplaced({ modelsDir: this.modelsDir, entries, begun }, weights);
      removal = done.removal;
      return done.entries;
    });
    return removal;
  }

  /** ISO 8601, UTC. */
  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }

  /** Records of files as they are on the disk now. */
  async #toRegistered({ repo, commit, files }: FilesInPlace): Promise<RegisteredFile[]> {
    const downloadDate = this.#now();
    const facts = await factsOfAll(
      files.map((file) => filePath({ modelsDir: this.modelsDir, repo }, file.path)),
    );
    return files.map((file, index): RegisteredFile => {
      const modifiedAtMs = file.modifiedAtMs ?? facts[index]?.modifiedAtMs;
      return {
        path: file.path,
        sizeBytes: file.sizeBytes,
        ...(file.digest.algorithm === "sha256" ? { sha256: file.digest.hex } : { gitSha1: file.digest.hex }),
        commit: file.commit ?? commit,
        downloadDate,
        ...(modifiedAtMs === undefined ? {} : { modifiedAtMs }),
        ...(file.pieces === undefined ? {} : { pieces: file.pieces }),
      };
    });
  }

  async #clearAfter({ repo, files }: FilesInPlace): Promise<void> {
    const folder = partialFolder({ modelsDir: this.modelsDir, repo });
    await clearAfterSuccess(folder, files.map((file) => file.digest));
  }

  /** What removing a target would delete. */
  async planRemove(target: RemovalTarget): Promise<Removal> {
    const [removal] = await this.planRemoveAll([target]);
    return removal ?? NOTHING;
  }

  /** What removing targets one after another would delete: what they share goes with the last that has it. */
  async planRemoveAll(targets: readonly RemovalTarget[]): Promise<Removal[]> {
    let registered = await this.entries();
    const removals: Removal[] = [];
    for (const [index, target] of targets.entries()) {
      const gone = new Set(removals.flatMap((removal) => [...removal.paths, ...removal.leftovers]));
      removals.push(await this.#planRemoval(target, { registered, before: targets.slice(0, index), gone }));
      registered = splitEntries(registered, target).rest;
    }
    return removals;
  }

  async #planRemoval(
    target: RemovalTarget,
    facts: {
      readonly registered: readonly ModelEntry[];
      /** Targets, and absolute paths, that go already. */
      readonly before: readonly RemovalTarget[];
      readonly gone: ReadonlySet<string>;
    },
  ): Promise<Removal> {
    const { registered, before, gone } = facts;
    const partials = await this.partialFiles(target.entry.metadata.repo);
    const begun = await partialModels(this.modelsDir, { registered, partials });
    const there = before.reduce<readonly ModelEntry[]>(
      (entries, each) => splitEntries(entries, each).rest,
      [...registered, ...unregistered(begun, registered)],
    );
    const { going, rest } = splitEntries(there, target);
    return await planRemoval(this.modelsDir, {
      entry: going,
      others: rest,
      partials: begun.find((model) => model.entry.modelId === going.modelId)?.partials ?? [],
      registered: registered.some((each) => each.modelId === going.modelId),
      gone,
    });
  }

  /** What was begun, of all models. */
  async #begun(registered: readonly ModelEntry[]): Promise<PartialModel[]> {
    return await partialModels(this.modelsDir, { registered, partials: await readPartials(this.modelsDir) });
  }

  /**
   * Removes a target: its files that no other entry uses, their partial data, empty folders, and their record, which
   * goes last: what is interrupted can be done again.
   *
   * @param options.unlessPinned Leave it where it is when it has been pinned meanwhile. @default {false}
   * @throws {ModelManagerError} `LOCKED` when another process is downloading a file of it.
   */
  async remove(
    target: RemovalTarget,
    options: { readonly unlessPinned?: boolean } = {},
  ): Promise<Removal> {
    let removal: Removal | undefined;
    await this.registry.update(async (entries) => {
      const { going, rest } = splitEntries(entries, target);
      if (options.unlessPinned && going.pinned) return entries;
      removal = await this.#planRemoval(target, { registered: entries, before: [], gone: new Set() });
      await carryOutRemoval(this.modelsDir, going, removal);
      return rest;
    });
    return removal ?? NOTHING;
  }

  /**
   * Makes sure that nobody is downloading what removals would delete.
   *
   * @throws {ModelManagerError} `LOCKED` naming the model and who has it.
   */
  async requireFree(targets: readonly RemovalTarget[], removals: readonly Removal[]): Promise<void> {
    for (const [index, removal] of removals.entries()) {
      const name = targets[index]?.entry.modelId ?? "";
      await requireFree(removal, { name, clock: this.#clock });
    }
  }

  /**
   * Pins entries, so that neither a quota nor an update takes them away, or takes the pin from them.
   *
   * @returns the entries as they are now.
   */
  async setPinned(modelIds: readonly string[], pinned: boolean): Promise<ModelEntry[]> {
    const wanted = new Set(modelIds);
    const { entries } = await this.registry.update((entries) => withPins(entries, wanted, pinned));
    return entries.filter((entry) => wanted.has(entry.modelId));
  }
}

const NOTHING: Removal = { paths: [], bytesFreed: 0, leftovers: [], freed: [], lastOfRepo: false };

function knownCommit(commit: string): string | undefined {
  return commit === UNKNOWN_COMMIT ? undefined : commit;
}

/** Entries of models that were begun and of which the registry knows nothing. */
function unregistered(begun: readonly PartialModel[], registered: readonly ModelEntry[]): ModelEntry[] {
  const known = new Set(registered.map((entry) => entry.modelId));
  return begun.flatMap(({ entry }) => known.has(entry.modelId) ? [] : [entry]);
}
