/**
 * Answers of the API: JSON and text with their validators, and refusals in the Hub's own form.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { JsonValue } from "./model_source.ts";

/** Response headers by name. */
export type HeaderFields = Readonly<Record<string, string>>;

/** What may be said of a refusal besides its status and message. */
export interface RefusalOptions {
  /** The `X-Error-Code`. */
  readonly code?: string;
  readonly headers?: HeaderFields;
}

/** An answer that is no success: thrown where it is found out, turned into a response in one place. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: HeaderFields;

  constructor(status: number, message: string, options: RefusalOptions = {}) {
    super(message);
    this.status = status;
    this.code = options.code;
    this.headers = options.headers ?? {};
  }
}

/** A text as a header can carry it: one line of printable ASCII. */
export function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, "?").slice(0, 1000);
}

/** Whether an `If-None-Match` header names the entity tag; weak comparison, as that header wants. */
export function matchesEntityTag(header: string | null, etag: string): boolean {
  if (header === null) return false;
  const bare = etag.replace(/^W\//, "");
  return header.trim() === "*" ||
    header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === bare);
}

function bodyReply(
  text: string,
  init: { readonly status: number; readonly headers: HeaderFields },
): Response {
  const bytes = new TextEncoder().encode(text);
  return new Response(bytes, {
    status: init.status,
    headers: { ...init.headers, "content-length": String(bytes.length) },
  });
}

/** Text, as the file routes answer. */
export function textReply(text: string, headers: HeaderFields = {}, status = 200): Response {
  return bodyReply(text, { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers } });
}

/** JSON with a weak entity tag; 304 when the client has it already. */
export function jsonReply(request: Request, value: JsonValue, headers: HeaderFields = {}): Response {
  const text = JSON.stringify(value);
  const etag = `W/"${text.length.toString(16)}-${createHash("sha1").update(text).digest("base64url")}"`;
  const validators = { etag, "cache-control": "no-cache", vary: "Authorization", ...headers };
  const reads = request.method === "GET" || request.method === "HEAD";
  if (reads && matchesEntityTag(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers: validators });
  }
  return bodyReply(text, {
    status: 200,
    headers: { "content-type": "application/json; charset=utf-8", ...validators },
  });
}

/** A redirect with a short body, which is not the file. */
export function redirectReply(
  status: 302 | 307,
  options: { readonly location: string; readonly headers?: HeaderFields },
): Response {
  const word = status === 302 ? "Found" : "Temporary Redirect";
  return textReply(`${word}. Redirecting`, { ...options.headers, location: options.location }, status);
}

/** A refusal as the Hub words it: JSON under `/api`, plain text on file routes, the message in a header as well. */
export function refusalReply(refusal: Refusal, options: { readonly json: boolean }): Response {
  const headers: HeaderFields = {
    ...refusal.headers,
    ...(refusal.code === undefined ? {} : { "x-error-code": refusal.code }),
    "x-error-message": headerText(refusal.message),
  };
  if (!options.json) return textReply(refusal.message, headers, refusal.status);
  return bodyReply(JSON.stringify({ error: refusal.message }), {
    status: refusal.status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
  });
}
