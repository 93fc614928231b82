/**
 * What every route of the served Hub works with.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { type AccessRules, type Caller, fileRefusal, maySee, repositoryMissing, tokenOf } from "./access.ts";
import {
  type HostedFile,
  type HostedModel,
  isPartialTeller,
  isRenameTeller,
  type ModelSource,
} from "./model_source.ts";
import { Refusal } from "./reply.ts";
import type { RepositoryRoute } from "./routes.ts";
import type { UrlSigner } from "./signed_url.ts";
import type { Target } from "./target.ts";

/** The host that large files are redirected to. */
export interface FileHostLink {
  /** `scheme://host`, asked at each redirect, since the port is known only once both listen. */
  url(): string;
  readonly signer: UrlSigner;
}

/**
 * Whether the holder of a token may have a private or gated model, where the rules alone do not say so. It may throw a
 * `Refusal` to say why not.
 */
export type RightsCheck = (token: string, model: HostedModel) => Promise<boolean>;

/** What the handler was made with, defaults filled in. */
export interface HubContext {
  readonly source: ModelSource;
  readonly access: AccessRules | undefined;
  readonly rights: RightsCheck | undefined;
  /** The Hub's own address for absolute links. */
  readonly endpoint: (() => string) | undefined;
  readonly fileHost: FileHostLink | undefined;
  /** Entries in a page of a listing. */
  readonly pageSize: number;
  readonly clock: Clock;
}

/** One request on its way through the routes. */
export interface HubCall {
  readonly context: HubContext;
  readonly request: Request;
  readonly target: Target;
  readonly caller: Caller;
}

/** A repository has another name now: answered by a redirect. */
export class Renamed extends Error {
  override readonly name = "Renamed";
  /** The present name. */
  readonly repo: string;

  constructor(repo: string) {
    super(`Renamed to ${repo}`);
    this.repo = repo;
  }
}

/** The Hub's own address for absolute links: the one that was set, else the one the client used. */
export function endpointOf(call: HubCall): string {
  return call.context.endpoint?.() ?? call.target.origin;
}

async function hasRight(call: HubCall, model: HostedModel): Promise<boolean> {
  const token = tokenOf(call.caller);
  return token !== undefined && await call.context.rights?.(token, model) === true;
}

async function isVisible(call: HubCall, model: HostedModel): Promise<boolean> {
  return maySee(call.caller, model) || await hasRight(call, model);
}

/** Why the caller may not have the files of a repository it may see; `undefined` when it may. */
export async function accessRefusal(call: HubCall, model: HostedModel): Promise<Refusal | undefined> {
  const refusal = fileRefusal(call.caller, model);
  if (refusal === undefined || model.disabled === true) return refusal;
  return await hasRight(call, model) ? undefined : refusal;
}

/**
 * The model that a request is about.
 *
 * @throws {Renamed} When it has another name now.
 * @throws {Refusal} 401 or 404 when there is none or the caller must not know of it.
 */
export async function requireModel(call: HubCall, repo: string): Promise<HostedModel> {
  const { source } = call.context;
  const model = await source.model(repo);
  if (model !== undefined && await isVisible(call, model)) return model;
  const present = isRenameTeller(source) ? await source.renamedTo(repo) : undefined;
  const successor = present === undefined ? undefined : await source.model(present);
  if (successor !== undefined && await isVisible(call, successor)) throw new Renamed(successor.id);
  throw repositoryMissing(call.caller);
}

/** A revision found at the head of path segments, and the path behind it. */
export interface ResolvedPath {
  readonly commit: string;
  readonly path: string;
}

/**
 * Splits `main/sub/file` or `refs/pr/1/file` into revision and path. Clients send the slash of a revision raw or
 * encoded, so a branch such as `feature/x` is found by asking for longer and longer names.
 *
 * @throws {Refusal} 404 `RevisionNotFound`.
 */
export async function requireCommit(call: HubCall, route: RepositoryRoute): Promise<ResolvedPath> {
  const { repo, rest } = route;
  const shortest = rest[0] === "refs" && rest.length >= 3 ? 3 : 1;
  for (let count = shortest; count <= Math.min(rest.length, 4); count++) {
    const commit = await call.context.source.commit(repo, rest.slice(0, count).join("/"));
    if (commit !== undefined) return { commit, path: rest.slice(count).join("/") };
  }
  throw revisionMissing(rest.slice(0, shortest).join("/"));
}

/**
 * The commit of a route that ends with its revision.
 *
 * @throws {Refusal} 404 `RevisionNotFound`.
 */
export async function requireRevision(call: HubCall, route: RepositoryRoute): Promise<string> {
  const revision = route.rest.join("/");
  const commit = await call.context.source.commit(route.repo, revision);
  if (commit === undefined) throw revisionMissing(revision);
  return commit;
}

function revisionMissing(revision: string): Refusal {
  return new Refusal(404, `Invalid rev id: ${revision}`, { code: "RevisionNotFound" });
}

/** The refusal for a path that is not in the commit; clients remember it by the commit it carries. */
export async function entryMissing(
  call: HubCall,
  snapshot: { readonly repo: string; readonly commit: string },
): Promise<Refusal> {
  const { source } = call.context;
  const isPartial = isPartialTeller(source) && await source.isPartial(snapshot);
  return new Refusal(404, "Entry not found", {
    code: "EntryNotFound",
    ...(isPartial ? {} : { headers: { "x-repo-commit": snapshot.commit } }),
  });
}

/**
 * The file that a request is about.
 *
 * @throws {Refusal} 404 `EntryNotFound`, or why it cannot be had just now.
 */
export async function requireFile(
  call: HubCall,
  file: { readonly repo: string; readonly commit: string; readonly path: string },
): Promise<HostedFile> {
  const files = await call.context.source.files({ repo: file.repo, commit: file.commit });
  const found = files.find((candidate) => candidate.path === file.path);
  if (found === undefined) throw await entryMissing(call, file);
  const problem = await found.unavailable?.("send");
  if (problem !== undefined) throw problem;
  return found;
}
