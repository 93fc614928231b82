/**
 * One ranged GET up to its headers: redirects followed by hand, and every reply refused that is not exactly what was
 * asked for.
 *
 * @module
 */
import { formatRangeHeader, parseContentRange, rangeLength } from "../base/byte_range.ts";
import { type ErrorCode, toErrorData } from "../base/errors.ts";
import { redactText } from "../base/redact.ts";
import { isProxyRefusal, namePlace, proxyRefusedError, toNetworkError } from "../http/network_error.ts";
import type { ProxyRules } from "../http/proxy.ts";
import { serverWaitMs } from "../http/retry_after.ts";
import {
  type SegmentReply,
  type SegmentRequest,
  TransferError,
  type TransferFailure,
} from "./worker_protocol.ts";

/** A location is meant to be the place itself; file hosts that send on do so once or twice. */
const MAX_REDIRECTS = 5;
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What a request needs besides itself. */
export interface SegmentRequestOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly signal: AbortSignal;
  /** Which proxy `fetch` goes through, for errors. @default {none} */
  readonly proxyFor?: ProxyRules | undefined;
}

/** The reply whose body is exactly the range. */
export interface SegmentResponse {
  readonly response: Response;
  /** Where it came from, for errors: in quotes, with the proxy on the way. */
  readonly place: string;
  readonly reply: SegmentReply;
}

/** A failure as an exception; causes lose their secrets. */
export function failure(
  kind: TransferFailure["kind"],
  message: string,
  details: { readonly status?: number; readonly retryAfterMs?: number; readonly cause?: unknown } = {},
): TransferError {
  const code: ErrorCode = details.status === 429
    ? "RATE_LIMITED"
    : kind === "cancelled"
    ? "CANCELLED"
    : "NETWORK_ERROR";
  const causes: string[] = [];
  for (let cause = details.cause; cause instanceof Error; cause = cause.cause) {
    causes.push(redactText(cause.message));
  }
  return new TransferError({
    kind,
    ...(details.status === undefined ? {} : { status: details.status }),
    error: {
      code,
      message,
      hints: [],
      causes,
      ...(details.retryAfterMs === undefined ? {} : { retryAfterMs: details.retryAfterMs }),
    },
  });
}

/** A page that asks to sign in to a network must not cost the bytes that have arrived. */
function mayBeWholeFile(headers: Headers, fileSizeBytes: number): boolean {
  const length = headers.get("content-length");
  if (length !== null) return Number(length) === fileSizeBytes;
  return !/^text\/html\b/i.test(headers.get("content-type") ?? "");
}

function sizeChanged(
  place: string,
  sizes: { readonly total: number; readonly fileSizeBytes: number },
): TransferError {
  return failure(
    "changed",
    `${place} has a file of ${sizes.total} bytes in its place: wanted ${sizes.fileSizeBytes}`,
  );
}

