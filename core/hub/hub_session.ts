/**
 * One conversation with a Hub: redirects followed by hand, a bad token noticed once, refusals turned into errors,
 * and a mirror asked where the Hub itself cannot be reached.
 *
 * @module
 */
import { isModelManagerError, ModelManagerError } from "../base/errors.ts";
import { redactUrl } from "../base/redact.ts";
import type { Fetch } from "../http/fetch.ts";
import type { CheckedInit, ImpatientInit } from "../http/request_parts.ts";
import { hubError, type RequestContext, tokenRefusedError } from "./errors.ts";
import { type HubHost, HubHosts, UnreachableHost } from "./hub_hosts.ts";
import { nextLink } from "./link_header.ts";
import { isRedirect, redirectTarget, RedirectTrail } from "./redirects.ts";
import { checkJson, notJsonError } from "./reply_checks.ts";

/** Whom to talk to, and through what. */
export interface HubSessionOptions {
  /** Base URL of the Hub. */
  readonly endpoint: string;
  /**
   * Base URLs of mirrors: asked in this order when the endpoint cannot be reached, without the token; the first one
   * that answers is used for the rest of the session. @default {[]}
   */
  readonly mirrors?: readonly string[] | undefined;
  /** Sends the token itself (see `composeFetch`), unless a request says `credentials: "omit"`. */
  readonly fetch: Fetch;
  /** The token that `fetch` sends: refusals are judged by whether there is one. */
  readonly token?: string | undefined;
  /** Something a person should know although the request succeeded. */
  readonly onNotice?: ((message: string) => void) | undefined;
}

/** One request. */
export interface HubRequest {
  readonly method?: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  /** `no-cache` asks the Hub although a cached reply is fresh; `no-store` keeps the reply out of the cache. */
  readonly cache?: "default" | "no-cache" | "no-store";
  readonly signal?: AbortSignal | undefined;
  /** What it is about, for errors. */
  readonly about?: Pick<RequestContext, "repo" | "revision" | "path">;
  /** A redirect within the Hub to such a place is the answer: nothing is asked there. */
  readonly endsAt?: (target: URL) => boolean;
  /**
   * Why an answer is of no use, so that the next host is asked; when that holds for all of them, the first answer is
   * taken after all. @default {none is}
   */
  readonly objection?: (reply: HubReply) => ModelManagerError | undefined;
  /** Why a successful reply cannot be what was asked for: it is asked for again. @default {anything will do} */
  readonly check?: (response: Response, host: string) => Awaitable<ModelManagerError | undefined>;
  /** The request is about the token itself: no anonymous second try, and no mirror. @default {false} */
  readonly tokenNeeded?: boolean;
}

type Awaitable<T> = T | Promise<T>;

/** A successful reply, or a redirect that leads away from the Hub. */
export interface HubReply {
  readonly response: Response;
  /** Where the reply came from, after redirects within the Hub; or the place it leads to, see `endsAt`. */
  readonly url: URL;
  /** Who answered. */
  readonly host: HubHost;
  /** Set when the reply is a redirect to another origin: not followed. */
  readonly elsewhere: URL | undefined;
  /** Headers of the redirects on the way, in order. */
  readonly passed: readonly Headers[];
}

/** A reply read as JSON. */
interface HubDocument<T> {
  readonly value: T;
  readonly headers: Headers;
  /** Where it came from, after redirects within the Hub. */
  readonly url: URL;
}

/** Pages in a row without an item that is new, as of folders only, before a listing counts as endless. */
const MAX_IDLE_PAGES = 20;

function pagingError(next: URL, problem: string): ModelManagerError {
  return new ModelManagerError(
    "NETWORK_ERROR",
    `Cannot read the next page "${redactUrl(next)}": ${problem}`,
    {
      hints: ["Check the endpoint: mm config show"],
    },
  );
}

/** A request on its way to one host. */
interface Errand {
  readonly host: HubHost;
  readonly request: HubRequest;
  /** Hosts that were asked before. */
  readonly failures: readonly UnreachableHost[];
  /** Another host would be asked next. */
  readonly impatient: boolean;
}

/** A Hub and our standing with it. */
export class HubSession {
  readonly #hosts: HubHosts;
  readonly #options: HubSessionOptions;
  #tokenRefused = false;

  /** @throws {ModelManagerError} `CONFIG_INVALID` when the endpoint or a mirror is no usable URL. */
  constructor(options: HubSessionOptions) {
    this.#hosts = new HubHosts(options);
    this.#options = options;
  }

  /** Base URL of the Hub itself, without a trailing slash: what all requests are addressed to. */
  get endpoint(): string {
    return this.#hosts.own.base;
  }

