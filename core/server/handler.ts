/**
 * The Hub's HTTP API over a {@link ModelSource}, as one function from request to response.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { type Clock, systemClock } from "../base/clock.ts";
import { type AccessRules, type Caller, identifyCaller } from "./access.ts";
import { authCheckReply, refsReply, whoamiReply } from "./account.ts";
import { type FileHostLink, type HubCall, type HubContext, Renamed, type RightsCheck } from "./context.ts";
import { modelInfoReply } from "./model_info.ts";
import { modelListReply } from "./model_list.ts";
import type { ModelSource } from "./model_source.ts";
import { createRateCounter, type RateCounter, type RateLimits } from "./rate_limit.ts";
import { redirectReply, Refusal, refusalReply } from "./reply.ts";
import { rawReply, resolveCacheReply, resolveReply } from "./resolve.ts";
import { matchRoute, type RepositoryRoute, type Route } from "./routes.ts";
import { parseTarget, type Target } from "./target.ts";
import { pathsInfoReply, treeReply } from "./tree.ts";
import { withoutBody } from "./without_body.ts";

/** How the Hub is made. */
export interface HubOptions {
  readonly source: ModelSource;
  /** Who may see what; without rules everything is open and any token is ignored. */
  readonly access?: AccessRules | undefined;
  /** Asked about private and gated models where the rules alone do not open them. */
  readonly rights?: RightsCheck | undefined;
  /** The Hub's own address for absolute links. Default: the one the client used. */
  readonly endpoint?: (() => string) | undefined;
  /** Where large files are redirected to. Default: every file is answered directly. */
  readonly fileHost?: FileHostLink | undefined;
  /** Entries in a page of a listing, at most. @default {1000} */
  readonly pageSize?: number | undefined;
  /** Told in every answer, as the Hub does; `none` has neither limits nor those headers. @default a million each */
  readonly rateLimits?: RateLimits | "none" | undefined;
  /** @default {systemClock} */
  readonly clock?: Clock | undefined;
  /** Told of what went wrong inside; the client gets a bare 500. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const ROUTES: Readonly<
  Record<RepositoryRoute["verb"], (call: HubCall, route: RepositoryRoute) => Promise<Response>>
> = {
  info: modelInfoReply,
  revision: modelInfoReply,
  tree: treeReply,
  "paths-info": pathsInfoReply,
  refs: refsReply,
  "auth-check": authCheckReply,
  resolve: resolveReply,
  "resolve-cache": resolveCacheReply,
  raw: rawReply,
};

const UNLIMITED: RateCounter = { take: () => ({ headers: {}, refusal: undefined }) };

function checkMethod(route: Route, method: string): void {
  const allowed = route.verb === "paths-info" ? ["POST"] : ["GET", "HEAD"];
  if (!allowed.includes(method)) {
    throw new Refusal(405, `Method ${method} is not allowed here`, {
      headers: { allow: allowed.join(", ") },
    });
  }
}

async function dispatch(call: HubCall): Promise<Response> {
  const route = matchRoute(call.target);
  if (route === undefined) throw new Refusal(404, "Not found");
  checkMethod(route, call.request.method);
  if (!("repo" in route)) return route.verb === "models" ? await modelListReply(call) : whoamiReply(call);
  try {
    return await ROUTES[route.verb](call, route);
  } catch (error) {
    if (error instanceof Renamed) return renameRedirect(call.target, route, error.repo);
    throw error;
  }
}

/** A relative redirect to the same thing under the present name. */
function renameRedirect(target: Target, route: RepositoryRoute, repo: string): Response {
  const segments = [...target.rawSegments];
  segments.splice(route.nameStart, route.nameLength, repo);
  return redirectReply(307, { location: `/${segments.join("/")}${target.search}` });
}

function callerKey(caller: Caller): string {
  return caller.kind === "account" ? `account ${caller.rule.account}` : caller.kind;
}

function identify(request: Request, rules: AccessRules | undefined): Caller | Refusal {
  try {
    return identifyCaller(request, rules);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

async function answer(context: HubContext, request: Request, rates: RateCounter): Promise<Response> {
  const path = new URL(request.url).pathname;
  const caller = identify(request, context.access);
  const rate = rates.take(caller instanceof Refusal ? "refused" : callerKey(caller), path);
  const early = rate.refusal ?? (caller instanceof Refusal ? caller : undefined);
  let response: Response;
  try {
    if (early !== undefined || caller instanceof Refusal) throw early;
    response = await dispatch({ context, request, target: parseTarget(request.url), caller });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    response = refusalReply(error, { json: path.startsWith("/api/") });
  }
  return addHeaders(response, rate.headers);
}

function addHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

/** Makes the Hub's handler; it never throws and opens nothing by itself. */
export function createHubHandler(options: HubOptions): (request: Request) => Promise<Response> {
  const { source, access, rights, endpoint, fileHost, pageSize = 1000, clock = systemClock } = options;
  const context: HubContext = { source, access, rights, endpoint, fileHost, pageSize, clock };
  const { rateLimits } = options;
  const rates = rateLimits === "none" ? UNLIMITED : createRateCounter(clock, rateLimits);
  return async (request) => {
    let response: Response;
    try {
      response = await answer(context, request, rates);
    } catch (error) {
      options.onError?.(error);
      response = refusalReply(new Refusal(500, "Internal error"), { json: true });
    }
    response.headers.set("x-request-id", randomUUID());
    return withoutBody(request, response);
  };
}
