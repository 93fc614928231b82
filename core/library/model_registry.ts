/**
 * The registry as a library offers it: models by name, in memory until they are saved.
 *
 * @module
 */
import { resolve, sep } from "node:path";
import { isModelManagerError, ModelManagerError, type ModelManagerErrorOptions } from "../base/errors.ts";
import { modelFolder } from "./layout.ts";
import type { ModelEntry, ModelStatus, ModelType } from "./model_entry.ts";
import { decodeEntry, isModelStatus } from "./registry_document.ts";
import { Registry } from "./registry.ts";
import { scanModels } from "./scan.ts";

/** A registry cannot be read or written, or was given what it cannot hold. */
export class ModelRegistryError extends ModelManagerError {
  /** Always `ModelRegistryError`. */
  override readonly name: string = "ModelRegistryError";

  /** Made from a message and what led to it; the code is that of the cause, else `FAILED`. */
  constructor(message: string, options: ModelManagerErrorOptions = {}) {
    super(isModelManagerError(options.cause) ? options.cause.code : "FAILED", message, options);
  }
}

/**
 * A model to be registered: what is left out gets its default, `downloadDate` the present moment. Its `path` is the
 * model's folder, relative to the models directory. Another one is kept for those who ask the registry, with a
 * warning: the program itself looks nowhere else. A `version` that is a commit (40 hexadecimal digits) is that of
 * `metadata`, too.
 */
export type NewModel =
  & Pick<ModelEntry, "modelId">
  & Partial<Omit<ModelEntry, "modelId" | "metadata">>
  & {
    /** What is known besides; the program's own fields are `repo`, `revision`, `commit`, `quant` and `files`. */
    readonly metadata?: Readonly<Record<string, unknown>>;
  };

