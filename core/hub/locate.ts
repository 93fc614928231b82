/**
 * From a file's name to the place its bytes are to be had at.
 *
 * @module
 */
import { type Digest, parseDigest } from "../base/digest.ts";
import { ModelManagerError } from "../base/errors.ts";
import { isCommit } from "../base/reference.ts";
import type { HubReply, HubRequest, HubSession } from "./hub_session.ts";
import type { FileLocation } from "./model.ts";
import { checkFileHeaders } from "./reply_checks.ts";
import { type FileAddress, resolveUrl } from "./routes.ts";
import { signedUrlExpiry } from "./signed_url.ts";

function parseETag(text: string | null): Digest | undefined {
  return parseDigest((text ?? "").trim().replace(/^W\//, "").replace(/^"(.*)"$/, "$1"));
}

function parseLength(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The first value that the Hub's replies gave for a header, redirects included. */
function firstHeader(replies: readonly Headers[], name: string): string | null {
  return replies.map((headers) => headers.get(name)).find((value) => value !== null) ?? null;
}

/**
 * What the Hub says the bytes are. Its `X-Linked-…` headers speak of the file on whichever reply they are;
 * `ETag` and `Content-Length` speak of the file only on the reply that is the file, and a plain `ETag` of 64
 * digits is no SHA-256 but a storage hash. Those of a mirror are its web server's and say nothing for sure.
 */
function statedIdentity(reply: HubReply): Pick<FileLocation, "sizeBytes" | "digest" | "commit"> {
  const isFile = reply.response.ok && !reply.host.isMirror;
  const last = isFile ? reply.response.headers : new Headers();
  const hubReplies = reply.response.ok ? [...reply.passed, reply.response.headers] : reply.passed;
  const plain = parseETag(last.get("etag"));
  const commit = firstHeader(hubReplies, "x-repo-commit") ?? "";
  const ownLength = last.has("content-encoding") ? undefined : parseLength(last.get("content-length"));
  return {
    sizeBytes: parseLength(firstHeader(hubReplies, "x-linked-size")) ?? ownLength,
    digest: parseETag(firstHeader(hubReplies, "x-linked-etag")) ??
      (plain?.algorithm === "git-sha1" ? plain : undefined),
    commit: isCommit(commit) ? commit : undefined,
  };
}

/** Why a place is of no use to somebody who cannot reach its host. */
function objectionTo(unreachable: readonly string[]): HubRequest["objection"] {
  if (unreachable.length === 0) return undefined;
  return ({ elsewhere, url }) => {
    const { origin, host } = elsewhere ?? url;
    if (!unreachable.includes(origin)) return undefined;
    return new ModelManagerError("NETWORK_ERROR", `its file host "${host}" cannot be reached`, {
      retryable: true,
    });
  };
}

/** Where the Hub sends the readers of small files: the bytes are there, so there is nothing more to ask. */
function isStorage(target: URL): boolean {
  return target.pathname.startsWith("/api/resolve-cache/");
}

/**
 * Asks the Hub where a file's bytes are: one HEAD request, plus one for each redirect to another name. A redirect
 * to another origin ends the search; its URL is a location of its own, to which no token goes. Neither does one go
 * to a mirror.
 *
 * @throws {ModelManagerError} `NOT_FOUND`, `GATED`, `AUTHENTICATION_ERROR`, or `NETWORK_ERROR` for redirects in a
 * circle, without end or from https to http.
 */
export async function locateFile(
  session: HubSession,
  file: FileAddress & {
    readonly signal?: AbortSignal | undefined;
    /** Origins that could not be reached: mirrors are asked for another place. */
    readonly unreachable?: readonly string[] | undefined;
  },
): Promise<FileLocation> {
  const { repo, commit, path, signal, unreachable = [] } = file;
  const objection = objectionTo(unreachable);
  const reply = await session.request(resolveUrl(session.endpoint, file), {
    method: "HEAD",
    // Compressed replies have neither the file's length nor its ETag.
    headers: { "accept-encoding": "identity" },
    cache: "no-store",
    signal,
    endsAt: isStorage,
    // A web server that mirrors the Hub may send a page that is the file without a tag.
    ...(/\.html?$/i.test(path) ? {} : { check: checkFileHeaders }),
    ...(objection === undefined ? {} : { objection }),
    about: { repo, revision: commit, path },
  });
  const { elsewhere, host } = reply;
  const { token } = session;
  const isOurs = elsewhere === undefined && !host.isMirror;
  const headers: Record<string, string> = isOurs && token !== undefined
    ? { authorization: `Bearer ${token}` }
    : {};
  const url = elsewhere ?? reply.url;
  return { url: url.href, headers, expiresAt: signedUrlExpiry(url), ...statedIdentity(reply) };
}
