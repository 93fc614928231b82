/**
 * Finds bytes that are wanted elsewhere on this machine: in the library, in the cache of the Hub's own tools, in folders
 * of other programs.
 *
 * Only names and sizes are looked at. But for what the registry has proved, nobody has hashed what is found.
 *
 * @module
 */
import { basename, join } from "node:path";
import { type Digest, parseDigest } from "../base/digest.ts";
import { fileFacts, realPathOf } from "../platform/directory.ts";
import { readAllDirectories } from "../platform/many_names.ts";
import { type AppSettings, lmStudioPlace, ollamaPlace } from "./apps/app_places.ts";
import { repoFolders } from "./hf_cache/scan.ts";
import { looksUntouched } from "./known_files.ts";
import { filePath, type ModelPlace, stagedPaths } from "./layout.ts";
import { type ModelEntry, registeredDigest, type RegisteredFile } from "./model_entry.ts";

/** Whose copy it is. */
export type CopyStore = "library" | "hf-cache" | "ollama" | "lmstudio";

/** A file that has, or may have, the bytes that are wanted. */
export interface KnownCopy {
  readonly store: CopyStore;
  /** Absolute, without links on the way. */
  readonly path: string;
  readonly sizeBytes: number;
  /** In milliseconds since 1970. */
  readonly modifiedAtMs: number;
  /** It was hashed when it was registered, and looks untouched since. */
  readonly isProved: boolean;
  /** Whether its name says that it has these bytes; otherwise only its name and size are the same. */
  readonly isNamed: boolean;
  /** Where digests of its pieces may be; absolute. */
  readonly piecesPath?: string;
}

/** A file whose bytes are wanted. */
export interface WantedBytes {
  /** In the repository. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
}

/** Where copies are looked for. */
export interface CopyPlaces {
  readonly library: {
    /** Absolute. */
    readonly modelsDir: string;
    entries(): Promise<readonly ModelEntry[]>;
  };
  /** Absolute: the cache of the Hub's own tools. */
  readonly hfCacheDirectory: string;
  /** @default folders of other programs are left alone */
  readonly apps?: AppSettings | undefined;
}

/** A place that may have a file's bytes. */
interface Candidate extends Pick<KnownCopy, "store" | "path" | "isNamed" | "piecesPath"> {
  /** As it was registered. */
  readonly registered?: RegisteredFile;
}

/** Smaller files are fetched sooner than they are found by their names. */
const MIN_SEARCHED_BYTES = 1024 * 1024;
/** Publisher, model, and a folder or two of its own. */
const MAX_DEPTH = 4;

/** One look at everything that is on the machine; what changes later is not noticed. */
export class KnownCopies {
  readonly #places: CopyPlaces;
  #registered: Promise<ReadonlyMap<string, readonly Candidate[]>> | undefined;
  #cache: Promise<CacheIndex> | undefined;
  #ollama: Promise<string | undefined> | undefined;
  #lmStudio: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

  constructor(places: CopyPlaces) {
    this.#places = places;
  }

  /**
   * Files that may have the bytes, the surest first. What cannot be looked at is left out: it is never an error.
   *
   * @param options.except Absolute: the name that the bytes are to get.
   */
  async find(
    wanted: WantedBytes,
    options: { readonly except?: string | undefined } = {},
  ): Promise<KnownCopy[]> {
    const copies = new Map<string, KnownCopy>();
    for (const candidates of [this.#inLibrary, this.#inCache, this.#inOllama, this.#inLmStudio]) {
      for (const candidate of await candidates(wanted).catch(() => [])) {
        const copy = await lookAt(candidate, wanted).catch(() => undefined);
        const isOther = copy !== undefined && copy.path !== options.except &&
          candidate.path !== options.except;
        if (isOther && !copies.has(copy.path)) copies.set(copy.path, copy);
      }
    }
    return [...copies.values()].sort((a, b) => rank(a) - rank(b));
  }

  readonly #inLibrary = async ({ digest }: WantedBytes): Promise<readonly Candidate[]> => {
    this.#registered ??= indexRegistry(this.#places.library);
    return (await this.#registered).get(keyOf(digest)) ?? [];
  };

  readonly #inCache = async ({ digest, path, sizeBytes }: WantedBytes): Promise<readonly Candidate[]> => {
    this.#cache ??= indexCache(this.#places.hfCacheDirectory);
    const { blobs, real } = await this.#cache;
    const named = blobs.get(digest.hex) ?? [];
    const alike = sizeBytes < MIN_SEARCHED_BYTES ? [] : real.get(basename(path)) ?? [];
    return [
      ...named.map((each): Candidate => ({ store: "hf-cache", path: each, isNamed: true })),
      ...alike.map((each): Candidate => ({ store: "hf-cache", path: each, isNamed: false })),
    ];
  };

