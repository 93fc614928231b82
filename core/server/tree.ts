/**
 * `GET /api/models/{id}/tree/{rev}[/{path}]` and `POST …/paths-info/{rev}`: what is in a commit.
 *
 * @module
 */
import {
  accessRefusal,
  entryMissing,
  type HubCall,
  requireCommit,
  requireModel,
  requireRevision,
} from "./context.ts";
import { availableFiles, type HostedModel, type JsonValue } from "./model_source.ts";
import { takePage } from "./paging.ts";
import { type HeaderFields, jsonReply, Refusal } from "./reply.ts";
import type { RepositoryRoute } from "./routes.ts";
import { flag } from "./target.ts";
import { treeEntry, type TreeEntryOptions, type TreeItem, treeItems } from "./tree_entry.ts";

const MAX_PATHS = 2000;
const MAX_BODY_BYTES = 4_000_000;

async function entryOptions(
  call: HubCall,
  options: { readonly model: HostedModel; readonly commit: string; readonly expand: boolean },
): Promise<TreeEntryOptions> {
  const { model, commit, expand } = options;
  const masked = await accessRefusal(call, model) !== undefined;
  return { expand, commit, date: model.lastModified, masked };
}

async function entriesReply(
  call: HubCall,
  items: readonly TreeItem[],
  options: TreeEntryOptions & { readonly headers?: HeaderFields },
): Promise<Response> {
  const entries: JsonValue[] = [];
  for (const item of items) entries.push(await treeEntry(item, options));
  return jsonReply(call.request, entries, options.headers);
}

/** Answers with a page of a tree; digests of a gated repository are hidden from those without access. */
export async function treeReply(call: HubCall, route: RepositoryRoute): Promise<Response> {
  const model = await requireModel(call, route.repo);
  const { commit, path } = await requireCommit(call, route);
  const { query } = call.target;
  const files = await availableFiles(call.context.source, { repo: model.id, commit });
  const items = treeItems(files, { prefix: path, recursive: flag(query, "recursive") });
  if (items.length === 0 && path !== "") throw await entryMissing(call, { repo: model.id, commit });
  const expand = flag(query, "expand");
  const page = takePage(call, items, { maxItems: Math.min(expand ? 100 : 1000, call.context.pageSize) });
  return await entriesReply(call, page.items, {
    ...await entryOptions(call, { model, commit, expand }),
    headers: page.headers,
  });
}

interface PathsQuestion {
  readonly paths: readonly string[];
  readonly expand: boolean;
}

function parseJsonBody(text: string): PathsQuestion {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal(400, "Invalid JSON in the body");
  }
  const paths: unknown = typeof body === "object" && body !== null && "paths" in body
    ? body.paths
    : undefined;
  const list: unknown[] = Array.isArray(paths) ? paths : [paths];
  const texts = list.filter((path) => typeof path === "string");
  if (texts.length !== list.length) throw new Refusal(400, '"paths" must be a list of texts');
  const expand = typeof body === "object" && body !== null && "expand" in body && body.expand === true;
  return { paths: texts, expand };
}

/** Python sends a form, JavaScript JSON. */
async function readQuestion(request: Request): Promise<PathsQuestion> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) {
    throw new Refusal(413, "The body is too large");
  }
  const text = await request.text();
  const type = request.headers.get("content-type") ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded")) return parseJsonBody(text);
  const form = new URLSearchParams(text);
  return { paths: form.getAll("paths"), expand: flag(form, "expand") };
}

/** Answers with the entries of the paths asked for; those that are not there are left out. */
export async function pathsInfoReply(call: HubCall, route: RepositoryRoute): Promise<Response> {
  const model = await requireModel(call, route.repo);
  const commit = await requireRevision(call, route);
  const { paths, expand } = await readQuestion(call.request);
  if (paths.length > MAX_PATHS) throw new Refusal(400, `At most ${MAX_PATHS} paths can be asked for at once`);
  const all = new Map<string, TreeItem>();
  const files = await availableFiles(call.context.source, { repo: model.id, commit });
  for (const item of treeItems(files, { prefix: "", recursive: true })) {
    all.set("folder" in item ? item.folder : item.path, item);
  }
  const found = [...new Set(paths)].map((path) => all.get(path.replace(/\/$/, ""))).filter((item) =>
    item !== undefined
  );
  return await entriesReply(call, found, await entryOptions(call, { model, commit, expand }));
}
