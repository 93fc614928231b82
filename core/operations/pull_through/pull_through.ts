/**
 * Serving what is not here, too: it is fetched from the Hub behind this server, proved, kept and passed on meanwhile.
 *
 * @module
 */
import { ModelManagerError } from "../../base/errors.ts";
import { sameAddress } from "../../base/same_address.ts";
import { UNKNOWN_COMMIT } from "../../library/model_entry.ts";
import { type Caller, identifyCaller, tokenOf } from "../../server/access.ts";
import type { HubCall } from "../../server/context.ts";
import { createHubHandler } from "../../server/handler.ts";
import type { HostedModel, ModelSource } from "../../server/model_source.ts";
import { Refusal, refusalReply } from "../../server/reply.ts";
import { matchRoute, type Route } from "../../server/routes.ts";
import { parseTarget, type Target } from "../../server/target.ts";
import type { OperationContext } from "../context.ts";
import type { ServeBackend, ServeContext, ServeParts } from "../serve.ts";
import { isRelayed, relayApi } from "./api_relay.ts";
import { CallerSource } from "./caller_source.ts";
import { FetchDesk } from "./fetch_desk.ts";
import { Upstream, type UpstreamOptions } from "./upstream.ts";
import { saysNothing } from "./upstream_refusal.ts";

/** What pulling through works with. */
export interface PullThroughOptions {
  readonly context: ServeContext;
  readonly upstream: Omit<UpstreamOptions, "requests">;
}

/** Names the servers that a request has come through: one that comes back has gone in a circle. */
const VIA = "via";

interface Call {
  readonly request: Request;
  readonly target: Target;
  readonly route: Route;
  readonly caller: Caller;
  /** What the Hub is asked with. */
  readonly token: string | undefined;
}

class PullThrough {
  readonly #options: PullThroughOptions;
  readonly #parts: ServeParts;
  readonly #upstream: Upstream;
  readonly #desk: FetchDesk;
  readonly #id = `mm-${crypto.randomUUID().slice(0, 12)}`;
  readonly #localHits;

