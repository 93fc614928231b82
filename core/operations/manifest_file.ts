/**
 * The manifest and its lock on the disk: found, read with every mistake, changed without disturbing what is in there.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, dirname, extname, join, resolve } from "node:path";
import type { Clock } from "../base/clock.ts";
import { fromErrorData, isModelManagerError, ModelManagerError } from "../base/errors.ts";
import { formatProblem, type Manifest, type ManifestProblem, readManifest } from "../library/manifest.ts";
import { editManifest, type ManifestEdit, newManifest } from "../library/manifest_edit.ts";
import { type LockedModel, readLock } from "../library/manifest_lock.ts";
import { readTextFileIfExists, writeFileAtomic } from "../platform/atomic_file.ts";
import { fileFacts, makeDirectory } from "../platform/directory.ts";
import { acquireFileLock } from "../platform/file_lock.ts";
import { MANIFEST_NAME } from "./manifest_name.ts";

/** A manifest that has been read. */
export interface LoadedManifest {
  /** Absolute. */
  readonly path: string;
  readonly manifest: Manifest;
  /** What looks like a misspelt field. */
  readonly warnings: readonly string[];
  /** Why the file cannot be used as it is now: this is how it was when it was good last. */
  readonly outdated?: string;
}

/** What manifests need of the machine. */
export interface ManifestFilesOptions {
  /** Absolute; where the manifest is when the working directory has none. */
  readonly configDir: string;
  /** Absolute; where processes wait for each other. */
  readonly stateDir: string;
  readonly clock: Clock;
  /** Told, loudly, when a manifest that is broken just now is used as it was before. */
  readonly onNotice: (message: string) => void;
}

/** Long enough for any change of another process. */
const LOCK_WAIT_MS = 10_000;

/** The manifests of this machine. */
export class ManifestFiles {
  readonly #options: ManifestFilesOptions;
  /** What was good last, by path, and what was said since. */
  readonly #good = new Map<string, { readonly loaded: LoadedManifest; said: string | undefined }>();
  /** What was put aside of each. */
  readonly #kept = new Map<string, string>();

  constructor(options: ManifestFilesOptions) {
    this.#options = options;
  }

  /**
   * Which manifest is meant: the one that is named, else `models.json` in the working directory, else the one in the
   * configuration directory. When neither is there, one would be made in the working directory.
   */
  async locate(file: string | undefined): Promise<string> {
    if (file !== undefined) return resolve(file);
    const here = resolve(MANIFEST_NAME);
    const own = join(this.#options.configDir, MANIFEST_NAME);
    for (const path of [here, own]) if (await fileFacts(path) !== undefined) return path;
    return here;
  }

  /**
   * Reads a manifest.
   *
   * @param options.keepGood When it is broken or gone just now, and was good when it was last asked for so, in this
   * process or an earlier one, it counts as it was, which is said. @default {false}
   * @throws {ModelManagerError} `NOT_FOUND`, or `CONFIG_INVALID` with every mistake.
   */
  async load(
    file: string | undefined,
    options: { readonly keepGood?: boolean } = {},
  ): Promise<LoadedManifest> {
    const path = await this.locate(file);
    const { keepGood = false } = options;
    try {
      const text = await readTextFileIfExists(path);
      const loaded = toLoaded(path, text);
      this.#good.set(path, { loaded, said: undefined });
      if (keepGood) await this.#keep(path, text ?? "");
      return loaded;
    } catch (error) {
      if (!keepGood || !isModelManagerError(error)) throw error;
      const last = this.#good.get(path) ?? await this.#readKept(path);
      if (last === undefined) throw error;
      if (last.said !== error.message) {
        this.#options.onNotice(`${error.message}. The manifest stays in force as it was before`);
      }
      last.said = error.message;
      return { ...last.loaded, outdated: error.message };
    }
  }

  #keptPath(path: string): string {
    return join(this.#options.stateDir, "manifests", `${hashOf(path)}.good.json`);
  }

  /** For the next process. Where that is not possible, it is as if there had been none before. */
  async #keep(path: string, text: string): Promise<void> {
    if (this.#kept.get(path) === text) return;
    const keptPath = this.#keptPath(path);
    try {
      if (await readTextFileIfExists(keptPath) !== text) {
        await makeDirectory(dirname(keptPath));
        await writeFileAtomic(keptPath, text);
      }
      this.#kept.set(path, text);
    } catch {
      this.#kept.delete(path);
    }
  }

  async #readKept(
    path: string,
  ): Promise<{ readonly loaded: LoadedManifest; said: string | undefined } | undefined> {
    const text = await readTextFileIfExists(this.#keptPath(path)).catch(() => undefined);
    const { manifest } = text === undefined ? { manifest: undefined } : readManifest(text);
    if (manifest === undefined) return undefined;
    const good = { loaded: { path, manifest, warnings: [] }, said: undefined };
    this.#good.set(path, good);
    return good;
  }

  /**
   * Changes a manifest, under a lock; a broken one is left as it is.
   *
   * @param edits Made of the manifest as it is at that moment.
   * @returns the manifest as it was before and is now.
   */
  async change(
    path: string,
    edits: (manifest: Manifest) => readonly ManifestEdit[],
    options: { readonly create?: boolean } = {},
  ): Promise<{ readonly before: Manifest; readonly after: Manifest; readonly created: boolean }> {
    const { clock } = this.#options;
    const now = new Date(clock.now()).toISOString();
    await using _lock = await this.#lock(path);
    const found = await readTextFileIfExists(path);
    const created = found === undefined && options.create === true;
    const text = created ? newManifest(now) : found;
    const before = toLoaded(path, text).manifest;
    const next = editManifest(text ?? "", edits(before), { now });
    const { manifest: after, problems } = readManifest(next);
    if (after === undefined) throw unusableValue(problems);
    if (next !== found) {
      if (created) await makeDirectory(dirname(path));
      await writeFileAtomic(path, next);
    }
    return { before, after, created };
  }

  /** Not beside the manifest, where it would be in the way of people and version control. */
  async #lock(path: string): Promise<AsyncDisposable> {
    const { clock, stateDir } = this.#options;
    const folder = join(stateDir, "manifests");
    await makeDirectory(folder);
    await using stack = new AsyncDisposableStack();
    const name = `${hashOf(path)}.lock`;
    stack.use(await acquireFileLock(join(folder, name), { clock, waitMs: LOCK_WAIT_MS }));
    return stack.move();
  }
}

