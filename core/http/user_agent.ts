/**
 * Says honestly who is asking.
 *
 * @module
 */
import type { FetchDecorator } from "./fetch.ts";
import { requestHeaders } from "./request_parts.ts";

/**
 * `model-manager/0.1.0; deno/2.9.6`.
 *
 * @param version The program's version.
 * @param runtime As the runtime names itself. @default {navigator.userAgent}
 */
export function formatUserAgent(version: string, runtime: string = navigator.userAgent): string {
  const match = /^Deno\/(\S+)/i.exec(runtime);
  return match === null ? `model-manager/${version}` : `model-manager/${version}; deno/${match[1]}`;
}

/** Names the program in each request that does not name one itself. */
export function withUserAgent(userAgent: string): FetchDecorator {
  return (next) => (input, init) => {
    const headers = requestHeaders(input, init);
    if (!headers.has("user-agent")) headers.set("user-agent", userAgent);
    return next(input, { ...init, headers });
  };
}