  /** The token while the Hub has not refused it. */
  get token(): string | undefined {
    return this.#tokenRefused ? undefined : this.#options.token;
  }

  /** Whether somebody else can be asked when the Hub cannot be reached. */
  get hasMirrors(): boolean {
    return this.#hosts.hasMirrors;
  }

  /**
   * Sends a request and follows redirects within the Hub's origin. When the Hub cannot be reached, the same is asked
   * of its mirrors.
   *
   * @param start Below the endpoint, or below a mirror as a former reply gave it.
   * @throws {ModelManagerError} For every reply that is neither a success nor a redirect.
   */
  async request(start: URL, request: HubRequest): Promise<HubReply> {
    const hosts = request.tokenNeeded ? [this.#hosts.own] : this.#hosts.inTurn();
    const failures: UnreachableHost[] = [];
    let useless: HubReply | undefined;
    for (const [index, host] of hosts.entries()) {
      const errand = { host, request, failures, impatient: index < hosts.length - 1 };
      try {
        const reply = await this.#follow(this.#hosts.at(host, start), errand);
        const objection = hosts.length > 1 ? request.objection?.(reply) : undefined;
        if (objection === undefined) {
          this.#settle(errand);
          return reply;
        }
        useless ??= reply;
        failures.push(new UnreachableHost(host, objection));
      } catch (error) {
        // A host that cannot take the place of one that answers keeps its refusal to itself.
        if (!(error instanceof UnreachableHost) && useless !== undefined && isModelManagerError(error)) {
          if (error.code === "CANCELLED") throw error;
          continue;
        }
        if (!(error instanceof UnreachableHost)) throw error;
        failures.push(error);
      }
    }
    if (useless !== undefined) return useless;
    throw this.#hosts.unreachable(failures);
  }

  /** A host that has answered after others had failed is used from now on. */
  #settle({ host, failures }: Errand): void {
    this.#hosts.settle(host, failures, { hasToken: this.token !== undefined });
  }

