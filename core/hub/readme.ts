/**
 * The page that comes with a model: `README.md`, without what only machines read.
 *
 * @module
 */
import type { HubSession } from "./hub_session.ts";
import { checkFileHeaders } from "./reply_checks.ts";
import { resolveUrl } from "./routes.ts";

/** Its name, at the root of a repository. */
export const README = "README.md";

/** What is kept of it, in bytes of UTF-8. */
export const README_MAX_BYTES = 65_536;

/** So much is read at most: the front matter, with results of evaluations, may be long. */
const READ_MAX_BYTES = 4 * README_MAX_BYTES;

/**
 * The text without its YAML front matter, cut at the end of a line where it is too long. `undefined` when nothing is
 * left.
 */
export function readmeText(text: string, maxBytes: number = README_MAX_BYTES): string | undefined {
  const lines = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  const body = lines.replace(/^---[ \t]*\n(?:[^]*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|$)/, "").trim();
  if (body === "") return undefined;
  const bytes = new TextEncoder().encode(body);
  if (bytes.length <= maxBytes) return body;
  // A character that is cut in two is left out.
  const start = new TextDecoder().decode(bytes.subarray(0, maxBytes), { stream: true });
  const end = start.lastIndexOf("\n");
  return (end > 0 ? start.slice(0, end) : start).trimEnd();
}

/** The beginning of a text that is streamed. */
async function readStart(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    text += decoder.decode(chunk.subarray(0, chunk.length - Math.max(0, size - maxBytes)), { stream: true });
    if (size >= maxBytes) break;
  }
  return text;
}

/**
 * Reads the page of a model at a commit: its beginning, see {@link readmeText}. Of a gated repository it is for
 * everybody to read.
 *
 * @returns `undefined` for an empty page, and for one that the Hub keeps elsewhere: no page is that large.
 * @throws {ModelManagerError} `NOT_FOUND` when there is none, and what else stands in the way.
 */
export async function fetchReadme(
  session: HubSession,
  page: {
    readonly repo: string;
    /** 40 hexadecimal digits. */
    readonly commit: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<string | undefined> {
  const { repo, commit, signal } = page;
  const { response, elsewhere } = await session.request(
    resolveUrl(session.endpoint, { repo, commit, path: README }),
    { cache: "no-store", signal, check: checkFileHeaders, about: { repo, revision: commit, path: README } },
  );
  if (elsewhere !== undefined || response.body === null) {
    await response.body?.cancel();
    return undefined;
  }
  return readmeText(await readStart(response.body, READ_MAX_BYTES));
}