  constructor(options: PullThroughOptions, parts: ServeParts) {
    this.#options = options;
    this.#parts = parts;
    const { context, upstream } = options;
    const { metrics } = parts;
    this.#upstream = new Upstream({
      ...upstream,
      fetch: (input, init) => {
        const headers = new Headers(init?.headers);
        headers.append(VIA, `1.1 ${this.#id}`);
        return upstream.fetch(input, { ...init, headers });
      },
      requests: metrics.counter("mm_upstream_requests_total", "Questions to the Hub, by status."),
    });
    this.#localHits = metrics.counter("mm_pull_through_local_total", "Requests for files that were here.");
    this.#desk = new FetchDesk({
      context,
      upstream: this.#upstream,
      settings: quotaSettings(context, parts.options.maxTotalBytes),
      metrics,
      proofs: parts.proofs,
      onNotice: (message) => context.notices.emit(message),
    });
    void this.#desk.sweep();
  }

  /** Asked of private and gated models: the Hub decides, with the caller's own token. */
  readonly rights = async (token: string, model: HostedModel): Promise<boolean> => {
    const refusal = await this.#upstream.rightTo(model.id, token);
    if (refusal !== undefined) throw refusal;
    return true;
  };

  /** Answers what the Hub has to be asked about; `undefined` for what it has not. */
  async answer(request: Request): Promise<Response | undefined> {
    try {
      const response = await this.#answer(request);
      response?.headers.set("x-request-id", crypto.randomUUID());
      return response;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refusalReply(error, { json: new URL(request.url).pathname.startsWith("/api/") });
    }
  }

  async #answer(request: Request): Promise<Response | undefined> {
    const target = parseTarget(request.url);
    const route = matchRoute(target);
    if (route === undefined) return undefined;
    if (request.headers.get(VIA)?.includes(this.#id)) {
      throw new Refusal(508, "This server is its own upstream: give it another endpoint");
    }
    const isAllowed = route.verb === "paths-info"
      ? request.method === "POST"
      : request.method === "GET" || request.method === "HEAD";
    if (!isAllowed) return undefined;
    const caller = identifyCaller(request, this.#parts.access);
    const call = { request, target, route, caller, token: await this.#tokenFor(caller) };
    return isRelayed(route) ? await this.#relay(call) : await this.#file(call);
  }

  /** Tokens of this server mean nothing to the Hub: who has one asks as its owner. */
  async #tokenFor(caller: Caller): Promise<string | undefined> {
    return caller.kind === "anonymous" ? tokenOf(caller) : await this.#options.context.ownToken();
  }

  async #relay(call: Call): Promise<Response | undefined> {
    const { request, route, caller } = call;
    if (route.verb === "whoami" && caller.kind !== "anonymous") return undefined;
    const copy = request.clone();
    try {
      return await relayApi(this.#upstream, call);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return await this.#localInstead({ ...call, request: copy }, error);
    }
  }

  async #file(asked: Call): Promise<Response | undefined> {
    const { route, token } = asked;
    const request = this.#withoutResuming(asked);
    const call = { ...asked, request };
    const { local, library } = this.#parts;
    const source = new CallerSource({
      upstream: this.#upstream,
      desk: this.#desk,
      local,
      library,
      token,
      revision: "rest" in route ? revisionIn(route.rest) : undefined,
      onLocal: () => this.#localHits.add(),
    });
    const response = await this.#handler(source)(request);
    const refusal = source.trouble ?? source.refused;
    if (refusal === undefined || response.status < 400) return response;
    await response.body?.cancel();
    return await this.#localInstead(call, refusal);
  }

  /** Who was given wrong bytes must not add the right rest to them: it gets the whole file, or nothing. */
  #withoutResuming({ request, route }: Call): Request {
    if (!("repo" in route) || !request.headers.has("range")) return request;
    if (!this.#desk.hasMisled(route.repo, route.rest)) return request;
    const headers = new Headers(request.headers);
    headers.delete("range");
    return new Request(request, { headers });
  }

  #handler(source: ModelSource): (request: Request) => Promise<Response> {
    const { clock } = this.#options.context;
    return createHubHandler({
      source,
      access: this.#parts.access,
      rights: this.rights,
      clock,
      rateLimits: "none",
      onError: this.#parts.onError,
    });
  }

  /**
   * When the Hub cannot tell, the library does, as far as it can. When the Hub says no, that stands, except for who may
   * have all that is here, and for what never came from the Hub.
   */
  async #localInstead(call: Call, refusal: Refusal): Promise<Response> {
    const { route, caller, request } = call;
    // A limit is waited for by who asks; a file that is here needs no asking.
    const isTrouble = saysNothing(refusal) && (refusal.status !== 429 || !isRelayed(route));
    const isOpen = isTrouble ||
      (caller.kind !== "anonymous" && route.verb !== "whoami") ||
      ("repo" in route && await this.#isOwn(route.repo));
    const isHere = !("repo" in route) || await this.#parts.local.model(route.repo) !== undefined;
    if (!isOpen || !isHere || route.verb === "whoami") return this.#refuse(call, refusal);
    const response = await this.#handler(this.#parts.local)(request);
    // What is not here may well exist.
    const isUnknown = response.status === 404 && isTrouble;
    if (!isUnknown) return response;
    await response.body?.cancel();
    return this.#refuse(call, refusal);
  }

  #refuse({ target }: Call, refusal: Refusal): Response {
    return refusalReply(refusal, { json: target.segments[0] === "api" });
  }

  /** Whether all of a model was put here by hand: the Hub has no say in it. */
  async #isOwn(repo: string): Promise<boolean> {
    const entries = await this.#options.context.library.entries();
    const files = entries.filter(({ metadata }) => metadata.repo === repo).flatMap(({ metadata }) =>
      metadata.files
    );
    return files.length > 0 && files.every(({ commit }) => commit === UNKNOWN_COMMIT);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#desk[Symbol.asyncDispose]();
  }
}

/** `main` of `main/sub/file`; `refs/pr/1` of `refs/pr/1/file`. */
function revisionIn(rest: HubCall["target"]["segments"]): string | undefined {
  return rest[0] === "refs" && rest.length >= 3 ? rest.slice(0, 3).join("/") : rest[0];
}

/** A mirror makes room for what is asked for: what was not used for longest goes. */
function quotaSettings(
  { settings }: Pick<OperationContext, "settings">,
  maxTotalBytes: number | undefined,
): OperationContext["settings"] {
  const limit = maxTotalBytes ?? settings.maxTotalBytes;
  return limit === undefined ? settings : { ...settings, maxTotalBytes: limit, cleanupAuto: true };
}

/**
 * Puts the Hub behind a server.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when the server would be its own Hub.
 */
export function pullThrough(options: PullThroughOptions, parts: ServeParts): ServeBackend {
  const { host = "127.0.0.1", port } = parts.options;
  const { endpoint } = options.upstream;
  const isItself = [host, "localhost", "127.0.0.1"].some((name) =>
    sameAddress(`http://${name.includes(":") ? `[${name}]` : name}:${port ?? 8787}`, endpoint)
  );
  if (isItself) {
    throw new ModelManagerError(
      "USAGE_ERROR",
      `The server would pull through itself: its Hub is "${endpoint}"`,
      {
        hints: [
          "Name the Hub behind it: mm serve --pull-through --endpoint https://…",
          "Unset HF_ENDPOINT here",
        ],
      },
    );
  }
  const through = new PullThrough(options, parts);
  return {
    source: parts.local,
    rights: through.rights,
    answer: (request) => through.answer(request),
    [Symbol.asyncDispose]: () => through[Symbol.asyncDispose](),
  };
}
