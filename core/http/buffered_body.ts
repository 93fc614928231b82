/**
 * Small bodies read to the end inside the retry layer: a reply cut in the middle is a failed attempt, too.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { cancelledError, ModelManagerError } from "../base/errors.ts";
import type { FetchDecorator } from "./fetch.ts";
import { toNetworkError } from "./network_error.ts";
import { requestSignal, requestUrl } from "./request_parts.ts";
import { withinDeadline } from "./timeout.ts";

/** What is read, and how patiently. */
export interface BufferedBodyOptions {
  readonly clock: Clock;
  /** Longest silence within a body. @default {30000} */
  readonly stallTimeoutMs?: number;
  /** @default {67108864} */
  readonly maxBytes?: number;
}

interface ReadOptions {
  readonly url: URL;
  readonly clock: Clock;
  readonly stallTimeoutMs: number;
  readonly maxBytes: number;
}

/** Whether a reply is a document to be read as a whole: JSON, or an error's text. Files are left to stream. */
function isDocument(response: Response): boolean {
  if (response.status >= 400) return true;
  return response.ok &&
    /^application\/(?:[\w.+-]*\+)?json\b/i.test(response.headers.get("content-type") ?? "");
}

async function readAll(body: ReadableStream<Uint8Array>, options: ReadOptions): Promise<Blob> {
  const { url, clock, stallTimeoutMs, maxBytes } = options;
  const onTimeout = (): ModelManagerError =>
    new ModelManagerError(
      "NETWORK_ERROR",
      `Cannot read the reply of "${url.host}": nothing came for ${Math.round(stallTimeoutMs / 1000)} s`,
      { retryable: true, hints: ["Check the network connection, then repeat the command"] },
    );
  const reader = body.getReader();
  const parts: BlobPart[] = [];
  let size = 0;
  try {
    while (true) {
      const { done, value } = await withinDeadline(() => reader.read(), {
        clock,
        timeoutMs: stallTimeoutMs,
        onTimeout,
      });
      if (done) return new Blob(parts);
      size += value.byteLength;
      if (size > maxBytes) {
        throw new ModelManagerError("FAILED", `The reply of "${url.host}" is longer than ${maxBytes} bytes`, {
          hints: ["Check the endpoint: mm config show"],
        });
      }
      parts.push(new Uint8Array(value));
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  }
}

/** Headers that no longer tell the truth once the body has been read and decoded. */
function decodedHeaders(response: Response): Headers {
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  return headers;
}

/** Reads JSON and error bodies to the end before handing the reply on. */
export function withBufferedBody(options: BufferedBodyOptions): FetchDecorator {
  const { clock, stallTimeoutMs = 30_000, maxBytes = 64 * 1024 * 1024 } = options;
  return (next) => async (input, init) => {
    const response = await next(input, init);
    if (response.body === null || !isDocument(response)) return response;
    const url = requestUrl(input);
    try {
      const bytes = await readAll(response.body, { url, clock, stallTimeoutMs, maxBytes });
      const { status, statusText } = response;
      return new Response(bytes, { status, statusText, headers: decodedHeaders(response) });
    } catch (error) {
      const signal = requestSignal(input, init);
      if (signal?.aborted) throw cancelledError(signal.reason);
      throw toNetworkError(error, url);
    }
  };
}
