/**
 * The parts of a request, whichever of the three forms of `fetch`'s input it came in.
 *
 * @module
 */
import type { ModelManagerError } from "../base/errors.ts";

/** Where a request goes. */
export function requestUrl(input: string | URL | Request): URL {
  return new URL(input instanceof Request ? input.url : input);
}

/** The request's method, upper case. */
export function requestMethod(input: string | URL | Request, init?: RequestInit): string {
  return (init?.method ?? (input instanceof Request ? input.method : "GET")).toUpperCase();
}

/** A copy of the request's headers: changing it does not change the request. */
export function requestHeaders(input: string | URL | Request, init?: RequestInit): Headers {
  return new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
}

/** What stops the request. */
export function requestSignal(input: string | URL | Request, init?: RequestInit): AbortSignal | undefined {
  return init?.signal ?? (input instanceof Request ? input.signal : undefined);
}

/** What a request says besides the standard fields; the runtime passes it by. */
export interface ImpatientInit extends RequestInit {
  /**
   * The caller has another place to ask: an origin that does not answer is given up early. See `IMPATIENCE` of
   * `retry_policy.ts`.
   */
  readonly impatient: boolean;
}

/** What is wrong with a successful reply; `undefined` for nothing. The reply stays readable. */
export type ReplyCheck = (response: Response) => Promise<ModelManagerError | undefined>;

/** A request that knows what it asks for; the runtime passes the check by. */
export interface CheckedInit extends RequestInit {
  /** Pages of proxies and broken replies come with 200, too: they are asked for again like other failures. */
  readonly check: ReplyCheck;
}

/** How to tell whether a successful reply is what was asked for. */
export function replyCheck(init: RequestInit | undefined): ReplyCheck | undefined {
  return init !== undefined && "check" in init ? init.check as ReplyCheck : undefined;
}

/** Whether the caller has another place to ask. */
export function isImpatient(init: RequestInit | undefined): boolean {
  return init !== undefined && "impatient" in init && init.impatient === true;
}