  readonly #inOllama = async ({ digest }: WantedBytes): Promise<readonly Candidate[]> => {
    const { apps } = this.#places;
    if (apps === undefined || digest.algorithm !== "sha256") return [];
    this.#ollama ??= ollamaPlace(apps).then(({ directory, known }) => known ? directory : undefined);
    const directory = await this.#ollama;
    if (directory === undefined) return [];
    return [{ store: "ollama", path: join(directory, "blobs", `sha256-${digest.hex}`), isNamed: true }];
  };

  readonly #inLmStudio = async ({ path, sizeBytes }: WantedBytes): Promise<readonly Candidate[]> => {
    const { apps } = this.#places;
    if (apps === undefined || sizeBytes < MIN_SEARCHED_BYTES) return [];
    this.#lmStudio ??= lmStudioPlace(apps).then(async (place) =>
      place.known ? await filesByName(place.directory) : new Map()
    );
    const paths = (await this.#lmStudio).get(basename(path)) ?? [];
    return paths.map((path) => ({ store: "lmstudio", path, isNamed: false }));
  };
}

function rank({ isProved, isNamed }: KnownCopy): number {
  return isProved ? 0 : isNamed ? 1 : 2;
}

function keyOf({ algorithm, hex }: Digest): string {
  return `${algorithm} ${hex}`;
}

/** A candidate as it is on the disk; `undefined` when it cannot have the bytes. */
async function lookAt(candidate: Candidate, wanted: WantedBytes): Promise<KnownCopy | undefined> {
  const { registered, ...facts } = candidate;
  // A link's own name would be linked, not what it leads to.
  const path = await realPathOf(candidate.path);
  const now = await fileFacts(path);
  if (now?.isFile !== true || now.sizeBytes !== wanted.sizeBytes) return undefined;
  const { sizeBytes, modifiedAtMs } = now;
  const isProved = registered !== undefined && looksUntouched(now, registered);
  return { ...facts, path, sizeBytes, modifiedAtMs, isProved };
}

/** The registered files by every digest that is known of them. */
async function indexRegistry(
  library: CopyPlaces["library"],
): Promise<ReadonlyMap<string, readonly Candidate[]>> {
  const files = new Map<string, Candidate[]>();
  for (const { status, metadata } of await library.entries()) {
    if (status !== "available" && status !== "error") continue;
    for (const registered of metadata.files) {
      const candidate = registered.damaged
        ? undefined
        : toCandidate({ modelsDir: library.modelsDir, repo: metadata.repo }, registered);
      if (candidate === undefined) continue;
      for (const key of keysOf(registered)) files.set(key, [...files.get(key) ?? [], candidate]);
    }
  }
  return files;
}

/** A record that makes no sense is no reason to leave out the others. */
function toCandidate(place: ModelPlace, registered: RegisteredFile): Candidate | undefined {
  const digest = registeredDigest(registered);
  if (digest === undefined) return undefined;
  try {
    const path = filePath(place, registered.path);
    const { pieces: piecesPath } = stagedPaths(place, digest.hex);
    return { store: "library", path, isNamed: true, registered, piecesPath };
  } catch {
    return undefined;
  }
}

function keysOf({ sha256, gitSha1 }: RegisteredFile): string[] {
  return [
    ...(sha256 === undefined ? [] : [keyOf({ algorithm: "sha256", hex: sha256 })]),
    ...(gitSha1 === undefined ? [] : [keyOf({ algorithm: "git-sha1", hex: gitSha1 })]),
  ];
}

/** What is in a cache; a look at names only. */
interface CacheIndex {
  /** Paths of blobs by their digest. */
  readonly blobs: ReadonlyMap<string, readonly string[]>;
  /** Paths of real files in snapshots by their last name: what a repository without links has instead of blobs. */
  readonly real: ReadonlyMap<string, readonly string[]>;
}

async function indexCache(directory: string): Promise<CacheIndex> {
  const repos = await repoFolders(directory);
  const folders = repos.map(({ path }) => join(path, "blobs"));
  const blobs = new Map<string, string[]>();
  const real = new Map<string, string[]>();
  for (const [index, names] of (await readAllDirectories(folders)).entries()) {
    const known = names.filter(({ name, isFile }) => isFile && parseDigest(name) !== undefined);
    for (const { name } of known) {
      blobs.set(name, [...blobs.get(name) ?? [], join(folders[index] ?? "", name)]);
    }
    const repo = repos[index];
    if (known.length > 0 || repo === undefined) continue;
    for (const [name, paths] of await filesByName(join(repo.path, "snapshots"))) {
      real.set(name, [...real.get(name) ?? [], ...paths]);
    }
  }
  return { blobs, real };
}

/** The files below a folder by their names, not too deep. */
async function filesByName(directory: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = new Map<string, string[]>();
  let level = [directory];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const next: string[] = [];
    for (const [index, entries] of (await readAllDirectories(level)).entries()) {
      for (const { name, isFile, isDirectory } of entries) {
        const path = join(level[index] ?? "", name);
        if (isDirectory) next.push(path);
        else if (isFile) files.set(name, [...files.get(name) ?? [], path]);
      }
    }
    level = next;
  }
  return files;
}
