/**
 * Whether a reply with 200 is the Hub's: proxies, log-in pages and overloaded servers answer with pages of their own.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";

const HINTS = ["Check whether the network wants a log-in, and the endpoint: mm config show"];

/** The error for a reply that should have been JSON. */
export function notJsonError(host: string): ModelManagerError {
  return new ModelManagerError("NETWORK_ERROR", `"${host}" did not answer with JSON`, {
    retryable: true,
    hints: HINTS,
  });
}

function isPage(response: Response): boolean {
  return /^text\/html\b/i.test(response.headers.get("content-type") ?? "");
}

/** Refuses pages, and JSON that ends too early. */
export async function checkJson(response: Response, host: string): Promise<ModelManagerError | undefined> {
  if (isPage(response)) return notJsonError(host);
  // Mirrors on plain web servers may have another type for it: that is read later.
  if (!/json\b/i.test(response.headers.get("content-type") ?? "")) return undefined;
  try {
    JSON.parse(await response.clone().text());
    return undefined;
  } catch {
    return notJsonError(host);
  }
}

/** Refuses a page in place of a file's headers: those of a file have a tag, whatever the file is. */
export function checkFileHeaders(response: Response, host: string): ModelManagerError | undefined {
  const isFile = ["etag", "x-linked-etag", "x-repo-commit"].some((name) => response.headers.has(name));
  if (!isPage(response) || isFile) return undefined;
  return new ModelManagerError("NETWORK_ERROR", `"${host}" answered with a web page instead of the file`, {
    retryable: true,
    hints: HINTS,
  });
}
