/**
 * `resolve`, `resolve-cache` and `raw`: from a name to the bytes, by redirect or directly.
 *
 * @module
 */
import { isOpenToAll } from "./access.ts";
import { accessRefusal, type HubCall, requireCommit, requireFile, requireModel } from "./context.ts";
import { contentDisposition, contentType, isTextFile } from "./file_headers.ts";
import { fileReply } from "./file_reply.ts";
import { lfsPointer } from "./git_objects.ts";
import { isModelPublic } from "./model_facts.ts";
import type { FileAddress, HostedFile, HostedModel } from "./model_source.ts";
import { type HeaderFields, redirectReply, textReply } from "./reply.ts";
import type { RepositoryRoute } from "./routes.ts";
import { flag } from "./target.ts";

/** A file that the caller may have. */
interface GrantedFile {
  readonly model: HostedModel;
  readonly address: FileAddress;
  readonly file: HostedFile;
}

/** The gate stands before revision and path: who may not pass does not learn which files there are. */
async function grantedFile(call: HubCall, route: RepositoryRoute): Promise<GrantedFile> {
  const model = await requireModel(call, route.repo);
  const refusal = await accessRefusal(call, model);
  const shown = route.verb === "resolve" && isOpenToAll(model, route.rest.at(-1) ?? "");
  if (refusal !== undefined && !shown) throw refusal;
  const resolved = await requireCommit(call, route);
  if (refusal !== undefined && !isOpenToAll(model, resolved.path)) throw refusal;
  const address = { repo: model.id, ...resolved };
  return { model, address, file: await requireFile(call, address) };
}

/** Headers that name the file, on the Hub's own answer. */
function identityHeaders(granted: GrantedFile, hex: string): HeaderFields {
  const { address, file } = granted;
  return {
    "x-repo-commit": address.commit,
    "accept-ranges": "bytes",
    ...(file.storage === "lfs"
      ? { "x-linked-etag": `"${hex}"`, "x-linked-size": String(file.sizeBytes) }
      : {}),
  };
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** The file itself, from this host. */
async function directReply(call: HubCall, granted: GrantedFile, hex: string): Promise<Response> {
  const { address, file } = granted;
  const attachment = flag(call.target.query, "download");
  return await fileReply(call.request, {
    sizeBytes: file.sizeBytes,
    etag: `"${hex}"`,
    headers: {
      ...identityHeaders(granted, hex),
      "content-type": contentType(address.path),
      "content-disposition": contentDisposition(address.path, { attachment }),
      "x-content-type-options": "nosniff",
    },
    open: (range) => call.context.source.open(address, range),
  });
}

/** Small public files go through a cache of their own, named by a relative redirect. */
function cacheRedirect(call: HubCall, granted: GrantedFile, hex: string): Response {
  const { address } = granted;
  const asked = encodeURIComponent(`/${call.target.rawSegments.join("/")}`);
  const cached = `/api/resolve-cache/models/${address.repo}/${address.commit}/${encodePath(address.path)}`;
  const download = flag(call.target.query, "download") ? "&download=true" : "";
  return redirectReply(307, {
    location: `${cached}?${asked}=&etag=%22${hex}%22${download}`,
    headers: identityHeaders(granted, hex),
  });
}

/** Answers `resolve`: a redirect to the file host or the cache, or the file itself. */
export async function resolveReply(call: HubCall, route: RepositoryRoute): Promise<Response> {
  const granted = await grantedFile(call, route);
  const { model, address, file } = granted;
  const { hex } = await file.digest();
  const { fileHost } = call.context;
  if (fileHost === undefined) return await directReply(call, granted, hex);
  if (file.storage === "lfs") {
    const attachment = flag(call.target.query, "download");
    const disposition = contentDisposition(address.path, { attachment });
    return redirectReply(302, {
      location: fileHost.url() + fileHost.signer.sign(address, { disposition }),
      headers: identityHeaders(granted, hex),
    });
  }
  return isModelPublic(model) ? cacheRedirect(call, granted, hex) : await directReply(call, granted, hex);
}

/** Packed on the way when the client allows it: then it has no length, no ranges and a weak entity tag. */
function pack(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  headers.delete("accept-ranges");
  headers.set("content-encoding", "gzip");
  headers.set("vary", "Accept-Encoding");
  headers.set("etag", `W/${headers.get("etag")}`);
  const body = response.body?.pipeThrough(new CompressionStream("gzip")) ?? null;
  return new Response(body, { status: response.status, headers });
}

/** Answers the second step of a small file: the bytes. */
export async function resolveCacheReply(call: HubCall, route: RepositoryRoute): Promise<Response> {
  const granted = await grantedFile(call, route);
  const { hex } = await granted.file.digest();
  const response = await directReply(call, granted, hex);
  const accepted = call.request.headers.get("accept-encoding") ?? "";
  const packs = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(accepted) &&
    !call.request.headers.has("range") &&
    response.status === 200 && granted.file.sizeBytes > 0 && isTextFile(granted.address.path);
  return packs ? pack(response) : response;
}

/** Answers `raw`: what git itself holds, so for an LFS file the pointer. */
export async function rawReply(call: HubCall, route: RepositoryRoute): Promise<Response> {
  const granted = await grantedFile(call, route);
  const { hex } = await granted.file.digest();
  if (granted.file.storage === "git") return await directReply(call, granted, hex);
  return textReply(lfsPointer({ sha256: hex, sizeBytes: granted.file.sizeBytes }), {
    "x-repo-commit": granted.address.commit,
  });
}
