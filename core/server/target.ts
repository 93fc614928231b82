/**
 * The address of a request, taken apart by hand: `URL` would resolve encoded dots and so hide what was asked.
 *
 * @module
 */
import { Refusal } from "./reply.ts";

/** Path and query of a request. */
export interface Target {
  /** Path segments as they came, still percent-encoded. */
  readonly rawSegments: readonly string[];
  /** The same, decoded once. */
  readonly segments: readonly string[];
  /** With its `?`, or empty. */
  readonly search: string;
  readonly query: URLSearchParams;
  /** `scheme://host` of the request. */
  readonly origin: string;
}

/**
 * Takes a request's address apart.
 *
 * @throws {Refusal} 400 when the percent-encoding is broken.
 */
export function parseTarget(url: string): Target {
  const match = /^([a-z]+:\/\/[^/?#]*)([^?#]*)(\?[^#]*)?/i.exec(url);
  const path = match?.[2] ?? "";
  const search = match?.[3] ?? "";
  const rawSegments = path.split("/").slice(1);
  try {
    return {
      rawSegments,
      segments: rawSegments.map(decodeURIComponent),
      search,
      query: new URLSearchParams(search),
      origin: match?.[1] ?? "",
    };
  } catch {
    throw new Refusal(400, "Malformed percent-encoding in the URL");
  }
}

/** Whether a query parameter says yes. */
export function flag(query: URLSearchParams, name: string): boolean {
  return ["1", "true", "True"].includes(query.get(name) ?? "");
}
