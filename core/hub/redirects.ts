/**
 * The rules for redirects, which are followed by hand: no circles, not too many, never from https to http.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";

const MAX_REDIRECTS = 10;
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Whether a reply sends its reader to another address. */
export function isRedirect(response: Response): boolean {
  return REDIRECT_STATUSES.has(response.status);
}

function redirectError(from: URL, problem: string): ModelManagerError {
  return new ModelManagerError("NETWORK_ERROR", `Cannot follow the redirect of "${from.host}": ${problem}`, {
    hints: ["Check the endpoint: mm config show"],
  });
}

/**
 * Where a redirect leads.
 *
 * @throws {ModelManagerError} `NETWORK_ERROR` when it gives up encryption, leaves HTTP or names no place.
 */
export function redirectTarget(response: Response, from: URL): URL {
  const location = response.headers.get("location") ?? "";
  if (location === "" || !URL.canParse(location, from)) throw redirectError(from, "it names no place");
  const target = new URL(location, from);
  if (!/^https?:$/.test(target.protocol)) {
    throw redirectError(from, `it leads to a "${target.protocol}" address`);
  }
  if (from.protocol === "https:" && target.protocol === "http:") {
    throw redirectError(from, "it leads from https to http");
  }
  return target;
}

/** The addresses that one request has come by. */
export class RedirectTrail {
  readonly #start: URL;
  readonly #visited = new Set<string>();

  /** @param start Named in errors. */
  constructor(start: URL) {
    this.#start = start;
  }

  /**
   * Takes the next step.
   *
   * @throws {ModelManagerError} `NETWORK_ERROR` for a place that it has been at, and for a step too many.
   */
  visit(url: URL): void {
    if (this.#visited.has(url.href)) throw redirectError(this.#start, "it leads in a circle");
    if (this.#visited.size > MAX_REDIRECTS) {
      throw redirectError(this.#start, `more than ${MAX_REDIRECTS} redirects`);
    }
    this.#visited.add(url.href);
  }
}
