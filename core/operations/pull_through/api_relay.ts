/**
 * The Hub's own answers about models, passed on as they are: search, facts, trees, revisions, who somebody is.
 *
 * @module
 */
import { matchesEntityTag, Refusal } from "../../server/reply.ts";
import type { Route } from "../../server/routes.ts";
import type { Target } from "../../server/target.ts";
import type { Upstream } from "./upstream.ts";
import { passOn, readRefusal } from "./upstream_refusal.ts";

/** Headers that mean the same here. */
const PASSED_HEADERS = ["content-type", "etag", "x-repo-commit", "x-total-count"] as const;

/** A question to be passed on. */
export interface RelayedCall {
  readonly request: Request;
  readonly target: Target;
  readonly route: Route;
  readonly token: string | undefined;
}

/** Whether a question is about models, and not for a file. */
export function isRelayed(route: Route): boolean {
  return !["resolve", "resolve-cache", "raw"].includes(route.verb);
}

/** The same place at the Hub. An address that would lead elsewhere there is refused. */
function upstreamUrl(upstream: Upstream, target: Target): URL {
  if (target.segments.some((segment) => segment === "." || segment === "..")) {
    throw new Refusal(400, "The URL leads out of itself");
  }
  return new URL(`${upstream.endpoint}/${target.rawSegments.join("/")}${target.search}`);
}

/** Links and redirects of the Hub lead to this server. */
function hereInstead(upstream: Upstream, target: Target, text: string): string {
  return text.replaceAll(`${upstream.endpoint}/`, `${target.origin}/`);
}

function isPost({ route }: RelayedCall): boolean {
  return route.verb === "paths-info";
}

/** Asks the Hub the same, with the asker's token; what it answers to whom is kept for a while. */
export async function relayApi(upstream: Upstream, call: RelayedCall): Promise<Response> {
  const { request, target, route, token } = call;
  const url = upstreamUrl(upstream, target);
  const body = isPost(call) ? await request.bytes() : undefined;
  const type = request.headers.get("content-type");
  const via = request.headers.get("via");
  const answer = await upstream.ask(token, async ({ fetch }) => {
    const response = await fetch(url, {
      method: isPost(call) ? "POST" : "GET",
      redirect: "manual",
      headers: {
        accept: "application/json",
        ...(body !== undefined && type !== null ? { "content-type": type } : {}),
        ...(via === null ? {} : { via }),
      },
      // Whose a token is, and what it opens, is asked each time.
      cache: route.verb === "whoami" || route.verb === "auth-check" ? "no-store" : "default",
      ...(body === undefined ? {} : { body }),
    });
    if (response.status < 400) return response;
    await response.body?.cancel();
    throw passOn(readRefusal(response));
  });
  return await passedOn(upstream, call, answer);
}

async function passedOn(upstream: Upstream, call: RelayedCall, answer: Response): Promise<Response> {
  const { request, target } = call;
  const headers: Record<string, string> = { vary: "Authorization" };
  for (const name of PASSED_HEADERS) {
    const value = answer.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const link = answer.headers.get("link");
  if (link !== null) headers["link"] = hereInstead(upstream, target, link);
  const location = answer.headers.get("location");
  if (location !== null) {
    await answer.body?.cancel();
    headers["location"] = ownLocation(upstream, target, location);
    return new Response(null, { status: answer.status, headers: { ...headers, "content-length": "0" } });
  }
  if (
    headers["etag"] !== undefined && matchesEntityTag(request.headers.get("if-none-match"), headers["etag"])
  ) {
    await answer.body?.cancel();
    return new Response(null, { status: 304, headers });
  }
  const bytes = await answer.bytes();
  headers["content-length"] = String(bytes.length);
  return new Response(bytes, { status: answer.status, headers });
}

/** @throws {Refusal} 502 for a redirect that leads away from the Hub. */
function ownLocation(upstream: Upstream, target: Target, location: string): string {
  const absolute = new URL(location, `${upstream.endpoint}/`);
  if (absolute.href.startsWith(`${upstream.endpoint}/`)) {
    return hereInstead(upstream, target, absolute.href).slice(target.origin.length);
  }
  throw new Refusal(502, "The Hub sends its callers to another place, which is no part of it");
}
