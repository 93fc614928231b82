/**
 * Files get their places in the library: linked, or copied on request.
 *
 * @module
 */
import { join } from "node:path";
import { isModelManagerError, ModelManagerError, throwIfAborted } from "../../base/errors.ts";
import { formatByteSize } from "../../base/byte_size.ts";
import { filePath, partialFolder } from "../../library/layout.ts";
import { type KnownFile, looksUntouched } from "../../library/known_files.ts";
import { type ModelEntry, registeredDigest, UNKNOWN_COMMIT } from "../../library/model_entry.ts";
import { fileFacts, removeEmptyDirectories, removeFile, somethingThere } from "../../platform/directory.ts";
import { diskOf } from "../../platform/disk_space.ts";
import {
  type FileStamp,
  fileStamp,
  hasSameContent,
  isSameDisk,
  isSameFile,
  linkFile,
  type LinkFileResult,
  type LinkKind,
} from "../../platform/links.ts";
import type { OperationContext } from "../context.ts";
import { hashFile } from "../hash_file.ts";
import { announceRun } from "../run_claim.ts";
import { hasBytes } from "./hash_found.ts";
import type { ImportStatus } from "./import_request.ts";
import { changedMeanwhile, StandingProofs } from "./standing_proofs.ts";
import type { WantedFile } from "./wanted_files.ts";

/** What became of a file. */
export interface PlacedFile {
  readonly wanted: WantedFile;
  readonly status: ImportStatus;
  /** Absolute: its place in the library. */
  readonly path: string | undefined;
  readonly link: LinkKind | undefined;
  readonly reason: string | undefined;
  /** What has the bytes in the library already. */
  readonly reference: string | undefined;
  /** Where that is from, when it is another model. */
  readonly inLibrary: { readonly repo: string; readonly commit: string | undefined } | undefined;
  /** Whether it is in its place and the registry does not know it. */
  readonly isFresh: boolean;
  /** Of what is fresh: when the content that was proved was last changed, in milliseconds since 1970. */
  readonly modifiedAtMs: number | undefined;
  readonly error: ModelManagerError | undefined;
}

type PlaceContext = Pick<OperationContext, "clock" | "library" | "machinery" | "settings">;

