/**
 * The Hub's protocol as methods: what the program asks, and nothing else.
 *
 * @module
 */
import { HubError, withKnownRevisions } from "./errors.ts";
import { HubSession, type HubSessionOptions } from "./hub_session.ts";
import { locateFile } from "./locate.ts";
import { fetchReadme } from "./readme.ts";
import type {
  Account,
  FileLocation,
  ModelInfo,
  ModelSummary,
  RepoFile,
  RepoRefs,
  SearchQuery,
} from "./model.ts";
import {
  authCheckUrl,
  modelInfoUrl,
  modelPageUrl,
  refsUrl,
  searchLimit,
  searchUrl,
  treeUrl,
  whoAmIUrl,
} from "./routes.ts";
import { decodeAccount, decodeRefs } from "./wire_account.ts";
import { decodeModelInfo, decodeModelSummaries, decodeTree, sortFiles } from "./wire_model.ts";

/** See {@link HubSessionOptions}. */
export type HubClientOptions = HubSessionOptions;

/** Pages of models that are kept: a few megabytes at most. */
const MAX_READMES = 32;

/** Models in a page of a search, unless told otherwise. */
const DEFAULT_PAGE_SIZE = 20;

const MODEL_LIST = { decode: decodeModelSummaries, keyOf: ({ repo }: ModelSummary) => repo };
const FILE_LIST = { decode: decodeTree, keyOf: ({ path }: RepoFile) => path };

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** How a request can be stopped. */
export interface HubCallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** How a search is read page by page. */
export interface SearchPagesOptions extends HubCallOptions {
  /** Models in a page, 1 to 500; the last one may have fewer. @default {20} */
  readonly pageSize?: number | undefined;
}

/** How a file's place is asked for. */
export interface LocateFileOptions extends HubCallOptions {
  /** Origins that could not be reached: a mirror is asked for another place. @default {none} */
  readonly unreachable?: readonly string[] | undefined;
}

/** How a model is looked at. */
export interface ModelInfoOptions extends HubCallOptions {
  /** Branch, tag, `refs/pr/N` or commit. @default {the default branch} */
  readonly revision?: string | undefined;
  /** Ask the Hub although a cached answer is young enough. @default {false} */
  readonly fresh?: boolean | undefined;
}

/**
 * A client of one Hub. Its methods throw `ModelManagerError`: `NOT_FOUND`, `GATED`, `AUTHENTICATION_ERROR`,
 * `RATE_LIMITED`, `NETWORK_ERROR`, `OFFLINE`, `CANCELLED`, or `FAILED` for replies that cannot be read.
 */
export class HubClient {
  readonly #session: HubSession;
  /** By repository and commit: what a commit says never changes. */
  readonly #readmes = new Map<string, string | undefined>();

  /** @throws {ModelManagerError} `CONFIG_INVALID` when the endpoint is no usable URL. */
  constructor(options: HubClientOptions) {
    this.#session = new HubSession(options);
  }

  /** Base URL of the Hub, without a trailing slash. */
  get endpoint(): string {
    return this.#session.endpoint;
  }

  /** Whether there are mirrors to ask when the Hub or its file host cannot be reached. */
  get hasMirrors(): boolean {
    return this.#session.hasMirrors;
  }

  /** Models that match, best first; only as many pages are asked for as are read. */
  async *searchModels(
    query: SearchQuery,
    options: HubCallOptions = {},
  ): AsyncGenerator<ModelSummary, void, undefined> {
    const limit = searchLimit(query);
    const pages = this.searchPages({ ...query, limit }, { ...options, pageSize: Math.max(1, limit) });
    for await (const page of pages) yield* page;
  }

  /**
   * The same, page by page, up to the query's limit or to the end; the next page is asked for when it is wanted, and
   * the same pages come from the cache while they are fresh. No page is empty, and no model is in two of them, although
   * the Hub's list may have moved in between.
   */
  async *searchPages(
    query: SearchQuery,
    options: SearchPagesOptions = {},
  ): AsyncGenerator<readonly ModelSummary[], void, undefined> {
    const { pageSize = DEFAULT_PAGE_SIZE, ...call } = options;
    let left = query.limit ?? Infinity;
    if (!isCount(left) && left !== Infinity) throw new RangeError(`Cannot search for ${left} models`);
    if (!isCount(pageSize) || pageSize === 0) throw new RangeError(`Cannot search by pages of ${pageSize}`);
    if (left === 0) return;
    const url = searchUrl(this.endpoint, query, { pageSize });
    const seen = new Set<string>();
    for await (const page of this.#session.pages(url, call, MODEL_LIST)) {
      const fresh = page.filter(({ repo }) => !seen.has(repo) && seen.add(repo)).slice(0, left);
      left -= fresh.length;
      if (fresh.length > 0) yield fresh;
      if (left === 0) return;
    }
  }