/** A model of the registry, with whatever others have noted of it. */
export type RegistryModel = ModelEntry & {
  /** The program's own fields, and those of others. */
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** How a registry is opened. */
export interface ModelRegistryOptions {
  /** The models directory: the registry is its `registry.json`. */
  readonly modelsDir: string;
  /** Told what a person should know, such as that the file was damaged and how it was put right. */
  readonly onWarning?: (message: string) => void;
}

/** Which models are asked for. */
export interface ModelFilter {
  /** What they are for. */
  readonly type?: ModelType;
  /** Where they stand. */
  readonly status?: ModelStatus;
}

/** A change that is to be saved. */
type Change = (entries: readonly ModelEntry[]) => readonly ModelEntry[];

/**
 * The index of a models directory, the same that the program itself keeps.
 *
 * Changes are in memory until {@link ModelRegistry.save}, which makes them to what the file holds at that moment: other
 * processes lose nothing.
 *
 * @example Register a model and list those of its type
 * ```ts
 * import assert from "node:assert/strict";
 * import { ModelRegistry } from "@model-manager/mm";
 *
 * const modelsDir = await Deno.makeTempDir();
 * const registry = new ModelRegistry({ modelsDir });
 * await registry.load();
 * registry.addModel({ modelId: "acme/tiny", modelType: "text-generation", path: "acme/tiny" });
 * assert.ok(registry.addModel({ modelId: "acme/tiny" }) === false);
 * registry.updateModelStatus("acme/tiny", "available", { note: "mine" });
 * await registry.save();
 * assert.ok(registry.listModels({ type: "text-generation" }).length === 1);
 * await Deno.remove(modelsDir, { recursive: true });
 * ```
 */
export class ModelRegistry {
  readonly #modelsDir: string;
  readonly #registry: Registry;
  readonly #onWarning: (message: string) => void;
  #entries: readonly ModelEntry[] = [];
  #changes: Change[] = [];

  /** Opens nothing; {@link ModelRegistry.load} does. */
  constructor(options: ModelRegistryOptions) {
    const modelsDir = this.#modelsDir = resolve(options.modelsDir);
    this.#onWarning = options.onWarning ?? (() => {});
    this.#registry = new Registry({ modelsDir, scan: () => scanModels(modelsDir) });
  }

  /** Absolute path of the file. */
  get path(): string {
    return this.#registry.path;
  }

  /**
   * Reads the file; what was not saved is forgotten. A damaged file is put right from its backup and from what is on the
   * disk, and kept aside.
   *
   * @throws {ModelRegistryError} When a newer program has written it, or the file system does not give it.
   */
  async load(): Promise<void> {
    const { entries, warnings } = await attempt(() => this.#registry.read());
    for (const warning of warnings) this.#onWarning(warning);
    this.#entries = entries;
    this.#changes = [];
  }

  /**
   * Writes what was changed since the file was loaded or saved, whole or not at all; the copy from before becomes
   * `registry.json.backup`.
   *
   * @throws {ModelRegistryError} When another process does not finish writing, or the file system refuses.
   */
  async save(): Promise<void> {
    const changes = this.#changes;
    const { entries, warnings } = await attempt(() =>
      this.#registry.update((before) => changes.reduce((all, change) => change(all), before))
    );
    for (const warning of warnings) this.#onWarning(warning);
    this.#entries = entries;
    this.#changes = this.#changes.slice(changes.length);
  }

  /**
   * Adds a model.
   *
   * @returns `false` when there is one of that name already; nothing is changed then.
   * @throws {ModelRegistryError} When a field has a wrong value.
   */
  addModel(model: NewModel): boolean {
    if (this.getModel(model.modelId) !== undefined) return false;
    const entry = toEntry(toFields(dated(model, new Date().toISOString())));
    this.#warnOfPlace(entry);
    this.#change((entries) =>
      entries.some((each) => each.modelId === entry.modelId) ? entries : [...entries, entry]
    );
    return true;
  }

  /** The model of that name; `undefined` when there is none. */
  getModel(modelId: string): RegistryModel | undefined {
    const found = this.#entries.find((entry) => entry.modelId === modelId);
    return found === undefined ? undefined : toModel(found);
  }

  /** The models that fit, in the order of their names. */
  listModels(filter: ModelFilter = {}): RegistryModel[] {
    const { type, status } = filter;
    return this.#entries
      .filter((entry) => type === undefined || entry.modelType === type)
      .filter((entry) => status === undefined || entry.status === status)
      .sort((a, b) => (a.modelId < b.modelId ? -1 : 1))
      .map(toModel);
  }

  /**
   * Says where a model stands, and notes more about it: fields of `metadata` that are not named stay.
   *
   * @returns `false` when there is no model of that name.
   * @throws {ModelRegistryError} When a field has a wrong value.
   */
  updateModelStatus(
    modelId: string,
    status: ModelStatus,
    metadata: Readonly<Record<string, unknown>> = {},
  ): boolean {
    const known = this.getModel(modelId);
    if (known === undefined) return false;
    if (!isModelStatus(status)) throw new ModelRegistryError(`"${status}" is no status of a model`, HELP);
    const added = toFields(metadata);
    const merge = (entry: ModelEntry): ModelEntry =>
      toEntry({ ...entry, status, metadata: { ...entry.metadata, ...added } });
    // Now, not when it is saved: who asks for nonsense is to hear of it.
    merge(known);
    this.#change((entries) => entries.map((entry) => (entry.modelId === modelId ? merge(entry) : entry)));
    return true;
  }

  /**
   * Takes a model out of the registry; its files stay.
   *
   * @returns `false` when there is no model of that name.
   */
  removeModel(modelId: string): boolean {
    if (this.getModel(modelId) === undefined) return false;
    this.#change((entries) => entries.filter((entry) => entry.modelId !== modelId));
    return true;
  }

  /** The place is kept for those who ask the registry; the program itself has one place for each model. */
  #warnOfPlace({ modelId, path, metadata: { repo } }: ModelEntry): void {
    const folder = modelFolder({ modelsDir: this.#modelsDir, repo });
    const given = resolve(this.#modelsDir, path);
    if (given === folder || given.startsWith(folder + sep)) return;
    this.#onWarning(
      `The path "${path}" of "${modelId}" is noted, but mm itself looks for the model in "${folder}"`,
    );
  }

  #change(change: Change): void {
    this.#entries = change(this.#entries);
    this.#changes.push(change);
  }
}

/** What was added without a date was added now. */
function dated(model: NewModel, now: string): Readonly<Record<string, unknown>> {
  const { downloadDate = now, metadata } = model;
  const files: unknown = metadata?.["files"];
  if (!Array.isArray(files)) return { ...model, downloadDate };
  const datedFiles = files.map((file: unknown) =>
    typeof file === "object" && file !== null ? { downloadDate, ...file } : file
  );
  return { ...model, downloadDate, metadata: { ...metadata, files: datedFiles } };
}

/** Fields that we do not know are kept in entries, though their type does not say so. */
function toModel(entry: ModelEntry): RegistryModel {
  const metadata: ModelEntry["metadata"] & Readonly<Record<string, unknown>> = { ...entry.metadata };
  return { ...entry, metadata };
}

const HELP: ModelManagerErrorOptions = { hints: ["See what is registered: mm list --json"] };

/** As it will be read again: nobody can change it meanwhile, and what no file can hold is refused now. */
function toFields(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch (error) {
    throw notRegistered(error);
  }
}

function toEntry(value: unknown): ModelEntry {
  try {
    return decodeEntry(value);
  } catch (error) {
    throw notRegistered(error);
  }
}

function notRegistered(error: unknown): ModelRegistryError {
  const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return new ModelRegistryError(`Cannot register a model: ${reason}`, { ...HELP, cause: error });
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isModelManagerError(error)) throw error;
    throw new ModelRegistryError(error.message, { hints: error.hints, cause: error });
  }
}
