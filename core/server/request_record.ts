/**
 * A memory of the requests a served Hub has answered, for tests and for people who watch.
 *
 * @module
 */
import type { HttpHandler } from "../platform/listen.ts";
import { fileOfSignedUrl } from "./signed_url.ts";

/** One answered request. Holds no secret: tokens and signatures are left out. */
export interface RequestRecord {
  readonly host: "hub" | "file-host";
  readonly method: string;
  /** Percent-encoded as it came; on the file host the path in the repository. */
  readonly path: string;
  /** The query with its `?`, or empty; always empty on the file host. */
  readonly search: string;
  readonly status: number;
  /** The `Range` header. */
  readonly range: string | undefined;
  /** Whether a token came along. */
  readonly authorized: boolean;
  readonly userAgent: string | undefined;
  readonly acceptEncoding: string | undefined;
  /** Body bytes handed to the socket so far; grows while the body is sent. */
  readonly bytes: number;
}

/** Passes a body on and counts it. */
function countBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  count: (bytes: number) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      count(value.length);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

function describe(request: Request, host: RequestRecord["host"]): Omit<RequestRecord, "status" | "bytes"> {
  const { headers, method } = request;
  const url = new URL(request.url);
  const file = host === "file-host" ? fileOfSignedUrl(request.url) : undefined;
  return {
    host,
    method,
    path: file?.path ?? url.pathname,
    search: host === "file-host" ? "" : url.search,
    range: headers.get("range") ?? undefined,
    authorized: headers.has("authorization"),
    userAgent: headers.get("user-agent") ?? undefined,
    acceptEncoding: headers.get("accept-encoding") ?? undefined,
  };
}

/** The handler, with each of its answers added to `records`. */
export function recordRequests(
  handler: HttpHandler,
  options: { readonly host: RequestRecord["host"]; readonly records: RequestRecord[] },
): HttpHandler {
  return async (request) => {
    const description = describe(request, options.host);
    const response = await handler(request);
    const record = { ...description, status: response.status, bytes: 0 };
    options.records.push(record);
    if (response.body === null) return response;
    const body = countBody(response.body, (bytes) => {
      record.bytes += bytes;
    });
    return new Response(body, { status: response.status, headers: response.headers });
  };
}
