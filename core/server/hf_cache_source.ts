/**
 * A cache of the Hub's own tools as a source of models. Nobody has proved its bytes: each blob is hashed once before it
 * is given away.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";
import type { Clock } from "../base/clock.ts";
import type { HfCacheFile, HfCacheRepo, HfCacheRevision } from "../library/hf_cache/cache_model.ts";
import { scanHfCache } from "../library/hf_cache/scan.ts";
import type { FileProofs, KnownContent } from "./file_proof.ts";
import { openKnown, PROOF_WAIT_MS } from "./library_source.ts";
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

/** How long a look at the disk is good for. */
const FRESH_MS = 2000;

/** What the source works with. */
export interface HfCacheSourceOptions {
  /** Absolute. */
  readonly directory: string;
  readonly proofs: FileProofs;
  readonly clock: Clock;
  /**
   * A cache does not say which models are gated or private, so to whom they are not open, all of them are taken for
   * private.
   */
  readonly private: boolean;
}

/** Serves the models of a cache. */
export class HfCacheSource implements ModelSource, RefLister, PartialTeller {
  readonly #options: HfCacheSourceOptions;
  #repos: Promise<ReadonlyMap<string, HfCacheRepo>> | undefined;
  #lookedAtMs = -Infinity;

  constructor(options: HfCacheSourceOptions) {
    this.#options = options;
  }

  #look(): Promise<ReadonlyMap<string, HfCacheRepo>> {
    const nowMs = this.#options.clock.monotonic();
    if (this.#repos === undefined || nowMs - this.#lookedAtMs > FRESH_MS) {
      this.#lookedAtMs = nowMs;
      const repos = scan(this.#options.directory);
      this.#repos = repos;
      // A failure is not kept.
      repos.catch(() => this.#repos === repos ? this.#repos = undefined : undefined);
    }
    return this.#repos;
  }

  async models(): Promise<readonly HostedModel[]> {
    return [...(await this.#look()).values()].map((repo) => this.#facts(repo));
  }

  async model(repo: string): Promise<HostedModel | undefined> {
    const found = (await this.#look()).get(repo);
    return found === undefined ? undefined : this.#facts(found);
  }

  #facts(repo: HfCacheRepo): HostedModel {
    const paths = repo.revisions.flatMap(({ files }) => files.map((file) => file.path));
    const date = new Date(repo.modifiedAtMs).toISOString();
    const isGguf = paths.some((path) => /\.gguf$/i.test(path));
    return {
      id: repo.repo,
      lastModified: date,
      createdAt: date,
      tags: [
        ...(isGguf ? ["gguf"] : []),
        ...(paths.some((path) => /\.safetensors$/i.test(path)) ? ["safetensors"] : []),
      ],
      gated: false,
      private: this.#options.private,
      mainSizeBytes: repo.sizeBytes,
    };
  }

  async commit(repo: string, revision: string): Promise<string | undefined> {
    const revisions = (await this.#look()).get(repo)?.revisions ?? [];
    const name = revision === "HEAD" ? "main" : revision.replace(/^refs\/(?:heads|tags)\//, "");
    const named = revisions.find(({ refs, commit }) =>
      refs.includes(name) || refs.includes(revision) || commit === revision
    );
    // Without a branch of that name, the newest is what there is.
    return (named ?? (name === "main" ? revisions[0] : undefined))?.commit;
  }

  async refs(repo: string): Promise<HostedRefs> {
    const revisions = (await this.#look()).get(repo)?.revisions ?? [];
    const all = revisions.flatMap(({ refs, commit: targetCommit }) =>
      refs.map((name) => ({ name, targetCommit }))
    );
    return {
      branches: all.filter(({ name }) => !name.startsWith("refs/"))
        .map((each) => ({ ...each, ref: `refs/heads/${each.name}` })),
      tags: [],
      converts: [],
      pullRequests: all.filter(({ name }) => name.startsWith("refs/pr/"))
        .map(({ name, targetCommit }) => ({ name: name.slice(8), ref: name, targetCommit })),
    };
  }

  /** Whoever filled the cache took what was needed. */
  isPartial(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async files(snapshot: Snapshot): Promise<readonly HostedFile[]> {
    const revision = await this.#revision(snapshot);
    return (revision?.files ?? []).flatMap((file) => {
      const content = contentOf(file);
      return content === undefined ? [] : [this.#hosted(content, file, snapshot.commit)];
    });
  }

  async open(address: FileAddress, range: ByteRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const revision = await this.#revision(address);
    const file = revision?.files.find((each) => each.path === address.path);
    const content = file === undefined ? undefined : contentOf(file);
    if (content === undefined) throw new Refusal(404, "Entry not found", { code: "EntryNotFound" });
    return await openKnown(content, this.#options.proofs, range);
  }

  async #revision({ repo, commit }: Snapshot): Promise<HfCacheRevision | undefined> {
    return (await this.#look()).get(repo)?.revisions.find((revision) => revision.commit === commit);
  }

  #hosted(content: KnownContent, file: HfCacheFile, commit: string): HostedFile {
    const { digest, sizeBytes } = content;
    const { proofs } = this.#options;
    return {
      path: file.path,
      sizeBytes,
      storage: digest.algorithm === "sha256" ? "lfs" : "git",
      digest: () => Promise.resolve(digest),
      lastCommit: { id: commit, title: "Downloaded", date: new Date(file.modifiedAtMs).toISOString() },
      unavailable: (purpose) =>
        purpose === "list"
          ? Promise.resolve(proofs.known(content))
          : proofs.check(content, { waitMs: PROOF_WAIT_MS }),
    };
  }
}

async function scan(directory: string): Promise<ReadonlyMap<string, HfCacheRepo>> {
  const { repos } = await scanHfCache(directory);
  return new Map(repos.filter(({ kind }) => kind === "model").map((repo) => [repo.repo, repo]));
}

/** What a blob's name promises; `undefined` where it promises nothing, or the bytes are gone. */
function contentOf(file: HfCacheFile): KnownContent | undefined {
  const { path, realPath, sizeBytes, digest } = file;
  if (realPath === undefined || digest === undefined) return undefined;
  return { path: realPath, name: path, sizeBytes, digest, proof: undefined };
}
