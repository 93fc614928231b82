/**
 * The access token: sent to one origin, never to another.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import type { FetchDecorator } from "./fetch.ts";
import { requestHeaders, requestUrl } from "./request_parts.ts";

/** Whom the token is for. */
export interface AuthOptions {
  /** URL whose origin gets the token. */
  readonly endpoint: string;
  /** Without one, requests are anonymous. */
  readonly token?: string | undefined;
}

/** A token that a header can carry: visible ASCII, nothing else. */
const SENDABLE_TOKEN = /^[\x21-\x7e]+$/;

/**
 * Sends the token to the endpoint's origin. `Authorization` for any other origin is taken off, also when the
 * caller set it. A request with `credentials: "omit"` stays anonymous.
 *
 * @throws {ModelManagerError} `AUTHENTICATION_ERROR` when no header can carry the token; the text is not shown.
 */
export function withAuth(options: AuthOptions): FetchDecorator {
  const { origin } = new URL(options.endpoint);
  const { token } = options;
  if (token !== undefined && !SENDABLE_TOKEN.test(token)) {
    throw new ModelManagerError("AUTHENTICATION_ERROR", "The access token has characters that no token has", {
      hints: ["Store the token again: mm login"],
    });
  }
  return (next) => (input, init) => {
    const headers = requestHeaders(input, init);
    if (requestUrl(input).origin !== origin || init?.credentials === "omit") headers.delete("authorization");
    else if (token !== undefined && !headers.has("authorization")) {
      headers.set("authorization", `Bearer ${token}`);
    }
    return next(input, { ...init, headers });
  };
}