  /** A model's facts and files: one call, unless the Hub leaves sizes out. */
  async modelInfo(repo: string, options: ModelInfoOptions = {}): Promise<ModelInfo> {
    const { revision, fresh = false, signal } = options;
    const url = modelInfoUrl(this.endpoint, repo, revision);
    try {
      const cache = fresh ? "no-cache" : "default";
      const request = { cache, signal, about: { repo, revision } } as const;
      const { value: { facts, files } } = await this.#session.json(
        url,
        request,
        (value) => decodeModelInfo(value, revision ?? "main"),
      );
      return { ...facts, files: files ?? await this.#allFiles(facts.repo, facts.commit, signal) };
    } catch (error) {
      if (!(error instanceof HubError) || error.hubCode !== "RevisionNotFound") throw error;
      // Best effort: the advice is not worth a second error.
      const refs = await this.listRefs(repo, { signal }).catch(() => undefined);
      throw refs === undefined ? error : withKnownRevisions(error, repo, refs);
    }
  }

  /** All files at a commit, folders left out, in the Hub's order. */
  async *listTree(
    repo: string,
    commit: string,
    options: HubCallOptions = {},
  ): AsyncGenerator<RepoFile, void, undefined> {
    const request = { ...options, about: { repo, revision: commit } };
    const url = treeUrl(this.endpoint, repo, commit);
    for await (const page of this.#session.pages(url, request, FILE_LIST)) {
      yield* page;
    }
  }

  /** Where a file's bytes are just now. See `locateFile` of `locate.ts`. */
  locateFile(
    repo: string,
    commit: string,
    path: string,
    options: LocateFileOptions = {},
  ): Promise<FileLocation> {
    return locateFile(this.#session, { repo, commit, path, ...options });
  }

  /**
   * The page that comes with a model at a commit, without its front matter, at most 64 KiB of it; asked for once.
   * `undefined` when it is empty. See `fetchReadme` of `readme.ts`.
   */
  async readme(repo: string, commit: string, options: HubCallOptions = {}): Promise<string | undefined> {
    const key = `${repo}@${commit}`;
    if (this.#readmes.has(key)) return this.#readmes.get(key);
    const text = await fetchReadme(this.#session, { repo, commit, ...options });
    const [oldest] = this.#readmes.keys();
    if (oldest !== undefined && this.#readmes.size >= MAX_READMES) this.#readmes.delete(oldest);
    this.#readmes.set(key, text);
    return text;
  }

  /** Resolves when the caller may download from a repository; throws what stands in the way otherwise. */
  async authCheck(repo: string, options: HubCallOptions = {}): Promise<void> {
    const url = authCheckUrl(this.endpoint, repo);
    const { signal } = options;
    const { response } = await this.#session.requestHere(url, { cache: "no-store", signal, about: { repo } });
    await response.body?.cancel();
  }

  /** Whom the token belongs to. The Hub limits this call strictly: for logging in and for asking, not on the way. */
  async whoAmI(options: HubCallOptions = {}): Promise<Account> {
    this.#session.requireToken();
    const request = { cache: "no-store", tokenNeeded: true, signal: options.signal } as const;
    return (await this.#session.json(whoAmIUrl(this.endpoint), request, decodeAccount)).value;
  }

  /** Branches and tags. */
  async listRefs(repo: string, options: HubCallOptions = {}): Promise<RepoRefs> {
    const request = { ...options, about: { repo } };
    return (await this.#session.json(refsUrl(this.endpoint, repo), request, decodeRefs)).value;
  }

  /** The page of a model that a person visits. */
  modelPageUrl(repo: string): string {
    return modelPageUrl(this.endpoint, repo);
  }

  async #allFiles(repo: string, commit: string, signal: AbortSignal | undefined): Promise<RepoFile[]> {
    const files: RepoFile[] = [];
    for await (const file of this.listTree(repo, commit, { signal })) files.push(file);
    return sortFiles(files);
  }
}
