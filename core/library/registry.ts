/**
 * The registry file: one writer at a time, whole or not at all, and never lost.
 *
 * @module
 */
import { join } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import { readTextFileIfExists, writeFileAtomic } from "../platform/atomic_file.ts";
import { makeDirectory, renameFile, somethingThere } from "../platform/directory.ts";
import { acquireFileLock, describeOwner, type FileLock, type LockOwner } from "../platform/file_lock.ts";
import type { ModelEntry } from "./model_entry.ts";
import { decodeRegistry, encodeRegistry, type RegistryDocument } from "./registry_document.ts";
import type { ScanResult } from "./scan.ts";

/** What a registry works with. */
export interface RegistryOptions {
  /** Absolute. */
  readonly modelsDir: string;
  readonly clock?: Clock;
  /** Finds on disk what no readable file tells. */
  readonly scan: () => Promise<ScanResult>;
  /** How long to wait for another process that is writing. @default {30000} */
  readonly lockWaitMs?: number;
  /** Told whom a change waits for, when it takes long. */
  readonly onWait?: (message: string) => void;
  /** Told what was damaged or lost, and how it was put right, or that it could not be written. */
  readonly onDamage?: (message: string) => void;
  /** Told, on reading, that there are models where no registry was. */
  readonly onFound?: (message: string) => void;
}

/** So long a change waits for another process in silence. */
const SILENT_WAIT_MS = 2_000;

/** What the registry holds just now. */
export interface RegistryContents {
  readonly entries: readonly ModelEntry[];
  /** What a person should know, such as that the file was damaged. */
  readonly warnings: readonly string[];
}

/** The new entries; the same list again means that nothing is to be written. */
export type RegistryChange = (
  entries: readonly ModelEntry[],
) => readonly ModelEntry[] | Promise<readonly ModelEntry[]>;

interface Loaded {
  readonly document: RegistryDocument;
  readonly warnings: readonly string[];
  /** The text that is there; `undefined` when there is no file. */
  readonly text: string | undefined;
  readonly damaged: boolean;
  /** Whether something was there that is damaged or gone; a folder of models that is new to us is no loss. */
  readonly isLoss: boolean;
}

