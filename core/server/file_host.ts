/**
 * The file host ("CDN"): answers signed addresses, knows no tokens and nothing of commits.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { fileReply } from "./file_reply.ts";
import { contentType } from "./file_headers.ts";
import type { ModelSource } from "./model_source.ts";
import { type HeaderFields, Refusal, textReply } from "./reply.ts";
import type { SignedAddress, UrlSigner } from "./signed_url.ts";
import { withoutBody } from "./without_body.ts";

/** How the file host is made. */
export interface FileHostOptions {
  readonly source: ModelSource;
  /** The hub's own signer. */
  readonly signer: UrlSigner;
  /** A file above this is refused without a `Range`. @default {50000000000} */
  readonly maxFullBytes?: number | undefined;
  /** Told of what went wrong inside. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The errors of object stores come as XML. */
function storeError(status: number, code: string, headers: HeaderFields = {}): Response {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`;
  return textReply(body, { "content-type": "application/xml", ...headers }, status);
}

/** The file host's own entity tag: like the real one it is a hash of the content, but not the SHA-256. */
function storeEntityTag(sha256: string): string {
  return `"${createHash("sha256").update(`store ${sha256}`).digest("hex")}"`;
}

async function answer(
  request: Request,
  address: SignedAddress & { readonly status: "valid" },
  options: FileHostOptions,
): Promise<Response> {
  const { file, disposition } = address;
  const files = await options.source.files({ repo: file.repo, commit: file.commit });
  const found = files.find((candidate) => candidate.path === file.path);
  if (found === undefined) return storeError(404, "NoSuchKey");
  if (found.sizeBytes > (options.maxFullBytes ?? 50_000_000_000) && !request.headers.has("range")) {
    return storeError(400, "EntityTooLarge");
  }
  const { hex } = await found.digest();
  return fileReply(request, {
    sizeBytes: found.sizeBytes,
    etag: storeEntityTag(hex),
    headers: {
      "content-type": contentType(file.path),
      "x-content-type-options": "nosniff",
      "cache-control": "private, max-age=3600",
      ...(disposition === undefined ? {} : { "content-disposition": disposition }),
    },
    open: (range) => options.source.open(file, range),
  });
}

async function route(request: Request, options: FileHostOptions): Promise<Response> {
  // A token on this host is a leak: say so loudly instead of serving.
  if (request.headers.has("authorization")) return storeError(400, "InvalidArgument");
  if (request.method !== "GET" && request.method !== "HEAD") {
    return storeError(405, "MethodNotAllowed", { allow: "GET, HEAD" });
  }
  const address = options.signer.verify(request.url);
  switch (address.status) {
    case "valid":
      return await answer(request, address, options);
    case "unknown":
      return storeError(404, "NoSuchKey");
    case "expired":
    case "forged":
      return storeError(403, "AccessDenied");
  }
}

/** Makes the handler of the file host. */
export function createFileHostHandler(options: FileHostOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      return withoutBody(request, await route(request, options));
    } catch (error) {
      if (error instanceof Refusal) return withoutBody(request, storeError(error.status, "InvalidURI"));
      options.onError?.(error);
      return withoutBody(request, storeError(500, "InternalError"));
    }
  };
}