  /** @throws {UnreachableHost} When there is no answer, or none but that of a broken server. */
  async #follow(start: URL, errand: Errand): Promise<HubReply> {
    const { host, request } = errand;
    const passed: Headers[] = [];
    const trail = new RedirectTrail(start);
    for (let url = start;;) {
      trail.visit(url);
      const response = await this.#exchange(url, errand);
      if (!isRedirect(response)) {
        if (!response.ok) throw await this.#refusal(response, { url, errand });
        return { response, url, host, elsewhere: undefined, passed };
      }
      await response.body?.cancel();
      passed.push(response.headers);
      const target = redirectTarget(response, url);
      if (target.origin !== host.origin) return { response, url, host, elsewhere: target, passed };
      if (request.endsAt?.(target) === true) {
        return { response, url: target, host, elsewhere: undefined, passed };
      }
      url = target;
    }
  }

  /** Like `request`, but the answer has to be the Hub's own, or its mirror's. */
  async requestHere(url: URL, request: HubRequest): Promise<HubReply> {
    const reply = await this.request(url, request);
    const { elsewhere, host } = reply;
    if (elsewhere === undefined) return reply;
    throw new ModelManagerError(
      "NETWORK_ERROR",
      `"${host.base}" sends its callers to "${elsewhere.origin}", which is no part of it`,
      {
        hints: [
          host.isMirror
            ? "See the mirrors: mm config get mirrors"
            : `If you trust that place, make it the endpoint: --endpoint ${elsewhere.origin}`,
        ],
      },
    );
  }

  /**
   * The JSON of a reply, decoded. A cached reply that cannot be read is none: the Hub is asked again.
   *
   * @throws {ModelManagerError} Also what `decode` throws of a reply that has just arrived.
   */
  async json<T>(url: URL, request: HubRequest, decode: (value: unknown) => T): Promise<HubDocument<T>> {
    const document = await this.#document(url, request);
    try {
      return { ...document, value: decode(document.value) };
    } catch (error) {
      if ((request.cache ?? "default") !== "default") throw error;
      return await this.json(url, { ...request, cache: "no-cache" }, decode);
    }
  }

  async #document(url: URL, request: HubRequest): Promise<HubDocument<unknown>> {
    const reply = await this.requestHere(url, { ...request, check: checkJson });
    const text = await reply.response.text();
    try {
      return { value: JSON.parse(text), headers: reply.response.headers, url: reply.url };
    } catch {
      throw notJsonError(reply.url.host);
    }
  }

  /**
   * The pages of a listing, each decoded.
   *
   * @param options.keyOf What tells one item from another: a listing that only repeats itself has no end.
   * @throws {ModelManagerError} `NETWORK_ERROR` for a listing that leads back, elsewhere, or nowhere.
   */
  async *pages<T>(
    first: URL,
    request: HubRequest,
    options: { readonly decode: (value: unknown) => readonly T[]; readonly keyOf: (item: T) => string },
  ): AsyncGenerator<readonly T[], void, undefined> {
    const { decode, keyOf } = options;
    const visited = new Set<string>();
    const known = new Set<string>();
    let idlePages = 0;
    let next: URL | undefined = first;
    while (next !== undefined) {
      if (visited.has(next.href)) throw pagingError(next, "it has been read already");
      if (idlePages >= MAX_IDLE_PAGES) {
        throw pagingError(next, `the ${MAX_IDLE_PAGES} pages before it have brought nothing new`);
      }
      visited.add(next.href);
      const page: HubDocument<readonly T[]> = await this.json(next, request, decode);
      yield page.value;
      const before = known.size;
      for (const item of page.value) known.add(keyOf(item));
      idlePages = known.size > before ? 0 : idlePages + 1;
      next = this.#nextPage(page.headers.get("link"), page.url);
    }
  }

  /** The next page where this one is from: a mirror hands out links to the Hub that it mirrors. */
  #nextPage(link: string | null, current: URL): URL | undefined {
    const next = nextLink(link, current);
    if (next === undefined || next.origin === current.origin) return next;
    if (current.pathname.endsWith(next.pathname)) {
      return new URL(`${current.pathname}${next.search}`, current);
    }
    throw pagingError(next, "it is no part of the same listing");
  }

  /** One exchange. When the token is refused where none is needed, the request goes on without it. */
  async #exchange(url: URL, errand: Errand): Promise<Response> {
    const tokenSent = this.#sendsToken(errand);
    const response = await this.#send(url, errand, { anonymous: !tokenSent });
    const refused = response.status === 401 && !response.headers.has("x-error-code");
    if (!refused || !tokenSent || errand.request.tokenNeeded) return response;

    const anonymous = await this.#send(url, errand, { anonymous: true });
    if (anonymous.status === 401) {
      await anonymous.body?.cancel();
      throw await this.#refusal(response, { url, errand });
    }
    await response.body?.cancel();
    if (!this.#tokenRefused) {
      this.#tokenRefused = true;
      this.#options.onNotice?.(
        "The Hub refused the access token: went on without it (mm login stores a valid one)",
      );
    }
    return anonymous;
  }

  #sendsToken({ host }: Errand): boolean {
    return this.token !== undefined && !host.isMirror;
  }

  async #send(url: URL, errand: Errand, how: { readonly anonymous: boolean }): Promise<Response> {
    const { host, request, impatient } = errand;
    const { method = "GET", headers = {}, cache = "default", check, signal } = request;
    const init: ImpatientInit & CheckedInit = {
      method,
      headers: { ...headers },
      redirect: "manual",
      cache,
      impatient,
      check: async (response) => await check?.(response, url.host),
      ...(how.anonymous ? { credentials: "omit" } : {}),
      ...(signal === undefined ? {} : { signal }),
    };
    try {
      const response = await this.#options.fetch(url, init);
      // A refusal is an answer, too; one that is still to be looked at settles nothing yet.
      if (response.status < 500 && request.objection === undefined) this.#settle(errand);
      return response;
    } catch (error) {
      const isUnreachable = isModelManagerError(error) && error.code === "NETWORK_ERROR" && !signal?.aborted;
      throw isUnreachable ? new UnreachableHost(host, error) : error;
    }
  }

  async #refusal(
    response: Response,
    asked: { readonly url: URL; readonly errand: Errand },
  ): Promise<ModelManagerError | UnreachableHost> {
    const { host, request } = asked.errand;
    const { repo, revision, path } = request.about ?? {};
    const tokenSent = this.#sendsToken(asked.errand);
    const mirror = host.isMirror ? { base: host.base, tokenWithheld: this.token !== undefined } : undefined;
    const { endpoint } = this;
    const context = { endpoint, url: asked.url, repo, revision, path, tokenSent, mirror };
    const error = await hubError(response, context);
    return response.status >= 500 ? new UnreachableHost(host, error) : error;
  }

  /** Before a call that makes no sense without a token. */
  requireToken(): void {
    if (this.#tokenRefused) throw tokenRefusedError();
    if (this.#options.token !== undefined) return;
    throw new ModelManagerError("AUTHENTICATION_ERROR", "Not logged in: no access token is stored or set", {
      hints: ["Log in: mm login"],
    });
  }
}
