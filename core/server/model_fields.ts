/**
 * A model's facts under the names the API gives them, worked out only when an answer shows them.
 *
 * @module
 */
import { authorOf, baseModelsOf, repositoryNumber } from "./model_facts.ts";
import { identifyFile } from "./git_objects.ts";
import { HIDDEN_SHA256 } from "./tree_entry.ts";
import type { HostedFile, HostedModel, JsonValue } from "./model_source.ts";
import { Refusal } from "./reply.ts";

/** A model and what is known of one of its revisions. */
export interface ModelView {
  readonly model: HostedModel;
  commit(): Promise<string | undefined>;
  files(): Promise<readonly HostedFile[]>;
  /** Siblings with sizes and digests. */
  readonly blobs: boolean;
  /** The caller may not see digests. */
  readonly masked: boolean;
}

/** A JSON object under construction. */
export type JsonObject = { [key: string]: JsonValue | undefined };

type Field = (view: ModelView) => JsonValue | undefined | Promise<JsonValue | undefined>;

async function siblings(view: ModelView): Promise<JsonValue> {
  const files = await view.files();
  if (!view.blobs) return files.map((file) => ({ rfilename: file.path }));
  const list: JsonValue[] = [];
  for (const file of files) {
    const { gitSha1, lfs } = await identifyFile(file);
    list.push({
      rfilename: file.path,
      size: file.sizeBytes,
      blobId: gitSha1,
      lfs: lfs === undefined ? undefined : {
        sha256: view.masked ? HIDDEN_SHA256 : lfs.sha256,
        size: file.sizeBytes,
        pointerSize: lfs.pointerSizeBytes,
      },
    });
  }
  return list;
}

function baseModels({ model }: ModelView): JsonValue | undefined {
  const models = baseModelsOf(model);
  if (models.length === 0) return undefined;
  const relation = model.tags.map((tag) => /^base_model:(\w+):/.exec(tag)?.[1]).find((name) =>
    name !== undefined
  );
  return { relation, models: models.map((id) => ({ _id: repositoryNumber(id), id })) };
}

async function usedStorage(view: ModelView): Promise<number> {
  return (await view.files()).reduce((sum, file) => sum + file.sizeBytes, 0);
}

/** The fields that have an answer here. */
const FIELDS: Readonly<Record<string, Field>> = {
  author: ({ model }) => authorOf(model),
  baseModels,
  cardData: ({ model }) => model.cardData,
  config: ({ model }) => model.config ?? {},
  createdAt: ({ model }) => model.createdAt,
  disabled: ({ model }) => model.disabled ?? false,
  downloads: ({ model }) => model.downloads ?? 0,
  downloadsAllTime: ({ model }) => model.downloads ?? 0,
  gated: ({ model }) => model.gated,
  gguf: ({ model }) => model.gguf === undefined ? undefined : { ...model.gguf },
  lastModified: ({ model }) => model.lastModified,
  library_name: ({ model }) => model.libraryName,
  likes: ({ model }) => model.likes ?? 0,
  "model-index": () => null,
  pipeline_tag: ({ model }) => model.pipelineTag,
  private: ({ model }) => model.private,
  safetensors: ({ model }) => model.safetensors,
  sha: (view) => view.commit(),
  siblings,
  spaces: () => [],
  tags: ({ model }) => model.tags,
  trendingScore: ({ model }) => model.trendingScore ?? 0,
  usedStorage,
};

/** Fields of the Hub that nothing is known of here: allowed, and absent. */
const UNKNOWN_HERE: ReadonlySet<string> = new Set([
  "childrenModelCount",
  "evalResults",
  "inference",
  "inferenceProviderMapping",
  "mask_token",
  "resourceGroup",
  "transformersInfo",
  "widgetData",
]);

/** The fields that an `expand` query names, or `undefined` without one. */
export function expandedFields(query: URLSearchParams): readonly string[] | undefined {
  const names = [...query.getAll("expand"), ...query.getAll("expand[]")].flatMap((value) => value.split(","));
  if (names.length === 0) return undefined;
  for (const name of names) {
    if (!Object.hasOwn(FIELDS, name) && !UNKNOWN_HERE.has(name)) {
      throw new Refusal(400, `Invalid value for "expand": ${name}`);
    }
  }
  return names;
}

/** The model as JSON with exactly these fields, after its names. */
export async function modelJson(
  view: ModelView,
  options: { readonly fields: readonly string[]; readonly modelId: boolean },
): Promise<JsonObject> {
  const { id } = view.model;
  const json: JsonObject = { _id: repositoryNumber(id), id };
  if (options.modelId) json["modelId"] = id;
  for (const name of options.fields) json[name] = await FIELDS[name]?.(view);
  return json;
}
