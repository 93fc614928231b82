/**
 * One conversation with a Hub: redirects followed by hand, a bad token noticed once, refusals turned into errors.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import { redactUrl } from "../base/redact.ts";
import type { Fetch } from "../http/fetch.ts";
import { hubError, type RequestContext, tokenRefusedError } from "./errors.ts";
import { nextLink } from "./link_header.ts";
import { parseEndpoint } from "./routes.ts";

/** Whom to talk to, and through what. */
export interface HubSessionOptions {
  /** Base URL of the Hub. */
  readonly endpoint: string;
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
  /** The request is about the token itself: no anonymous second try. @default {false} */
  readonly tokenNeeded?: boolean;
}

/** A successful reply, or a redirect that leads away from the Hub. */
export interface HubReply {
  readonly response: Response;
  /** Where the reply came from, after redirects within the Hub; or the place it leads to, see `endsAt`. */
  readonly url: URL;
  /** Set when the reply is a redirect to another origin: not followed. */
  readonly elsewhere: URL | undefined;
  /** Headers of the redirects on the way, in order. */
  readonly passed: readonly Headers[];
}

/** A reply read as JSON. */
interface HubDocument {
  readonly value: unknown;
  readonly headers: Headers;
  /** Where it came from, after redirects within the Hub. */
  readonly url: URL;
}

const MAX_REDIRECTS = 10;
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function redirectError(from: URL, problem: string): ModelManagerError {
  return new ModelManagerError("NETWORK_ERROR", `Cannot follow the redirect of "${from.host}": ${problem}`, {
    hints: ["Check the endpoint: mm config show"],
  });
}

function pagingError(next: URL, problem: string): ModelManagerError {
  return new ModelManagerError(
    "NETWORK_ERROR",
    `Cannot read the next page "${redactUrl(next)}": ${problem}`,
    {
      hints: ["Check the endpoint: mm config show"],
    },
  );
}

/** Where a redirect leads; refused when it gives up encryption or leaves HTTP. */
function redirectTarget(response: Response, from: URL): URL {
  const location = response.headers.get("location") ?? "";
  if (location === "" || !URL.canParse(location, from)) throw redirectError(from, "it names no place");
  const target = new URL(location, from);
  if (!/^https?:$/.test(target.protocol)) {
    throw redirectError(from, `it leads to a "${target.protocol}" address`);
  }
  if (from.protocol === "https:" && target.protocol === "http:") {
    throw redirectError(from, "it leads from https to http");
  }
  return target;
}

/** A Hub and our standing with it. */
export class HubSession {
  /** Base URL without a trailing slash. */
  readonly endpoint: string;
  readonly #origin: string;
  readonly #options: HubSessionOptions;
  #tokenRefused = false;

  /** @throws {ModelManagerError} `CONFIG_INVALID` when the endpoint is no usable URL. */
  constructor(options: HubSessionOptions) {
    this.endpoint = parseEndpoint(options.endpoint);
    this.#origin = new URL(this.endpoint).origin;
    this.#options = options;
  }

  /** The token while the Hub has not refused it. */
  get token(): string | undefined {
    return this.#tokenRefused ? undefined : this.#options.token;
  }

