/**
 * The head of an HTTP/1 request, read strictly: what two programs could understand differently is refused.
 *
 * @module
 */

/** Why a request is not answered by its handler; the connection ends after it. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  /** Of the answer. */
  readonly status: number;
  /** Of the answer, besides the usual ones. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** What a request begins with. */
export interface RequestHead {
  /** As it came: methods tell upper from lower case. */
  readonly method: string;
  /** Path and query, percent-encoded as they came. */
  readonly target: string;
  /** Whether it is HTTP/1.0, where a connection ends after one answer unless something else is said. */
  readonly isOld: boolean;
  readonly headers: Headers;
  /** Bytes of the body, `"chunked"`, or 0 without one. */
  readonly body: number | "chunked";
  /** Whether the connection may go on after it. */
  readonly keepAlive: boolean;
  /** The `Host`. */
  readonly host: string;
}

const MAX_HEADERS = 100;
const MAX_TARGET_CHARACTERS = 8192;
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([!-~\u0080-\u00ff]+) HTTP\/1\.([01])$/;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\u0080-\u00ff]*?)[ \t]*$/;
const HOST = /^(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

function badRequest(message: string): HttpProblem {
  return new HttpProblem(400, message);
}

function parseHeaders(lines: readonly string[]): Headers {
  if (lines.length > MAX_HEADERS) throw new HttpProblem(431, `More than ${MAX_HEADERS} header fields`);
  const headers = new Headers();
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) throw badRequest("Malformed header field");
    // Two of these would mean different things to different programs.
    if (/^(?:host|content-length|transfer-encoding|authorization|range)$/i.test(name) && headers.has(name)) {
      throw badRequest(`Repeated header field ${name}`);
    }
    headers.append(name, value);
  }
  return headers;
}

/** Absolute addresses are for proxies, but a server has to understand them as well. */
function pathOf(target: string): string {
  const path = /^https?:\/\/[^/?#]*(.*)$/i.exec(target)?.[1] ?? target;
  if (path === "" || path.startsWith("?")) return `/${path}`;
  if (!path.startsWith("/")) throw badRequest("Malformed request target");
  // What should have been encoded, and what URLs take for a slash.
  return path.replace(/#.*$/, "").replace(
    /[\\\u0080-\u00ff]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function bodyOf(headers: Headers, isOld: boolean): number | "chunked" {
  const encoding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (encoding !== null) {
    if (length !== null || isOld) throw badRequest("Both a length and a transfer encoding");
    if (encoding.toLowerCase() !== "chunked") throw new HttpProblem(501, "Unknown transfer encoding");
    return "chunked";
  }
  if (length === null) return 0;
  if (!/^\d{1,15}$/.test(length)) throw badRequest("Malformed Content-Length");
  return Number(length);
}

/**
 * Reads the head of a request.
 *
 * @param text Every byte a character, without the empty line at the end.
 * @throws {HttpProblem} 400, 414, 431, 501 or 505.
 */
export function parseRequestHead(text: string): RequestHead {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, target, minor] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || target === undefined) {
    if (/ HTTP\/[2-9]/.test(first)) throw new HttpProblem(505, "Only HTTP/1 is spoken here");
    throw badRequest("Malformed request line");
  }
  // Others take `get` for GET, and what stands before this server may take it for something else.
  if (/[a-z]/.test(method)) throw new HttpProblem(501, `Unknown method ${method}`);
  if (target.length > MAX_TARGET_CHARACTERS) throw new HttpProblem(414, "The URL is too long");
  const headers = parseHeaders(lines);
  const isOld = minor === "0";
  const host = headers.get("host") ?? "";
  if (host === "" ? !isOld : !HOST.test(host)) throw badRequest("Missing or malformed Host");
  const options = (headers.get("connection") ?? "").toLowerCase().split(",").map((option) => option.trim());
  return {
    method,
    target: pathOf(target),
    isOld,
    headers,
    body: bodyOf(headers, isOld),
    keepAlive: isOld ? options.includes("keep-alive") : !options.includes("close"),
    host,
  };
}
