/**
 * Where a pull puts its files: the library, or any folder.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { ModelManagerError } from "../base/errors.ts";
import { checkRepoPaths, PARTIAL_FOLDER } from "../base/repo_path.ts";
import type { FileFollower } from "../download/file_follower.ts";
import type { FileFacts } from "../download/plan.ts";
import type { ModelInfo, RepoFile } from "../hub/model.ts";
import type { KnownFile } from "../library/known_files.ts";
import { filePath, partialFolder } from "../library/layout.ts";
import type { ProvedFile } from "../library/files_in_place.ts";
import { hasDigest, registeredDigest, UNKNOWN_COMMIT } from "../library/model_entry.ts";
import { modelTypeOf } from "../library/model_type.ts";
import { clearAfterSuccess } from "../library/partials.ts";
import { publishFile, type PublishOptions } from "../library/publish.ts";
import { isGitFile } from "../library/selection.ts";
import { fileFacts } from "../platform/directory.ts";
import { readLink } from "../platform/symlinks.ts";
import { TakenNames } from "../platform/taken_names.ts";
import { checkWritable } from "../platform/writable.ts";
import type { OperationContext } from "./context.ts";
import { HfCacheTarget } from "./hf_cache_target.ts";

/** A file that was pulled, for the registry. */
export interface PulledFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: NonNullable<RepoFile["digest"]>;
  /** The commit that its bytes came from. @default the one that is pulled */
  readonly commit?: string | undefined;
  /** Whether digests of its pieces lie beside the partial data. */
  readonly hasPieces: boolean;
}

/** A place that takes files of one model. */
export interface PullTarget {
  /** Eight hexadecimal digits, different for each run: names what is only its own. */
  readonly runId: string;
  /** Where partial data and journals are, on the same disk. */
  readonly partialFolder: string;
  /** Absolute path of a file's final name. @throws {ModelManagerError} When the name is unsafe. */
  pathOf(path: string): string;
  /** Whose bytes have the final name of a file now; `undefined` when only hashing can tell. */
  recognise(file: RepoFile, signal?: AbortSignal): Promise<FileFacts["atTarget"] | undefined>;
  /** Under which reference the registry has a file of that path; `undefined` when it knows of none. */
  registeredAs(path: string): Promise<string | undefined>;
  /** Looks anew at what is there; called before files are recognised. */
  refresh(): void;
  /**
   * Makes sure, before the first byte is fetched, that the files can be put into their places and recorded. Nothing
   * stays of the attempt.
   *
   * @param paths Of the files in the repository.
   * @throws {ModelManagerError} `PERMISSION_ERROR` naming the folder that cannot be written.
   */
  prepare(paths: readonly string[]): Promise<void>;
  /**
   * Whether a proved file is to stay where it was gathered until all are recorded; then its journal stays, too.
   *
   * @default none is
   */
  holds?(path: string): boolean;
  /** Who reads a file while it is being fetched. @default nobody does */
  follower?(path: string): FileFollower | undefined;
  /**
   * Takes the locks by which other programs know that files are being fetched; after our own ones, so that only one of
   * us waits for them.
   *
   * @default there are no such programs
   */
  lockOutside?(files: readonly FileFacts[], options: OutsideLockOptions): Promise<OutsideLocks>;
  /** Gives a proved file its name. @returns the final path. */
  publish(path: string, options: PublishOptions & { readonly stagedPath: string }): Promise<string>;
  /** Records what was pulled. */
  register(files: readonly PulledFile[], quant: string | undefined): Promise<void>;
}

/** How locks of other programs are taken. */
export interface OutsideLockOptions {
  /** Fail with `LOCKED` at once where another program is at work. */
  readonly noWait: boolean;
  readonly signal: AbortSignal;
  /** Called with what is waited for. */
  readonly onWait: (message: string) => void;
}

/** Locks of other programs that are held; disposing frees them. */
export interface OutsideLocks extends AsyncDisposable {
  /** Whether another program had one of them: then what is on disk has to be looked at again. */
  readonly waited: boolean;
}

/** Reads `--to`. @throws {ModelManagerError} `USAGE_ERROR` for a place that is not supported. */
export function pullTarget(
  context: OperationContext,
  request: { readonly info: ModelInfo; readonly to: string | undefined },
): PullTarget {
  const { to = "library" } = request;
  if (to === "library") return new LibraryTarget(context, request.info);
  if (to === "hf-cache") return new HfCacheTarget(context, request.info);
  if (to === "") {
    throw new ModelManagerError("USAGE_ERROR", "The folder to pull into is empty", {
      hints: ["Name the folder: mm pull REF --to ./models, or . for this one"],
    });
  }
  return new FolderTarget(request.info.repo, resolve(to));
}

class LibraryTarget implements PullTarget {
  readonly runId: string = newRunId();
  readonly partialFolder: string;
  readonly #context: OperationContext;
  readonly #info: ModelInfo;
  #known: ReturnType<OperationContext["library"]["knownFiles"]> | undefined;
  #taken = new TakenNames();
  /** That there is one: before the first file is in its place. */
  #registry: Promise<void> | undefined;

