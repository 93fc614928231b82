/**
 * A `fetch` without a network: answers from a function, records what it was asked.
 *
 * @module
 */
import type { Fetch } from "../../../core/http/fetch.ts";
import { requestHeaders, requestMethod, requestUrl } from "../../../core/http/request_parts.ts";

/** One request as it would have gone out. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly init: RequestInit;
}

/** What answers: a reply, a promise of one, or an error thrown. */
export type Answer = (request: SentRequest, count: number) => Response | Promise<Response>;

/** A fetch that records. */
export interface FakeFetch {
  readonly fetch: Fetch;
  readonly sent: SentRequest[];
  /** `METHOD URL` of all requests so far. */
  lines(): string[];
}

/** Answers every request by `answer`; `count` is 1 for the first request. */
export function fakeFetch(answer: Answer): FakeFetch {
  const sent: SentRequest[] = [];
  return {
    sent,
    lines: () => sent.map(({ method, url }) => `${method} ${url}`),
    async fetch(input, init = {}) {
      const request: SentRequest = {
        method: requestMethod(input, init),
        url: requestUrl(input).href,
        headers: Object.fromEntries(requestHeaders(input, init)),
        init,
      };
      sent.push(request);
      return await answer(request, sent.length);
    },
  };
}

/** Answers by `METHOD /path?query`; anything else is a mistake of the test, said loudly. */
export function fakeRoutes(
  routes: Readonly<Record<string, (request: SentRequest, count: number) => Response>>,
): FakeFetch {
  return fakeFetch((request, count) => {
    const url = new URL(request.url);
    const line = `${request.method} ${url.pathname}${url.search}`;
    const route = routes[line] ?? routes[`${request.method} ${url.href}`];
    if (route === undefined) throw new Error(`Unexpected request: ${line}`);
    return route(request, count);
  });
}

/** A JSON reply. */
export function json(value: unknown, init: ResponseInit = {}): Response {
  const headers = new Headers(init.headers);
  headers.set("content-type", "application/json; charset=utf-8");
  return new Response(JSON.stringify(value), { ...init, headers });
}

/** A reply without a body. */
export function bare(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

/** An error as the runtime's `fetch` throws it. */
export function fetchFailed(detail: string): TypeError {
  return new TypeError("fetch failed", { cause: new Error(detail) });
}