/** Refuses every reply whose body is not exactly the bytes that were asked for. */
function checkReply(response: Response, request: SegmentRequest, place: string): void {
  const { status, headers } = response;
  const { range, fileSizeBytes } = request;
  const whole = range.start === 0 && range.end === fileSizeBytes;
  // Small files are proved on the way and may be pages themselves.
  if (status === 200 && request.digest === undefined && !mayBeWholeFile(headers, fileSizeBytes)) {
    throw failure("bad-reply", `${place} sent something else than the file`);
  }
  if (status === 200 && !whole) {
    throw failure("range-ignored", `${place} sent the whole file instead of a part of it`);
  }
  if (status !== 200 && status !== 206) {
    const { total } = status === 416 ? parseContentRange(headers.get("content-range")) ?? {} : {};
    if (total !== undefined && total !== fileSizeBytes) throw sizeChanged(place, { total, fileSizeBytes });
    const retryAfterMs = serverWaitMs(response, Date.now());
    throw failure("status", `${place} answered ${status}`, {
      status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    throw failure("bad-reply", `${place} sent the bytes encoded as "${encoding}", not as they are`);
  }
  if (status === 206) checkPart(headers, request, place);
  const length = headers.get("content-length");
  if (length !== null && Number(length) !== rangeLength(range)) {
    throw failure("bad-reply", `${place} announced ${length} bytes: wanted ${rangeLength(range)}`);
  }
}

/** Refuses every part but the one that was asked for. */
function checkPart(headers: Headers, { range, fileSizeBytes }: SegmentRequest, place: string): void {
  const text = headers.get("content-range");
  const stated = parseContentRange(text);
  if (stated?.range !== undefined && stated.total !== undefined && stated.total !== fileSizeBytes) {
    throw sizeChanged(place, { total: stated.total, fileSizeBytes });
  }
  if (stated?.range?.start === range.start && stated.range.end === range.end) return;
  throw failure(
    "bad-reply",
    `${place} answered with the range "${text ?? "(none)"}": wanted bytes ${range.start}-${range.end - 1}/` +
      fileSizeBytes,
  );
}

/** Where a redirect leads; refused when it gives up encryption or leaves HTTP. */
function redirectTarget(response: Response, from: URL, place: string): URL {
  const location = response.headers.get("location") ?? "";
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target === undefined) throw failure("bad-reply", `${place} redirects to no place`);
  if (from.protocol === "https:" && target.protocol === "http:") {
    throw failure("bad-reply", `${place} redirects from https to http, which is not followed`);
  }
  if (/^https?:$/.test(target.protocol)) return target;
  throw failure("bad-reply", `${place} redirects to a "${target.protocol}" address, which is not followed`);
}

/** What may be said to another origin: never who we are to this one. */
function headersFor(request: SegmentRequest, url: URL): Record<string, string> {
  const agent = request.headers["user-agent"];
  const own = new URL(request.url).origin === url.origin;
  return {
    ...(own ? request.headers : agent === undefined ? {} : { "user-agent": agent }),
    range: formatRangeHeader(request.range),
    "accept-encoding": "identity",
  };
}

async function send(request: SegmentRequest, url: URL, options: SegmentRequestOptions): Promise<Response> {
  const proxy = options.proxyFor?.(url);
  let response: Response;
  try {
    response = await options.fetch(url.href, {
      headers: headersFor(request, url),
      redirect: "manual",
      signal: options.signal,
    });
  } catch (cause) {
    if (options.signal.aborted) throw failure("cancelled", "Cancelled");
    const error = toNetworkError(cause, url, { proxy });
    const kind = error.code === "PERMISSION_ERROR" ? "denied" : error.retryable ? "network" : "unusable";
    throw new TransferError({ kind, error: toErrorData(error) });
  }
  if (proxy === undefined || !isProxyRefusal(response)) return response;
  await response.body?.cancel().catch(() => {});
  throw new TransferError({ kind: "unusable", error: toErrorData(proxyRefusedError(url, proxy)) });
}

/** The entity tag, when it vouches for the bytes: weak ones do not. */
function strongTag(headers: Headers): string | undefined {
  const tag = headers.get("etag")?.trim() ?? "";
  return /^"[^"]+"$/.test(tag) ? tag : undefined;
}

/**
 * Asks for the bytes.
 *
 * @returns the reply whose body is exactly the range, and where it came from.
 * @throws {TransferError} For every other reply; its body is cancelled.
 */
export async function requestSegment(
  request: SegmentRequest,
  options: SegmentRequestOptions,
): Promise<SegmentResponse> {
  let url = new URL(request.url);
  for (let hop = 0;; hop++) {
    const response = await send(request, url, options);
    const place = namePlace(url, options.proxyFor?.(url));
    try {
      if (!REDIRECT_STATUSES.has(response.status)) {
        checkReply(response, request, place);
        return {
          response,
          place,
          reply: {
            origin: url.origin,
            etag: strongTag(response.headers),
            isPart: response.status === 206,
          },
        };
      }
      if (hop === MAX_REDIRECTS) {
        throw failure("bad-reply", `"${new URL(request.url).host}" redirects without end`);
      }
      url = redirectTarget(response, url, place);
      // A request that was cut off meanwhile fails with the next one.
      await response.body?.cancel().catch(() => {});
    } catch (error) {
      await response.body?.cancel().catch(() => {});
      throw error;
    }
  }
}