  constructor(context: OperationContext, info: ModelInfo) {
    this.#context = context;
    this.#info = info;
    this.partialFolder = partialFolder(this.#place);
  }

  get #place(): { readonly modelsDir: string; readonly repo: string } {
    return { modelsDir: this.#context.library.modelsDir, repo: this.#info.repo };
  }

  pathOf(path: string): string {
    return filePath(this.#place, path);
  }

  refresh(): void {
    this.#known = undefined;
    this.#taken = new TakenNames();
  }

  async #knownFile(path: string): Promise<KnownFile | undefined> {
    this.#known ??= this.#context.library.knownFiles(this.#info.repo);
    return (await this.#known).get(path);
  }

  async registeredAs(path: string): Promise<string | undefined> {
    const known = await this.#knownFile(path);
    return known === undefined || isFound(known) ? undefined : known.modelId;
  }

  async prepare(paths: readonly string[]): Promise<void> {
    await this.#context.library.checkWritable();
    await checkPlaces(this, paths);
  }

  async recognise(file: RepoFile): Promise<FileFacts["atTarget"] | undefined> {
    const known = await this.#knownFile(file.path);
    const isOurs = known !== undefined && !isFound(known);
    // Proved to be wrong: it may be replaced without asking.
    if (isOurs && known.state === "damaged") return "older";
    // The link of an import whose bytes are gone is not more than a file that is gone.
    if (isOurs && known.state === "changed" && await leadsNowhere(this.pathOf(file.path))) return "older";
    const isProved = known?.state === "untouched" && registeredDigest(known.file) !== undefined;
    if (isProved && file.digest !== undefined) {
      if (hasDigest(known.file, file.digest)) return "same";
      if (isOurs) return "older";
    }
    return await nothingAt(this.pathOf(file.path), this.#taken);
  }

  async publish(
    path: string,
    options: PublishOptions & { readonly stagedPath: string },
  ): Promise<string> {
    this.#registry ??= this.#context.library.registry.ensure();
    await this.#registry;
    return await publishFile(options.stagedPath, this.pathOf(path), options);
  }

  async register(files: readonly PulledFile[], quant: string | undefined): Promise<void> {
    const { repo, revision, commit, task, gated } = this.#info;
    await this.#context.library.register({
      repo,
      revision,
      commit,
      quant,
      modelType: modelTypeOf(task),
      whole: isWhole(this.#info, files),
      private: this.#info.private,
      gated: gated !== false,
      files: files.map(toProved),
    });
  }
}

async function leadsNowhere(path: string): Promise<boolean> {
  return await fileFacts(path) === undefined && await readLink(path) !== undefined;
}

/** What was only found on the disk has never been downloaded: it is somebody's own. */
function isFound({ file }: KnownFile): boolean {
  return file.commit === UNKNOWN_COMMIT || registeredDigest(file) === undefined;
}

/** A folder of the caller's own: the repository's files at their paths, nothing recorded. */
class FolderTarget implements PullTarget {
  readonly runId: string = newRunId();
  readonly partialFolder: string;
  readonly #repo: string;
  readonly #folder: string;
  #taken = new TakenNames();

  constructor(repo: string, folder: string) {
    this.#repo = repo;
    this.#folder = folder;
    this.partialFolder = join(folder, PARTIAL_FOLDER, "model-manager");
  }

  pathOf(path: string): string {
    checkRepoPaths(this.#repo, [path]);
    return join(this.#folder, ...path.split("/"));
  }

  recognise(file: RepoFile): Promise<FileFacts["atTarget"] | undefined> {
    return nothingAt(this.pathOf(file.path), this.#taken);
  }

  registeredAs(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  refresh(): void {
    this.#taken = new TakenNames();
  }

  async prepare(paths: readonly string[]): Promise<void> {
    await checkPlaces(this, paths);
  }

  publish(
    path: string,
    options: PublishOptions & { readonly stagedPath: string },
  ): Promise<string> {
    return publishFile(options.stagedPath, this.pathOf(path), options);
  }

  async register(files: readonly PulledFile[]): Promise<void> {
    await clearAfterSuccess(this.partialFolder, files.map((file) => file.digest));
  }
}

/** A file as the library records it. */
export function toProved({ path, sizeBytes, digest, hasPieces, commit }: PulledFile): ProvedFile {
  const pieces = hasPieces ? { pieces: `${PARTIAL_FOLDER}/${digest.hex}.pieces` } : {};
  return { path, sizeBytes, digest, ...pieces, ...(commit === undefined ? {} : { commit }) };
}

/** Whether the files are all that the repository has to offer. */
function isWhole(info: ModelInfo, files: readonly PulledFile[]): boolean {
  const paths = new Set(files.map((file) => file.path));
  return info.files.every((file) => paths.has(file.path) || isGitFile(file.path));
}

function newRunId(): string {
  return crypto.randomUUID().slice(0, 8);
}

/** The final places, and the folder where the data is gathered. */
async function checkPlaces(target: PullTarget, paths: readonly string[]): Promise<void> {
  await checkWritable([...paths.map((path) => target.pathOf(path)), join(target.partialFolder, "part")]);
}

/** `nothing` when the name is free; otherwise only the bytes can tell. */
async function nothingAt(path: string, taken: TakenNames): Promise<"nothing" | undefined> {
  return await taken.has(path) ? undefined : "nothing";
}
