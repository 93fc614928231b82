/**
 * Search: models on the Hub by words.
 *
 * @module
 */
import type { ModelSummary, SearchQuery } from "../hub/model.ts";
import type { OperationContext } from "./context.ts";
import type { CallOptions } from "./model_manager.ts";

/** The models that match, best first. */
export async function search(
  context: Pick<OperationContext, "hub">,
  query: SearchQuery,
  options: CallOptions = {},
): Promise<ModelSummary[]> {
  const hub = await context.hub();
  const models: ModelSummary[] = [];
  for await (const model of hub.searchModels(query, options)) models.push(model);
  return models;
}
