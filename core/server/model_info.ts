/**
 * `GET /api/models/{id}` and `/revision/{rev}`: a model's facts at a revision.
 *
 * @module
 */
import { accessRefusal, type HubCall, requireModel, requireRevision } from "./context.ts";
import { expandedFields, modelJson, type ModelView } from "./model_fields.ts";
import { availableFiles } from "./model_source.ts";
import { jsonReply } from "./reply.ts";
import type { RepositoryRoute } from "./routes.ts";
import { flag } from "./target.ts";

const INFO_FIELDS = [
  "private",
  "pipeline_tag",
  "library_name",
  "tags",
  "downloads",
  "likes",
  "author",
  "sha",
  "lastModified",
  "gated",
  "disabled",
  "model-index",
  "config",
  "cardData",
  "gguf",
  "safetensors",
  "siblings",
  "spaces",
  "createdAt",
  "usedStorage",
];

/** Answers with the facts of one model; readable for gated repositories without access. */
export async function modelInfoReply(call: HubCall, route: RepositoryRoute): Promise<Response> {
  const model = await requireModel(call, route.repo);
  const rest = route.verb === "revision" ? route.rest : ["HEAD"];
  const commit = await requireRevision(call, { ...route, rest });
  const { source } = call.context;
  const view: ModelView = {
    model,
    commit: () => Promise.resolve(commit),
    files: () => availableFiles(source, { repo: model.id, commit }),
    blobs: flag(call.target.query, "blobs"),
    masked: await accessRefusal(call, model) !== undefined,
  };
  const expanded = expandedFields(call.target.query);
  return jsonReply(
    call.request,
    await modelJson(view, { fields: expanded ?? INFO_FIELDS, modelId: expanded === undefined }),
  );
}
