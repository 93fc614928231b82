/**
 * The library as a source of models: what the registry knows and the disk still has.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";
import type { Digest } from "../base/digest.ts";
import { filePath } from "../library/layout.ts";
import type { Library } from "../library/library.ts";
import { registeredDigest, type RegisteredFile } from "../library/model_entry.ts";
import { fileFacts } from "../platform/directory.ts";
import { openOutgoingFile } from "../platform/file_stream.ts";
import { isTextFile } from "./file_headers.ts";
import type { FileProofs, KnownContent } from "./file_proof.ts";
import { findCommit, libraryView, refsOf, type RepoView } from "./library_view.ts";
import type {
  FileAddress,
  HostedFile,
  HostedModel,
  HostedRefs,
  ModelSource,
  PartialTeller,
  RefLister,
  Snapshot,
} from "./model_source.ts";
import { Refusal } from "./reply.ts";

/** Git holds no larger files on the Hub. */
const MAX_GIT_BYTES = 10_000_000;

/** Clients wait about ten seconds for an answer. */
export const PROOF_WAIT_MS = 8000;

/** What the library source works with. */
export interface LibrarySourceOptions {
  readonly library: Pick<Library, "modelsDir" | "entries" | "registry">;
  readonly proofs: FileProofs;
}

/** How many of a library's models there are, and who may have them. */
export interface LibraryCounts {
  readonly models: number;
  /** Private or gated ones among them. */
  readonly restricted: number;
  /** Files of which no digest is known: they are not served. */
  readonly unprovedFiles: number;
}

/** Serves the library. The registry is read again when it has changed. */
export class LibrarySource implements ModelSource, RefLister, PartialTeller {
  readonly #library: LibrarySourceOptions["library"];
  readonly #proofs: FileProofs;
  #views: ReadonlyMap<string, RepoView> = new Map();
  #byDigest: ReadonlyMap<string, FoundFile> | undefined;
  #stamp: string | undefined;
  #reading: Promise<void> | undefined;

  constructor({ library, proofs }: LibrarySourceOptions) {
    this.#library = library;
    this.#proofs = proofs;
  }

  async #read(): Promise<ReadonlyMap<string, RepoView>> {
    const facts = await fileFacts(this.#library.registry.path);
    const stamp = facts === undefined ? "none" : `${facts.sizeBytes} ${facts.modifiedAtMs}`;
    if (stamp !== this.#stamp || stamp === "none") {
      this.#reading ??= this.#load(stamp).finally(() => this.#reading = undefined);
      await this.#reading;
    }
    return this.#views;
  }

