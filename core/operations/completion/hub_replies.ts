/**
 * What the Hub is known to have: from its replies that are kept, and where none is, from the Hub itself, for as long as
 * somebody waits who has pressed Tab.
 *
 * @module
 */
import { isRepoName } from "../../base/reference.ts";
import { decodeCachedResponse } from "../../http/cache_policy.ts";
import { modelInfoUrl, refsUrl } from "../../hub/routes.ts";
import { discoverToken, type TokenPlaces } from "../../hub/token.ts";
import { groupUnits, type SizedFile } from "../../library/units.ts";
import { type KvReader, openKvReader } from "../../platform/kv_reader.ts";
import { API_CACHE, isStoredPart, type StoredPart, unpackParts } from "../../state/api_cache_parts.ts";

/** A quant of a repository. */
export interface KnownQuant {
  readonly label: string;
  /** All of its files. */
  readonly sizeBytes: number | undefined;
}

/** Where replies are, and how more can be had. */
export interface HubRepliesOptions {
  /** The database in which replies are kept. */
  readonly statePath: string;
  /** The Hub's address; without it nothing is known of any. */
  readonly endpoint: string | undefined;
  /** The Hub is not asked. */
  readonly offline: boolean;
  readonly tokenPlaces: TokenPlaces;
  /** @default the runtime's own */
  readonly fetch?: typeof fetch;
  /** How long the Hub may take to answer. @default {900} */
  readonly limitMs?: number;
}

/** How long the kept replies are looked through for names. */
const SCAN_LIMIT_MS = 40;
const MAX_REPLIES = 2000;
const ASK_LIMIT_MS = 900;
/** A reply that is longer is not of a model somebody waits for. */
const MAX_REPLY_BYTES = 8 * 1024 * 1024;
const REPO_ID = /"id":"([^"\\]{1,200})"/g;

async function unpack(data: readonly Uint8Array[]): Promise<ReturnType<typeof decodeCachedResponse>> {
  return decodeCachedResponse(await unpackParts(data));
}

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}

/** As `cacheKey` of `core/http/response_cache.ts`, without the module of Node that it needs. */
async function replyKey(url: URL, authorization: string | null): Promise<string> {
  const asker = authorization === null ? "anonymous" : (await sha256(authorization)).slice(0, 16);
  return await sha256(`GET ${url.href} ${asker}`);
}

/** The files that a reply about a model names. */
function filesOf(body: string): readonly SizedFile[] {
  const reply: unknown = JSON.parse(body);
  if (typeof reply !== "object" || reply === null || !("siblings" in reply)) return [];
  if (!Array.isArray(reply.siblings)) return [];
  return reply.siblings.flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null || !("rfilename" in entry)) return [];
    if (typeof entry.rfilename !== "string") return [];
    const sizeBytes = "size" in entry && typeof entry.size === "number" ? entry.size : 0;
    return [{ path: entry.rfilename, sizeBytes }];
  });
}

function quantsOf(body: string): readonly KnownQuant[] {
  return groupUnits(filesOf(body)).units.flatMap(({ quant, sizeBytes }) =>
    quant === undefined ? [] : [{ label: quant, sizeBytes: sizeBytes === 0 ? undefined : sizeBytes }]
  );
}

function names(list: unknown): readonly string[] {
  if (!Array.isArray(list)) return [];
  return list.map((each) => typeof each?.name === "string" ? each.name : "").filter((name) => name !== "");
}

/** The replies of one Hub. */
export class HubReplies {
  readonly #options: HubRepliesOptions;

  constructor(options: HubRepliesOptions) {
    this.#options = options;
  }

  /** Names of all repositories in the replies that can be looked through in a moment, sorted. */
  async repos(): Promise<readonly string[]> {
    const { statePath, endpoint } = this.#options;
    if (endpoint === undefined) return [];
    const found = new Set<string>();
    const startMs = performance.now();
    using reader = await openKvReader(statePath);
    for (const { key, value } of reader.records({ prefix: [API_CACHE], limit: MAX_REPLIES })) {
      if (performance.now() - startMs > SCAN_LIMIT_MS) break;
      if (key[2] !== 0 || !isStoredPart(value) || value.parts !== 1) continue;
      const reply = await unpack([value.data]);
      if (reply === undefined || !reply.url.startsWith(`${endpoint}/api/models`)) continue;
      for (const [, id = ""] of reply.body.matchAll(REPO_ID)) if (isRepoName(id)) found.add(id);
    }
    return [...found].sort();
  }

  /** Quants of a repository, of a reply that is kept, smallest first. */
  async quants(repo: string, revision?: string): Promise<readonly KnownQuant[]> {
    const { endpoint } = this.#options;
    if (endpoint === undefined) return [];
    const body = await this.#kept(modelInfoUrl(endpoint, repo, revision));
    return body === undefined ? [] : quantsOf(body);
  }

  /** Branches and tags, of a reply that is kept. */
  async revisions(repo: string): Promise<readonly string[]> {
    const { endpoint } = this.#options;
    if (endpoint === undefined) return [];
    const body = await this.#kept(refsUrl(endpoint, repo));
    if (body === undefined) return [];
    const refs: unknown = JSON.parse(body);
    if (typeof refs !== "object" || refs === null) return [];
    return ["branches" in refs ? names(refs.branches) : [], "tags" in refs ? names(refs.tags) : []].flat();
  }

  /**
   * Quants of a repository, asked of the Hub as nobody in particular: a key press sends no token anywhere.
   *
   * @throws When it does not answer in time.
   */
  async askQuants(repo: string, revision?: string): Promise<readonly KnownQuant[]> {
    const { endpoint, offline, fetch = globalThis.fetch, limitMs = ASK_LIMIT_MS } = this.#options;
    if (offline || endpoint === undefined) return [];
    const response = await fetch(modelInfoUrl(endpoint, repo, revision), {
      signal: AbortSignal.timeout(limitMs),
      headers: { accept: "application/json" },
    });
    const isLong = Number(response.headers.get("content-length") ?? 0) > MAX_REPLY_BYTES;
    if (response.ok && !isLong) return quantsOf(await response.text());
    await response.body?.cancel();
    return [];
  }

  /** The body of a reply that is kept for our own token, or for nobody in particular. */
  async #kept(url: URL): Promise<string | undefined> {
    const { statePath, tokenPlaces } = this.#options;
    const found = await discoverToken(tokenPlaces).catch(() => undefined);
    const askers = [...(found === undefined ? [] : [`Bearer ${found.token}`]), null];
    using reader = await openKvReader(statePath);
    for (const asker of askers) {
      const body = await read(reader, await replyKey(url, asker));
      if (body !== undefined) return body;
    }
    return undefined;
  }
}

async function read(reader: KvReader, key: string): Promise<string | undefined> {
  const parts = [...reader.records({ prefix: [API_CACHE, key], limit: 32 })].map(({ value }) => value);
  const [first] = parts;
  if (!isStoredPart(first) || parts.length < first.parts) return undefined;
  const own = parts.slice(0, first.parts);
  if (!own.every((part): part is StoredPart => isStoredPart(part) && part.mark === first.mark)) {
    return undefined;
  }
  return (await unpack(own.map(({ data }) => data)))?.body;
}
