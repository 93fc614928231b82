/**
 * `GET /api/models`: search, filters, order and pages.
 *
 * @module
 */
import { type Caller, maySee } from "./access.ts";
import type { HubCall } from "./context.ts";
import { authorOf } from "./model_facts.ts";
import { expandedFields, modelJson, type ModelView } from "./model_fields.ts";
import { availableFiles, type HostedModel, type JsonValue } from "./model_source.ts";
import { takePage } from "./paging.ts";
import { jsonReply, Refusal } from "./reply.ts";
import { flag } from "./target.ts";

const LIST_FIELDS = [
  "likes",
  "trendingScore",
  "private",
  "downloads",
  "tags",
  "pipeline_tag",
  "library_name",
  "createdAt",
];
const FULL_FIELDS = [...LIST_FIELDS, "author", "sha", "lastModified", "gated", "siblings"];

type SortKey = (model: HostedModel) => number | string;

function parametersOf(model: HostedModel): number {
  return model.gguf?.total ?? model.safetensors?.total ?? 0;
}

const SORT_KEYS: Readonly<Record<string, SortKey>> = {
  createdAt: (model) => model.createdAt,
  downloads: (model) => model.downloads ?? 0,
  id: (model) => model.id,
  lastModified: (model) => model.lastModified,
  likes: (model) => model.likes ?? 0,
  likes30d: (model) => model.likes ?? 0,
  mainSize: (model) => model.mainSizeBytes ?? 0,
  num_parameters: parametersOf,
  trendingScore: (model) => model.trendingScore ?? 0,
};

type Test = (model: HostedModel) => boolean;

function hasTag(model: HostedModel, tag: string): boolean {
  return model.tags.includes(tag) || model.libraryName === tag || model.pipelineTag === tag;
}

/** `6B` is 6e9. */
function parameterCount(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmbt]?)$/i.exec(text);
  if (match === null) throw new Refusal(400, `Invalid num_parameters: ${text}`);
  const scale = { "": 1, k: 1e3, m: 1e6, b: 1e9, t: 1e12 }[match[2]?.toLowerCase() ?? ""] ?? 1;
  return Number(match[1]) * scale;
}

function parameterTest(text: string): Test {
  const bounds = new Map(
    text.split(",").map((part): [string, number] => {
      const [name = "", value = ""] = part.split(":");
      return [name, parameterCount(value)];
    }),
  );
  const least = bounds.get("min") ?? 0;
  const most = bounds.get("max") ?? Infinity;
  return (model) => parametersOf(model) >= least && parametersOf(model) <= most;
}

function listTests(query: URLSearchParams): Test[] {
  const tests: Test[] = [];
  const words = (query.get("search") ?? "").toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length > 0) {
    tests.push((model) => words.every((word) => model.id.toLowerCase().includes(word)));
  }
  const author = query.get("author")?.toLowerCase();
  if (author !== undefined) tests.push((model) => authorOf(model)?.toLowerCase() === author);
  for (const tag of query.getAll("filter").flatMap((value) => value.split(","))) {
    if (tag !== "") tests.push((model) => hasTag(model, tag));
  }
  const task = query.get("pipeline_tag");
  if (task !== null) tests.push((model) => model.pipelineTag === task);
  // Of the local programs the Hub knows, those asked for here all run GGUF files.
  if (query.has("apps")) tests.push((model) => hasTag(model, "gguf"));
  const gated = query.get("gated");
  if (gated !== null) tests.push((model) => (model.gated !== false) === (gated === "true"));
  const size = query.get("num_parameters");
  if (size !== null) tests.push(parameterTest(size));
  return tests;
}

/** Biggest and newest first, except names; equal ones by name, so that pages never overlap. */
function compareBy(query: URLSearchParams): (a: HostedModel, b: HostedModel) => number {
  const name = query.get("sort") ?? "trendingScore";
  const key = Object.hasOwn(SORT_KEYS, name) ? SORT_KEYS[name] : undefined;
  if (key === undefined) throw new Refusal(400, `Invalid value for "sort": ${name}`);
  const ascending = name === "id" ? query.get("direction") !== "-1" : query.get("direction") === "1";
  return (a, b) => {
    const [x, y] = ascending ? [key(a), key(b)] : [key(b), key(a)];
    if (x !== y) return x < y ? -1 : 1;
    return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
  };
}

function visibleModels(
  models: readonly HostedModel[],
  caller: Caller,
  tests: readonly Test[],
): HostedModel[] {
  return models.filter((model) => maySee(caller, model) && tests.every((test) => test(model)));
}

/** The fields of an item, as `expand`, `full`, `cardData` and `config` choose them. */
function listFields(
  query: URLSearchParams,
): { readonly fields: readonly string[]; readonly modelId: boolean } {
  const expanded = expandedFields(query);
  if (expanded !== undefined) return { fields: expanded, modelId: false };
  const fields = [...(flag(query, "full") ? FULL_FIELDS : LIST_FIELDS)];
  if (flag(query, "cardData")) fields.push("cardData");
  if (flag(query, "config")) fields.push("config");
  return { fields, modelId: true };
}

function listView(call: HubCall, model: HostedModel): ModelView {
  const { source } = call.context;
  const commit = (): Promise<string | undefined> => source.commit(model.id, "HEAD");
  return {
    model,
    commit,
    async files() {
      const head = await commit();
      return head === undefined ? [] : await availableFiles(source, { repo: model.id, commit: head });
    },
    blobs: false,
    masked: false,
  };
}

/** Answers with a page of models. */
export async function modelListReply(call: HubCall): Promise<Response> {
  const { query } = call.target;
  const chosen = listFields(query);
  const compare = compareBy(query);
  const found = visibleModels(await call.context.source.models(), call.caller, listTests(query)).sort(
    compare,
  );
  const page = takePage(call, found, { maxItems: Math.min(1000, call.context.pageSize) });
  const items: JsonValue[] = [];
  for (const model of page.items) items.push(await modelJson(listView(call, model), chosen));
  return jsonReply(call.request, items, page.headers);
}