/** The index of what is in a models directory. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #clock: Clock;
  /** Absolute. */
  readonly path: string;
  /** The copy from before the last change. */
  readonly backupPath: string;
  /** Locked while the registry is changed. */
  readonly lockPath: string;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.path = join(options.modelsDir, "registry.json");
    this.backupPath = `${this.path}.backup`;
    this.lockPath = `${this.path}.lock`;
  }

  /**
   * What is registered. A damaged registry, or none where models are, is put right from its backup and from what is
   * on disk, and the damaged file is kept aside.
   *
   * @throws {ModelManagerError} `FAILED` when a newer program has written it, or what the file system says.
   */
  async read(): Promise<RegistryContents> {
    const loaded = await this.#load();
    if (!loaded.damaged) return { entries: loaded.document.models, warnings: loaded.warnings };
    if (!loaded.isLoss) { for (const warning of loaded.warnings) this.#options.onFound?.(warning); }
    try {
      return await this.update((entries) => [...entries]);
    } catch {
      // Reading must be possible where writing is not.
      if (loaded.isLoss) this.#tellDamage(loaded);
      return { entries: loaded.document.models, warnings: loaded.warnings };
    }
  }

  /**
   * Makes an empty registry where there is none: before the first file of a model is in its place, or what is
   * interrupted there would look like models without a registry.
   *
   * @throws {ModelManagerError} As {@link update}.
   */
  async ensure(): Promise<void> {
    if (!await somethingThere(this.path)) await this.update((entries) => [...entries]);
  }

  /**
   * Changes what is registered, based on what is in the file at that moment. Only one change at a time happens in
   * all processes.
   *
   * @throws {ModelManagerError} `LOCKED` when another process does not finish, or what the file system says; the
   * registry is then as before.
   */
  async update(change: RegistryChange): Promise<RegistryContents> {
    await makeDirectory(this.#options.modelsDir);
    await using _lock = await this.#lock();
    const loaded = await this.#load();
    const before = loaded.document.models;
    const entries = await change(before);
    if (entries === before) return { entries, warnings: loaded.warnings };
    if (loaded.damaged) await this.#keepAside(loaded);
    else if (loaded.text !== undefined) {
      // Not synced: a torn backup is only of use together with a damaged registry, and is checked then.
      await writeFileAtomic(this.backupPath, loaded.text, { sync: false, soleWriter: true });
    }
    const text = encodeRegistry({ models: entries, extra: loaded.document.extra });
    await writeFileAtomic(this.path, text, { soleWriter: true });
    if (loaded.isLoss) this.#tellDamage(loaded);
    return { entries, warnings: loaded.warnings };
  }

  #tellDamage({ warnings }: Loaded): void {
    for (const warning of warnings) this.#options.onDamage?.(warning);
  }

  async #lock(): Promise<FileLock> {
    const taken = new AbortController();
    const sayLater = async (owner: LockOwner | undefined): Promise<void> => {
      await this.#clock.sleep(SILENT_WAIT_MS, { signal: taken.signal });
      this.#options.onWait?.(`Waiting for ${describeOwner(owner)}, which is writing "${this.path}"`);
    };
    try {
      return await acquireFileLock(this.lockPath, {
        clock: this.#clock,
        waitMs: this.#options.lockWaitMs ?? 30_000,
        onWait: (owner) => void sayLater(owner).catch(() => {}),
      });
    } finally {
      taken.abort();
    }
  }

  async #load(): Promise<Loaded> {
    const text = await readTextFileIfExists(this.path);
    if (text !== undefined) {
      const document = decodeRegistry(text, this.path);
      if (document.problems.length === 0) {
        return { document, warnings: [], text, damaged: false, isLoss: false };
      }
      return await this.#recover(document, text);
    }
    const nothing: RegistryDocument = { models: [], extra: {}, problems: [] };
    const found = await this.#recover(nothing, undefined);
    // A new models directory needs no registry yet.
    const isNew = found.document.models.length === 0 &&
      await readTextFileIfExists(this.backupPath) === undefined;
    return isNew ? { ...found, document: nothing, warnings: [], damaged: false, isLoss: false } : found;
  }

  async #loadBackup(): Promise<RegistryDocument | undefined> {
    const text = await readTextFileIfExists(this.backupPath);
    if (text === undefined) return undefined;
    const document = decodeRegistry(text, this.backupPath);
    return document.problems.length === 0 ? document : undefined;
  }

  /** Readable entries of the file, else those of the backup; and what is on disk besides. */
  async #recover(damaged: RegistryDocument, text: string | undefined): Promise<Loaded> {
    const scan = await this.#options.scan();
    const loaded = await this.#loadBackup();
    const partly = damaged.models.length > 0;
    const backup = partly ? undefined : loaded;
    // What the backup tells of unreadable entries, unless they were removed by the last change.
    const lost = partly ? onDisk(loaded?.models ?? [], { except: damaged.models, found: scan.items }) : [];
    // Of a file that was cut, the entries before the cut are all there is.
    const extra = Object.keys(damaged.extra).length > 0 ? damaged.extra : loaded?.extra ?? {};
    const known = backup ?? { extra, models: [...damaged.models, ...lost] };
    const models = [...known.models, ...withoutKnown(scan.items, known.models)];
    const what = text !== undefined
      ? fewOf(damaged.problems)
      : backup === undefined
      ? `There is no registry "${this.path}"`
      : `The registry "${this.path}" is gone`;
    const source = backup === undefined
      ? lost.length > 0
        ? "its readable entries, its backup and the files on disk"
        : partly
        ? "its readable entries and the files on disk"
        : "the files on disk"
      : "its backup and the files on disk";
    return {
      document: { models, extra: known.extra, problems: [] },
      warnings: [`${what}: put together again from ${source}`, ...scan.warnings],
      text,
      damaged: true,
      isLoss: text !== undefined || loaded !== undefined,
    };
  }

  async #keepAside(loaded: Loaded): Promise<void> {
    if (loaded.text === undefined) return;
    const date = new Date(this.#clock.now()).toISOString().replace(/[:.]/g, "-");
    await renameFile(this.path, `${this.path}.damaged-${date}`);
  }
}

/** So many say what kind of damage it is; more would bury it. */
const SHOWN_PROBLEMS = 3;

function fewOf(problems: readonly string[]): string {
  const more = problems.length - SHOWN_PROBLEMS;
  const shown = problems.slice(0, more === 1 ? undefined : SHOWN_PROBLEMS).join("; ");
  return more > 1 ? `${shown}; and ${more} more like it` : shown;
}

/** Entries that are not among others, and of which a file is on the disk. */
function onDisk(
  entries: readonly ModelEntry[],
  facts: { readonly except: readonly ModelEntry[]; readonly found: readonly ModelEntry[] },
): ModelEntry[] {
  const ids = new Set(facts.except.map((entry) => entry.modelId));
  const found = new Set(facts.found.flatMap(fileNames));
  return entries.filter((entry) =>
    !ids.has(entry.modelId) && fileNames(entry).some((name) => found.has(name))
  );
}

function fileNames({ metadata }: ModelEntry): string[] {
  return metadata.files.map((file) => `${metadata.repo} ${file.path}`);
}

/** Entries found on disk, without the files that are registered. */
function withoutKnown(found: readonly ModelEntry[], known: readonly ModelEntry[]): ModelEntry[] {
  const names = new Set(known.flatMap(fileNames));
  const ids = new Set(known.map((entry) => entry.modelId));
  return found.filter((entry) =>
    !ids.has(entry.modelId) && fileNames(entry).some((name) => !names.has(name))
  );
}
