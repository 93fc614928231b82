/**
 * What a cleanup is decided from, gathered from the disk without changing or following anything. What cannot be read
 * is said, and the rest is gathered all the same.
 *
 * @module
 */
import { join } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import type { ModelManagerError } from "../base/errors.ts";
import { isRepoName } from "../base/reference.ts";
import { PARTIAL_FOLDER, repoPathProblem } from "../base/repo_path.ts";
import { readTextFileIfExists } from "../platform/atomic_file.ts";
import { fileFacts, freedBytes, type PlainEntry, readNames, realPathOf } from "../platform/directory.ts";
import { findLockHolder } from "../platform/lock_state.ts";
import type { CleanupFacts, JournalFacts, LeftoverFile, LeftoverFolder, StrayFile } from "./cleanup_plan.ts";
import { isDamagedCopy, isUnfinishedWrite, parseLeftoverName } from "./leftover_names.ts";
import { registeredDigest } from "./model_entry.ts";
import { parsePartial } from "./partials.ts";
import { decodeRegistry } from "./registry_document.ts";
import { Looks } from "./looks.ts";

/** Where to look. */
export interface CleanupPlaces {
  /** Absolute. */
  readonly modelsDir: string;
  /** Absolute; further folders in which all is ours, such as that of the settings. */
  readonly ownFolders: readonly string[];
  readonly clock?: Clock;
}

/** Facts, and what could not be looked at. */
export interface GatheredFacts extends CleanupFacts {
  readonly problems: readonly ModelManagerError[];
}

/** A folder of partial data, and whose it is. */
interface PartialPlace {
  readonly repo: string;
  /** Absolute. */
  readonly path: string;
}

/** Digests of which the registry wants the pieces, by repository; `undefined` when it cannot tell. */
type NeededPieces = (repo: string) => ReadonlySet<string> | undefined;

/** Gathers everything. */
export async function gatherCleanupFacts(places: CleanupPlaces): Promise<GatheredFacts> {
  return await new Gathering(places).run();
}

/**
 * Gathers the facts of one folder of partial data again.
 *
 * @param options.held Keys of locks that the caller holds: they are not busy.
 * @throws {ModelManagerError} What the file system says.
 */
export async function gatherFolder(
  places: CleanupPlaces,
  folder: string,
  options: { readonly held: ReadonlySet<string> },
): Promise<LeftoverFolder> {
  const modelsDir = await realPathOf(places.modelsDir);
  const repo = folder.slice(modelsDir.length + 1, -PARTIAL_FOLDER.length - 1).replaceAll("\\", "/");
  const needed = await readNeededPieces(modelsDir);
  const names = await readNames(folder);
  return await toFolder({ repo, path: folder }, {
    names,
    needed,
    clock: places.clock ?? systemClock,
    ...options,
  });
}

class Gathering {
  readonly #places: CleanupPlaces;
  readonly #looks = new Looks();
  readonly #strays: StrayFile[] = [];
  readonly #nameCounts = new Map<string, { readonly names: number; readonly kind: "owner" | "inner" }>();
  readonly #partial: PartialPlace[] = [];

  constructor(places: CleanupPlaces) {
    this.#places = places;
  }

  async run(): Promise<GatheredFacts> {
    const { ownFolders, clock = systemClock } = this.#places;
    const modelsDir = await this.#looks.attempt(() => realPathOf(this.#places.modelsDir)) ??
      this.#places.modelsDir;
    await this.#modelsDir(modelsDir);
    for (const folder of new Set(ownFolders)) await this.#ownFolder(folder);
    const needed = await readNeededPieces(modelsDir);
    const folders: LeftoverFolder[] = [];
    for (const place of this.#partial) {
      const names = await this.#names(place.path, "inner");
      const folder = await this.#looks.attempt(() =>
        toFolder(place, { names, needed, clock, held: new Set() })
      );
      if (folder !== undefined) folders.push(folder);
    }
    return { folders, strays: this.#strays, nameCounts: this.#nameCounts, problems: this.#looks.problems };
  }

  async #modelsDir(modelsDir: string): Promise<void> {
    const lockPath = join(modelsDir, "registry.json.lock");
    for (const entry of await this.#names(modelsDir)) {
      const { name, kind } = entry;
      const path = join(modelsDir, name);
      if (kind === "file" && name.startsWith("registry.json.") && isDamagedCopy(name)) {
        await this.#stray(path, { kind: "damaged" });
      } else if (kind === "file" && /^\.registry\.json(?:\.backup)?(?:\.[0-9a-f]{8})?\.tmp$/.test(name)) {
        await this.#stray(path, { kind: "temporary", lockPath });
      } else if (kind === "file") await this.#probe(path, name);
      else if (kind === "directory" && !name.startsWith(".")) await this.#owner(path, name);
    }
  }

  /** A folder of models, or a model with a bare legacy name. */
  async #owner(path: string, owner: string): Promise<void> {
    for (const { name, kind } of await this.#names(path, "owner")) {
      const below = join(path, name);
      if (kind === "file") await this.#probe(below, name);
      if (kind !== "directory") continue;
      if (name === PARTIAL_FOLDER && isUsable(owner)) this.#partial.push({ repo: owner, path: below });
      if (!name.startsWith(".") && isUsable(`${owner}/${name}`)) await this.#model(below, `${owner}/${name}`);
    }
  }

  async #model(path: string, repo: string): Promise<void> {
    for (const { name, kind } of await this.#names(path, "inner")) {
      const below = join(path, name);
      if (kind === "file") await this.#probe(below, name);
      else if (kind === "directory" && name === PARTIAL_FOLDER) this.#partial.push({ repo, path: below });
    }
  }

  async #ownFolder(folder: string): Promise<void> {
    for (const { name, kind } of await this.#names(folder)) {
      if (kind !== "file") continue;
      if (isUnfinishedWrite(name)) await this.#stray(join(folder, name), { kind: "temporary" });
      else if (isDamagedCopy(name)) await this.#stray(join(folder, name), { kind: "damaged" });
    }
  }

  /** A file that was made to find out whether files can be made; it is always empty. */
  async #probe(path: string, name: string): Promise<void> {
    if (/^\.[0-9a-f]{8}\.tmp$/.test(name)) await this.#stray(path, { kind: "temporary", onlyEmpty: true });
  }

  async #stray(
    path: string,
    options: { readonly kind: StrayFile["kind"]; readonly lockPath?: string; readonly onlyEmpty?: boolean },
  ): Promise<void> {
    const facts = await this.#looks.attempt(() => fileFacts(path, { followLinks: false }));
    if (facts === undefined || (options.onlyEmpty === true && facts.sizeBytes > 0)) return;
    const { modifiedAtMs } = facts;
    const { kind, lockPath } = options;
    this.#strays.push({ path, kind, lockPath, modifiedAtMs, freesBytes: freedBytes(facts) });
  }

  /** The names in a folder; those of one that may have to go are counted. */
  async #names(path: string, kind?: "owner" | "inner"): Promise<readonly PlainEntry[]> {
    const entries = await this.#looks.attempt(() => readNames(path));
    if (entries !== undefined && kind !== undefined) {
      this.#nameCounts.set(path, { names: entries.length, kind });
    }
    return entries ?? [];
  }
}

