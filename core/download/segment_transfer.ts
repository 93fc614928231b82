/**
 * One ranged GET: bytes from a server to their place in a file. Runs inside a download worker.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { formatRangeHeader, parseContentRange, rangeLength } from "../base/byte_range.ts";
import { type ErrorCode, toErrorData } from "../base/errors.ts";
import { redactText } from "../base/redact.ts";
import { fileSystemError } from "../platform/file_system_error.ts";
import { openPositionedWriter, type PositionedWriter } from "../platform/sparse_file.ts";
import { toNetworkError } from "../http/network_error.ts";
import { serverWaitMs } from "../http/retry_after.ts";
import { createFileDigest } from "./file_digest.ts";
import type { TransferSlots } from "./transfer_slots.ts";
import {
  type SegmentRequest,
  type SegmentResult,
  TransferError,
  type TransferFailure,
} from "./worker_protocol.ts";

/** One read returns up to this much; larger ones gain nothing and cost memory in every lane. */
const BUFFER_BYTES = 512 * 1024;
/** How long a throttled lane sleeps before it looks again. */
const THROTTLE_SLEEP_MS = 10;

/** What a segment needs besides its request. */
export interface SegmentTransferOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly slots: TransferSlots;
  readonly slot: number;
  readonly signal: AbortSignal;
}

function failure(
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

/** Refuses every reply whose body is not exactly the bytes that were asked for. */
function checkReply(response: Response, request: SegmentRequest, host: string): void {
  const { status, headers } = response;
  const { range, fileSizeBytes } = request;
  const whole = range.start === 0 && range.end === fileSizeBytes;
  // Small files are proved on the way and may be pages themselves.
  if (status === 200 && request.digest === undefined && !mayBeWholeFile(headers, fileSizeBytes)) {
    throw failure("bad-reply", `"${host}" sent something else than the file`);
  }
  if (status === 200 && !whole) {
    throw failure("range-ignored", `"${host}" sent the whole file instead of a part of it`);
  }
  if (status !== 200 && status !== 206) {
    const retryAfterMs = serverWaitMs(response, Date.now());
    throw failure("status", `"${host}" answered ${status}`, {
      status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    throw failure("bad-reply", `"${host}" sent the bytes encoded as "${encoding}", not as they are`);
  }
  if (status === 206) {
    const stated = parseContentRange(headers.get("content-range"));
    const exact = stated?.range?.start === range.start && stated.range.end === range.end &&
      (stated.total === undefined || stated.total === fileSizeBytes);
    if (!exact) {
      throw failure(
        "bad-reply",
        `"${host}" answered with the range "${headers.get("content-range") ?? "(none)"}": wanted ` +
          `bytes ${range.start}-${range.end - 1}/${fileSizeBytes}`,
      );
    }
  }
  const length = headers.get("content-length");
  if (length !== null && Number(length) !== rangeLength(range)) {
    throw failure("bad-reply", `"${host}" announced ${length} bytes: wanted ${rangeLength(range)}`);
  }
}

async function request(request_: SegmentRequest, options: SegmentTransferOptions): Promise<Response> {
  const host = new URL(request_.url).host;
  let response: Response;
  try {
    response = await options.fetch(request_.url, {
      headers: {
        ...request_.headers,
        range: formatRangeHeader(request_.range),
        "accept-encoding": "identity",
      },
      redirect: "manual",
      signal: options.signal,
    });
  } catch (cause) {
    if (options.signal.aborted) throw failure("cancelled", "Cancelled");
    const error = toNetworkError(cause, new URL(request_.url));
    if (error.code === "PERMISSION_ERROR") {
      throw new TransferError({ kind: "denied", error: toErrorData(error) });
    }
    throw failure("network", `No reply from "${host}"`, { cause });
  }
  try {
    checkReply(response, request_, host);
  } catch (error) {
    await response.body?.cancel().catch(() => {});
    throw error;
  }
  return response;
}

async function openWriter(request: SegmentRequest, response: Response): Promise<PositionedWriter> {
  try {
    return openPositionedWriter(request.path, {
      position: request.range.start,
      create: request.digest !== undefined,
    });
  } catch (error) {
    // Nobody is going to read the body.
    await response.body?.cancel().catch(() => {});
    throw diskFailure(error, request.path);
  }
}

function diskFailure(error: unknown, path: string): TransferError {
  return new TransferError({ kind: "disk", error: toErrorData(fileSystemError(error, "write", path)) });
}

/**
 * Fetches a range and writes it in place, counting in its slot, until its end or the slot's limit.
 *
 * @throws {TransferError} With what failed; the slot's position tells how much is on disk all the same.
 */
export async function transferSegment(
  segment: SegmentRequest,
  options: SegmentTransferOptions,
): Promise<SegmentResult> {
  const { slots, slot, signal } = options;
  const response = await request(segment, options);
  const host = new URL(segment.url).host;
  using writer = await openWriter(segment, response);
  const digest = segment.digest === undefined
    ? undefined
    : createFileDigest(segment.digest, segment.fileSizeBytes);
  let position = segment.range.start;
  // Deno's fetch bodies are byte streams: one read fills as much of our own buffer as has arrived.
  const reader = response.body?.getReader({ mode: "byob" });
  let buffer = new Uint8Array(BUFFER_BYTES);
  try {
    while (reader !== undefined) {
      const readLimit = slots.readLimit;
      const view = readLimit === 0 || readLimit >= buffer.length ? buffer : buffer.subarray(0, readLimit);
      const { value, done } = await reader.read(view);
      if (done || value === undefined) break;
      const room = slots.limit(slot) - position;
      const bytes = value.length > room ? value.subarray(0, Math.max(0, room)) : value;
      if (bytes.length > 0) {
        try {
          writer.write(bytes);
        } catch (error) {
          throw diskFailure(error, segment.path);
        }
        digest?.update(bytes);
        position += bytes.length;
        slots.setPosition(slot, position);
      }
      // Another lane has taken the rest over.
      if (position < segment.range.end && position >= slots.limit(slot)) return { position };
      // More than was asked for: an endless body would never end the segment.
      if (value.length > room) break;
      buffer = new Uint8Array(value.buffer);
      if (!slots.consume(value.length)) await throttled(options);
    }
  } catch (cause) {
    if (cause instanceof TransferError) throw cause;
    if (signal.aborted) throw failure("cancelled", "Cancelled");
    throw failure("network", `The connection to "${host}" broke off`, { cause });
  } finally {
    // After the end this does nothing; before it, it closes the connection.
    await reader?.cancel().catch(() => {});
  }
  if (position < segment.range.end && position < slots.limit(slot)) {
    throw failure(
      "network",
      `"${host}" sent ${position - segment.range.start} of ${rangeLength(segment.range)} bytes`,
    );
  }
  if (digest === undefined) return { position };
  await writer.sync().catch((error) => {
    throw diskFailure(error, segment.path);
  });
  return { position, digestHex: digest.digest("hex") };
}

async function throttled({ slots, signal }: SegmentTransferOptions): Promise<void> {
  while (!slots.allowed && !signal.aborted) await delay(THROTTLE_SLEEP_MS);
}