  /**
   * Sends a request and follows redirects within the Hub's origin.
   *
   * @throws {ModelManagerError} For every reply that is neither a success nor a redirect.
   */
  async request(start: URL, request: HubRequest): Promise<HubReply> {
    const passed: Headers[] = [];
    const visited = new Set<string>();
    for (let url = start;;) {
      if (visited.has(url.href)) throw redirectError(start, "it leads in a circle");
      if (visited.size > MAX_REDIRECTS) throw redirectError(start, `more than ${MAX_REDIRECTS} redirects`);
      visited.add(url.href);
      const response = await this.#exchange(url, request);
      if (!REDIRECT_STATUSES.has(response.status)) {
        if (!response.ok) throw await this.#refusal(response, { url, request });
        return { response, url, elsewhere: undefined, passed };
      }
      await response.body?.cancel();
      passed.push(response.headers);
      const target = redirectTarget(response, url);
      if (target.origin !== this.#origin) return { response, url, elsewhere: target, passed };
      if (request.endsAt?.(target) === true) return { response, url: target, elsewhere: undefined, passed };
      url = target;
    }
  }

  /** Like `request`, but the answer has to be the Hub's own. */
  async requestHere(url: URL, request: HubRequest): Promise<HubReply> {
    const reply = await this.request(url, request);
    if (reply.elsewhere === undefined) return reply;
    throw new ModelManagerError(
      "NETWORK_ERROR",
      `"${this.endpoint}" sends its callers to "${reply.elsewhere.origin}", which is no part of it`,
      { hints: [`If you trust that place, make it the endpoint: --endpoint ${reply.elsewhere.origin}`] },
    );
  }

  /** The JSON of a reply, with its headers and where it came from. */
  async json(url: URL, request: HubRequest): Promise<HubDocument> {
    const reply = await this.requestHere(url, request);
    const text = await reply.response.text();
    try {
      return { value: JSON.parse(text), headers: reply.response.headers, url: reply.url };
    } catch {
      throw new ModelManagerError("NETWORK_ERROR", `"${url.host}" did not answer with JSON`, {
        hints: ["Check whether the network wants a log-in, and the endpoint: mm config show"],
      });
    }
  }

  /** The pages of a listing, one JSON value each. */
  async *pages(first: URL, request: HubRequest): AsyncGenerator<unknown, void, undefined> {
    const visited = new Set<string>();
    let next: URL | undefined = first;
    while (next !== undefined) {
      if (visited.has(next.href)) throw pagingError(next, "it has been read already");
      visited.add(next.href);
      const page: HubDocument = await this.json(next, request);
      yield page.value;
      next = this.#nextPage(page.headers.get("link"), page.url);
    }
  }

  /** The next page at our endpoint: a mirror hands out links to the Hub that it mirrors. */
  #nextPage(link: string | null, current: URL): URL | undefined {
    const next = nextLink(link, current);
    if (next === undefined || next.origin === this.#origin) return next;
    if (current.pathname.endsWith(next.pathname)) {
      return new URL(`${current.pathname}${next.search}`, current);
    }
    throw pagingError(next, "it is no part of the same listing");
  }

  /** One exchange. When the token is refused where none is needed, the request goes on without it. */
  async #exchange(url: URL, request: HubRequest): Promise<Response> {
    const { fetch, onNotice } = this.#options;
    const { method = "GET", headers = {}, cache = "default", signal } = request;
    const send = (anonymous: boolean): Promise<Response> =>
      fetch(url, {
        method,
        headers: { ...headers },
        redirect: "manual",
        cache,
        ...(anonymous ? { credentials: "omit" } : {}),
        ...(signal === undefined ? {} : { signal }),
      });
    const tokenSent = this.token !== undefined;
    const response = await send(!tokenSent);
    const refused = response.status === 401 && !response.headers.has("x-error-code");
    if (!refused || !tokenSent || request.tokenNeeded) return response;

    const anonymous = await send(true);
    if (anonymous.status === 401) {
      await anonymous.body?.cancel();
      throw await this.#refusal(response, { url, request });
    }
    await response.body?.cancel();
    if (!this.#tokenRefused) {
      this.#tokenRefused = true;
      onNotice?.("The Hub refused the access token: went on without it (mm login stores a valid one)");
    }
    return anonymous;
  }

  #refusal(
    response: Response,
    asked: { readonly url: URL; readonly request: HubRequest },
  ): Promise<ModelManagerError> {
    const { repo, revision, path } = asked.request.about ?? {};
    const tokenSent = this.token !== undefined;
    return hubError(response, { endpoint: this.endpoint, url: asked.url, repo, revision, path, tokenSent });
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