/** Sixteen hexadecimal digits that stand for a text. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** The lock beside a manifest: `models.lock.json`. */
export function lockPathOf(manifestPath: string): string {
  const extension = extname(manifestPath);
  return join(dirname(manifestPath), `${basename(manifestPath, extension)}.lock${extension || ".json"}`);
}

function toLoaded(path: string, text: string | undefined): LoadedManifest {
  if (text === undefined) {
    throw new ModelManagerError("NOT_FOUND", `There is no manifest "${path}"`, {
      hints: ["Make one: mm models add org/name:QUANT", "Or name another one: --manifest FILE"],
    });
  }
  const { manifest, problems, warnings } = readManifest(text);
  if (manifest === undefined) {
    throw invalid(path, problems, `Edit "${path}", then check it: mm models list`);
  }
  return { path, manifest, warnings: warnings.map((warning) => `"${path}": ${formatProblem(warning)}`) };
}

function invalid(path: string, problems: readonly ManifestProblem[], hint: string): ModelManagerError {
  const texts = problems.map(formatProblem);
  const single = texts.length === 1;
  return fromErrorData({
    code: "CONFIG_INVALID",
    message: `Cannot use "${path}": ${single ? texts[0] : `${texts.length} mistakes`}`,
    hints: [hint],
    causes: single ? [] : texts,
  });
}

/** What was asked for would make a manifest that cannot be read. */
function unusableValue(problems: readonly ManifestProblem[]): ModelManagerError {
  const [first] = problems;
  return new ModelManagerError("USAGE_ERROR", `Cannot change the manifest: ${first?.field} ${first?.text}`, {
    hints: ["See what each field may hold: mm models schema"],
  });
}

/**
 * Reads the lock beside a manifest.
 *
 * @throws {ModelManagerError} `NOT_FOUND`, or `CONFIG_INVALID` with every mistake.
 */
export async function loadLock(manifestPath: string): Promise<readonly LockedModel[]> {
  const path = lockPathOf(manifestPath);
  const text = await readTextFileIfExists(path);
  if (text === undefined) {
    throw new ModelManagerError("NOT_FOUND", `There is no lock "${path}"`, { hints: ["Make it: mm lock"] });
  }
  const { models, problems } = readLock(text);
  if (models === undefined) throw invalid(path, problems, "Make it anew: mm lock");
  return models;
}
