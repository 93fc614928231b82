/**
 * The Hub behind this server as one client may see it, with files that are kept here.
 *
 * @module
 */
import type { ByteRange } from "../../base/byte_range.ts";
import type { Digest } from "../../base/digest.ts";
import type { ModelInfo, RepoFile } from "../../hub/model.ts";
import type {
  FileAddress,
  HostedFile,
  HostedModel,
  ModelSource,
  RenameTeller,
  Snapshot,
} from "../../server/model_source.ts";
import { Refusal } from "../../server/reply.ts";
import type { FetchDesk } from "./fetch_desk.ts";
import { type LocalBytesOptions, openLocalBytes } from "./local_bytes.ts";
import type { Upstream } from "./upstream.ts";
import { saysNothing } from "./upstream_refusal.ts";

/** Who asks, and what is asked with. */
export interface CallerSourceOptions extends LocalBytesOptions {
  readonly upstream: Upstream;
  readonly desk: FetchDesk;
  /** The token that the Hub is asked with; `undefined` asks as nobody. */
  readonly token: string | undefined;
  /** The revision that the request names, as far as that can be told; facts are asked for at it. */
  readonly revision: string | undefined;
  /** Told of files that were here. */
  readonly onLocal: () => void;
}

/** Answers one request. */
export class CallerSource implements ModelSource, RenameTeller {
  readonly #options: CallerSourceOptions;
  /** Facts by commit, so that what follows is about the very same. */
  readonly #snapshots = new Map<string, ModelInfo>();
  /** Why the Hub could not tell, when it could not. */
  trouble: Refusal | undefined;
  /** The Hub knows nothing of it, or does not tell this caller. */
  refused: Refusal | undefined;

  constructor(options: CallerSourceOptions) {
    this.#options = options;
  }

  async #facts(repo: string, revision: string | undefined): Promise<ModelInfo> {
    const { upstream, token } = this.#options;
    try {
      const info = await upstream.facts({ repo, revision, token });
      this.#snapshots.set(info.commit, info);
      return info;
    } catch (error) {
      if (error instanceof Refusal && saysNothing(error)) this.trouble = error;
      else if (error instanceof Refusal && error.code !== "RevisionNotFound") this.refused = error;
      throw error;
    }
  }

  /** Facts at the revision that the request names; where there is no such revision, those of the default branch. */
  async #anyFacts(repo: string): Promise<ModelInfo> {
    const { revision } = this.#options;
    try {
      return await this.#facts(repo, revision);
    } catch (error) {
      if (revision === undefined || !isMissingRevision(error)) throw error;
      return await this.#facts(repo, undefined);
    }
  }

  models(): Promise<readonly HostedModel[]> {
    return Promise.resolve([]);
  }

  async model(repo: string): Promise<HostedModel | undefined> {
    const info = await this.#anyFacts(repo);
    return info.repo === repo ? toHosted(info) : undefined;
  }

  async renamedTo(repo: string): Promise<string | undefined> {
    const info = await this.#anyFacts(repo);
    return info.repo === repo ? undefined : info.repo;
  }

  async commit(repo: string, revision: string): Promise<string | undefined> {
    try {
      return (await this.#facts(repo, revision === "HEAD" ? undefined : revision)).commit;
    } catch (error) {
      if (isMissingRevision(error)) return undefined;
      throw error;
    }
  }

  async #snapshot({ repo, commit }: Snapshot): Promise<ModelInfo> {
    return this.#snapshots.get(commit) ?? await this.#facts(repo, commit);
  }

  async files(snapshot: Snapshot): Promise<readonly HostedFile[]> {
    const { files } = await this.#snapshot(snapshot);
    return files.map((file) => ({
      path: file.path,
      sizeBytes: file.sizeBytes,
      storage: file.digest?.algorithm === "git-sha1" ? "git" : "lfs",
      digest: () => digestOf(file),
    }));
  }

  async open(address: FileAddress, range: ByteRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const info = await this.#snapshot(address);
    const file = info.files.find((each) => each.path === address.path);
    if (file === undefined) throw new Refusal(404, "Entry not found", { code: "EntryNotFound" });
    const digest = await digestOf(file);
    const { desk, token, onLocal } = this.#options;
    const local = await openLocalBytes(this.#options, { ...address, digest, range });
    if (local === undefined) return await desk.open({ info, file: { ...file, digest }, token }, range);
    onLocal();
    return local;
  }
}

function isMissingRevision(error: unknown): boolean {
  return error instanceof Refusal && error.code === "RevisionNotFound";
}

/** The Hub hides the digests of gated files from those without access: without one nothing can be proved. */
function digestOf({ digest, path }: RepoFile): Promise<Digest> {
  if (digest !== undefined) return Promise.resolve(digest);
  return Promise.reject(
    new Refusal(403, `The Hub does not tell the digest of ${path}: ask for access to the model`, {
      code: "GatedRepo",
    }),
  );
}

function toHosted(info: ModelInfo): HostedModel {
  const { repo: id, author, updatedAt, createdAt, tags, task, library, gated, disabled } = info;
  const never = new Date(0).toISOString();
  return {
    id,
    author,
    downloads: info.downloads,
    likes: info.likes,
    lastModified: updatedAt ?? never,
    createdAt: createdAt ?? never,
    tags,
    pipelineTag: task,
    libraryName: library,
    gated,
    private: info.private,
    disabled,
  };
}