/** Puts files into their places. */
export class LibraryPlaces {
  readonly #context: PlaceContext;
  readonly #options: {
    readonly copy: boolean;
    readonly dryRun: boolean;
    readonly signal?: AbortSignal | undefined;
  };
  /** What the registry has; read once a model, since it is read whole. */
  #entries: Promise<readonly ModelEntry[]> | undefined;
  readonly #known = new Map<string, Promise<ReadonlyMap<string, KnownFile>>>();
  readonly #proofs: StandingProofs;
  /** SHA-256 of what was planned, by repository and path. */
  readonly #planned = new Map<string, string>();

  constructor(
    context: PlaceContext,
    options: { readonly copy: boolean; readonly dryRun: boolean; readonly signal?: AbortSignal | undefined },
  ) {
    this.#context = context;
    this.#options = options;
    this.#proofs = new StandingProofs(context, { signal: options.signal });
  }

  /** Looks anew at what the registry has. */
  refresh(): void {
    this.#entries = undefined;
    this.#known.clear();
  }

  /** @throws {ModelManagerError} `CANCELLED`, and `INSUFFICIENT_SPACE`: then no other file has a chance either. */
  async put(wanted: WantedFile): Promise<PlacedFile> {
    throwIfAborted(this.#options.signal);
    const result = { ...NOTHING, wanted };
    try {
      const path = filePath({ modelsDir: this.#context.library.modelsDir, repo: wanted.repo }, wanted.path);
      return await this.#alreadyThere(wanted, path) ?? await this.#place(wanted, path);
    } catch (error) {
      if (!isModelManagerError(error) || error.code === "CANCELLED" || error.code === "INSUFFICIENT_SPACE") {
        throw error;
      }
      return { ...result, status: "failed", error };
    }
  }

  async #alreadyThere(wanted: WantedFile, path: string): Promise<PlacedFile | undefined> {
    const { file: { hashes }, repo } = wanted;
    const present = { ...NOTHING, wanted, status: "present", path } as const;
    const known = (await this.#knownFiles(repo)).get(wanted.path);
    const digest = known === undefined ? undefined : registeredDigest(known.file);
    if (known?.state === "untouched" && digest !== undefined && hasBytes(hashes, digest)) {
      return { ...present, reference: known.modelId };
    }
    if (wanted.commit === undefined) {
      const other = await this.#sameBytes(hashes.sha256);
      if (other !== undefined) return { ...present, ...other };
    }
    if (this.#planned.get(`${repo} ${wanted.path}`) === hashes.sha256) return present;
    if (!await somethingThere(path)) return undefined;
    const same = await this.#sameInPlace(wanted, path);
    if (same !== undefined) return { ...present, isFresh: true, modifiedAtMs: same.modifiedAtMs };
    return {
      ...present,
      status: "skipped",
      path: undefined,
      reason: `A different file has its place in the library: "${path}"`,
    };
  }

  /** What has a file's place, when that has its bytes. */
  async #sameInPlace({ file }: WantedFile, path: string): Promise<FileStamp | undefined> {
    const { realPath, sizeBytes, hashes } = file;
    const there = await fileStamp(path);
    if (there?.sizeBytes !== sizeBytes) return undefined;
    if (await isSameFile(path, realPath)) {
      const proved = await this.#proofs.current(file);
      return hasSameContent(proved, there) ? there : undefined;
    }
    if (await this.#hash(path) !== hashes.sha256) return undefined;
    return hasSameContent(there, await fileStamp(path)) ? there : undefined;
  }

  #knownFiles(repo: string): Promise<ReadonlyMap<string, KnownFile>> {
    const known = this.#known.get(repo) ?? this.#context.library.knownFiles(repo);
    this.#known.set(repo, known);
    return known;
  }

  #hash(path: string): Promise<string> {
    return hashFile(this.#context, { path, algorithm: "sha256" }, { signal: this.#options.signal });
  }

  /** Of what nobody knows where it is from, one name in the library is enough. */
  async #sameBytes(
    sha256: string,
  ): Promise<Pick<PlacedFile, "path" | "reference" | "inLibrary"> | undefined> {
    const { library } = this.#context;
    for (
      const { modelId, status, metadata: { repo, files } } of await (this.#entries ??= library.entries())
    ) {
      const file = status === "available"
        ? files.find((each) => each.sha256 === sha256 && !each.damaged)
        : undefined;
      if (file === undefined) continue;
      const path = filePath({ modelsDir: library.modelsDir, repo }, file.path);
      const facts = await fileFacts(path);
      if (facts === undefined || !looksUntouched(facts, file)) continue;
      const commit = file.commit === UNKNOWN_COMMIT ? undefined : file.commit;
      return { path, reference: modelId, inLibrary: { repo, commit } };
    }
    return undefined;
  }

  async #place(wanted: WantedFile, path: string): Promise<PlacedFile> {
    const { copy, dryRun } = this.#options;
    const { realPath, hashes, sizeBytes } = wanted.file;
    const result = { ...NOTHING, wanted, path } as const;
    if (copy) await this.#requireRoom(path, sizeBytes);
    this.#planned.set(`${wanted.repo} ${wanted.path}`, hashes.sha256);
    if (dryRun) {
      const link = copy ? "copy" : await isSameDisk(realPath, path) ? "hard" : "symbolic";
      return { ...result, status: "planned", link };
    }
    const proved = await this.#proofs.current(wanted.file);
    const link = copy ? await this.#copy(wanted, path) : await linkFile(realPath, path);
    if (link === "taken") {
      const reason = `A different file has its place in the library: "${path}"`;
      return { ...result, status: "skipped", path: undefined, reason };
    }
    if (link === "impossible") throw noLinks(path);
    const placed = await fileStamp(path);
    const isProved = await this.#proofs.stillIs(wanted.file, proved, { linked: link === "hard" }) &&
      placed?.sizeBytes === sizeBytes && (link === "copy" || hasSameContent(proved, placed));
    if (!isProved) {
      await removeFile(path);
      throw changedMeanwhile(wanted.file);
    }
    const status = link === "copy" ? "copied" : "linked";
    return { ...result, status, link, isFresh: true, modifiedAtMs: placed.modifiedAtMs };
  }

  /** Gathered where a cleanup finds what a killed process leaves. */
  async #copy({ repo, file }: WantedFile, path: string): Promise<LinkFileResult> {
    const { modelsDir } = this.#context.library;
    const folder = partialFolder({ modelsDir, repo });
    const id = crypto.randomUUID().slice(0, 8);
    const stagedPath = join(folder, `${file.hashes.sha256}.${id}.${crypto.randomUUID().slice(0, 8)}.part`);
    const { realPath, sizeBytes } = file;
    try {
      const files = [{ stagedPath, finalPath: path, sizeBytes }];
      await using _run = await announceRun(this.#context, { folder, id, files });
      return await linkFile(realPath, path, { copy: true, stagedPath });
    } finally {
      await removeEmptyDirectories(folder, modelsDir);
    }
  }

  async #requireRoom(path: string, sizeBytes: number): Promise<void> {
    const { freeBytes } = await diskOf(path);
    const { reserveBytes } = this.#context.settings;
    if (freeBytes === undefined || freeBytes - reserveBytes >= sizeBytes) return;
    throw new ModelManagerError(
      "INSUFFICIENT_SPACE",
      `There is no room for a copy of ${formatByteSize(sizeBytes)}: ${formatByteSize(freeBytes)} are free, ` +
        `and ${formatByteSize(reserveBytes)} stay so`,
      { hints: ["Link instead: leave out --copy", "See what takes the room: mm list --sort size"] },
    );
  }
}

const NOTHING = {
  status: "failed",
  path: undefined,
  link: undefined,
  reason: undefined,
  reference: undefined,
  inLibrary: undefined,
  isFresh: false,
  modifiedAtMs: undefined,
  error: undefined,
} as const;

function noLinks(path: string): ModelManagerError {
  return new ModelManagerError("PERMISSION_ERROR", `No link can be made to "${path}"`, {
    hints: ["Copy instead: run the same command with --copy"],
  });
}