  async #load(stamp: string): Promise<void> {
    this.#views = libraryView(await this.#library.entries());
    this.#byDigest = undefined;
    // Noted last, and as it was before: a change meanwhile is seen the next time.
    this.#stamp = stamp;
  }

  /** What there is. */
  async counts(): Promise<LibraryCounts> {
    const views = [...(await this.#read()).values()];
    return {
      models: views.length,
      restricted: views.filter(({ model }) => model.private || model.gated !== false).length,
      unprovedFiles: views.reduce((sum, view) => sum + view.unproved, 0),
    };
  }

  async models(): Promise<readonly HostedModel[]> {
    return [...(await this.#read()).values()].map((view) => view.model);
  }

  async model(repo: string): Promise<HostedModel | undefined> {
    return (await this.#read()).get(repo)?.model;
  }

  async commit(repo: string, revision: string): Promise<string | undefined> {
    const view = (await this.#read()).get(repo);
    return view === undefined ? undefined : findCommit(view, revision);
  }

  async refs(repo: string): Promise<HostedRefs> {
    const view = (await this.#read()).get(repo);
    return view === undefined ? { branches: [], tags: [], converts: [], pullRequests: [] } : refsOf(view);
  }

  async isPartial({ repo, commit }: Snapshot): Promise<boolean> {
    return (await this.#read()).get(repo)?.whole.has(commit) !== true;
  }

  async files(snapshot: Snapshot): Promise<readonly HostedFile[]> {
    const files = (await this.#read()).get(snapshot.repo)?.commits.get(snapshot.commit);
    return [...files?.values() ?? []].map((file) => this.#hosted(snapshot, file));
  }

  async open(address: FileAddress, range: ByteRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const view = (await this.#read()).get(address.repo);
    const file = view?.commits.get(address.commit)?.get(address.path);
    if (file === undefined) throw new Refusal(404, "Entry not found", { code: "EntryNotFound" });
    return await openKnown(this.#content(address.repo, file), this.#proofs, range);
  }

  /**
   * Opens a part of a file by what it is, whatever its name and commit; `undefined` when there is none.
   *
   * @throws {Refusal} 410 when it is not that any more, or is being verified.
   */
  async openBytes(
    digest: Digest,
    range: ByteRange,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | undefined> {
    const views = await this.#read();
    const found = (this.#byDigest ??= indexByDigest(views)).get(digest.hex);
    if (found === undefined) return undefined;
    const content = { ...this.#content(found.repo, found.file), digest };
    const refusal = await this.#proofs.check(content, { waitMs: PROOF_WAIT_MS });
    if (refusal !== undefined) throw refusal;
    return await openKnown(content, this.#proofs, range);
  }

  #content(repo: string, file: RegisteredFile): KnownContent {
    const { path, sizeBytes, damaged } = file;
    return {
      path: filePath({ modelsDir: this.#library.modelsDir, repo }, path),
      name: path,
      sizeBytes,
      digest: servedDigest(file),
      proof: earlierProof(file),
      damaged,
    };
  }

  #hosted({ repo, commit }: Snapshot, file: RegisteredFile): HostedFile {
    const digest = servedDigest(file);
    const content = this.#content(repo, file);
    return {
      path: file.path,
      sizeBytes: file.sizeBytes,
      storage: digest.algorithm === "sha256" ? "lfs" : "git",
      digest: () => Promise.resolve(digest),
      lastCommit: { id: commit, title: "Downloaded", date: file.downloadDate },
      unavailable: (purpose) =>
        purpose === "list"
          ? this.#proofs.checkBriefly(content)
          : this.#proofs.check(content, { waitMs: PROOF_WAIT_MS }),
    };
  }
}

/** A file of some repository. */
interface FoundFile {
  readonly repo: string;
  readonly file: RegisteredFile;
}

/** Files by the hexadecimal digits of either digest. */
function indexByDigest(views: ReadonlyMap<string, RepoView>): Map<string, FoundFile> {
  const index = new Map<string, FoundFile>();
  for (const [repo, { commits }] of views) {
    for (const files of commits.values()) {
      for (const file of files.values()) {
        for (const hex of [file.sha256, file.gitSha1]) {
          if (hex !== undefined && file.damaged !== true) index.set(hex, { repo, file });
        }
      }
    }
  }
  return index;
}

/** The registry is written when bytes have been proved. */
function earlierProof({ modifiedAtMs, downloadDate }: RegisteredFile): KnownContent["proof"] {
  const provedAtMs = Date.parse(downloadDate);
  return modifiedAtMs === undefined || Number.isNaN(provedAtMs) ? undefined : { modifiedAtMs, provedAtMs };
}

/** Of a file that is known by both, the one that the Hub would name it by. */
function servedDigest(file: RegisteredFile): KnownContent["digest"] {
  const { gitSha1, sizeBytes, path } = file;
  if (gitSha1 !== undefined && sizeBytes < MAX_GIT_BYTES && isTextFile(path)) {
    return { algorithm: "git-sha1", hex: gitSha1 };
  }
  const digest = registeredDigest(file);
  if (digest === undefined) throw new TypeError(`No digest is known of "${path}"`);
  return digest;
}

/**
 * Opens a part of a file, if the very file that was opened is what it has to be.
 *
 * @throws {Refusal} 410 when it is not.
 */
export async function openKnown(
  file: KnownContent,
  proofs: FileProofs,
  range: ByteRange,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const opened = await openOutgoingFile(file.path);
  const refusal = proofs.checkFacts(file, opened.facts);
  if (refusal === undefined) return opened.stream(range);
  opened[Symbol.dispose]();
  throw refusal;
}