function isUsable(repo: string): boolean {
  return isRepoName(repo) && repoPathProblem(repo) === undefined;
}

/** Only a registry that can be read whole tells what is not needed; it is not put right here. */
async function readNeededPieces(modelsDir: string): Promise<NeededPieces> {
  const path = join(modelsDir, "registry.json");
  const nothing: NeededPieces = () => undefined;
  try {
    const text = await readTextFileIfExists(path);
    const document = text === undefined ? undefined : decodeRegistry(text, path);
    if (document === undefined || document.problems.length > 0) return nothing;
    return (repo) => {
      const files = document.models.filter((entry) => entry.metadata.repo === repo)
        .flatMap((entry) => entry.metadata.files);
      const digests = files.map((file) => registeredDigest(file)?.hex);
      // What was only found on disk may be any file.
      return digests.includes(undefined) ? undefined : new Set(digests.filter((hex) => hex !== undefined));
    };
  } catch {
    return nothing;
  }
}

async function toFolder(
  place: PartialPlace,
  facts: {
    readonly names: readonly PlainEntry[];
    readonly needed: NeededPieces;
    readonly clock: Clock;
    readonly held: ReadonlySet<string>;
  },
): Promise<LeftoverFolder> {
  const files: LeftoverFile[] = [];
  for (const { name, kind } of facts.names) {
    const file = kind === "file" ? await toFile(place.path, name) : undefined;
    if (file !== undefined) files.push(file);
  }
  const keys = new Set(
    files.flatMap(({ key, kind }) => key === undefined || kind === "temporary" ? [] : [key]),
  );
  const whole = files.map((file) =>
    file.kind === "temporary" ? { ...file, key: wholeKey(file.key, keys) } : file
  );
  const busy = new Set<string>();
  for (const key of keys) {
    if (facts.held.has(key)) continue;
    if (await findLockHolder(join(place.path, `${key}.lock`), facts.clock) !== undefined) busy.add(key);
  }
  const journals = new Map<string, JournalFacts>();
  for (const { kind, key } of whole) {
    if (kind !== "journal" || key === undefined || journals.has(key) || busy.has(key)) continue;
    journals.set(key, await readJournal(join(place.path, `${key}.journal`), key));
  }
  return { path: place.path, files: whole, journals, busy, neededPieces: facts.needed(place.repo) };
}

async function toFile(folder: string, name: string): Promise<LeftoverFile | undefined> {
  const parsed = parseLeftoverName(name);
  if (parsed === undefined) return undefined;
  const path = join(folder, name);
  const facts = await fileFacts(path, { followLinks: false });
  if (facts === undefined || !facts.isFile) return undefined;
  const { sizeBytes, modifiedAtMs, linkCount } = facts;
  return { ...parsed, path, sizeBytes, modifiedAtMs, linkCount, freesBytes: freedBytes(facts) };
}

/** A long name is cut off before it gets its suffix; what it stands beside tells the rest. */
function wholeKey(key: string | undefined, keys: ReadonlySet<string>): string | undefined {
  if (key === undefined || keys.has(key)) return key;
  if ([64, 40, 8].includes(key.length)) return key;
  return [...keys].find((each) => each.startsWith(key));
}

async function readJournal(path: string, key: string): Promise<JournalFacts> {
  const texts = await Promise.all([path, `${path}.synced`].map(readTextFileIfExists));
  const notes = texts.map(parsePartial).filter((note) => note?.digest.hex === key);
  const sound = notes.find((note) => note !== undefined);
  if (sound !== undefined) {
    const { sizeBytes, receivedBytes } = sound;
    return { state: "sound", sizeBytes, isComplete: receivedBytes === sizeBytes };
  }
  return { state: texts.some(isNewer) ? "unknown" : "damaged", sizeBytes: undefined, isComplete: false };
}

/** Whether a note is of a format that this program does not know yet. */
function isNewer(text: string | undefined): boolean {
  if (text === undefined) return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "version" in value &&
      typeof value.version === "number" && value.version > 1;
  } catch {
    return false;
  }
}
