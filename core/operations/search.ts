/**
 * Search: models on the Hub by words.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import type { ModelSummary, SearchQuery } from "../hub/model.ts";
import type { OperationContext } from "./context.ts";
import type { CallOptions, SearchPagesOptions } from "./model_manager.ts";

/**
 * The models that match, best first.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when nothing could match.
 */
export async function search(
  context: Pick<OperationContext, "hub">,
  query: SearchQuery,
  options: CallOptions = {},
): Promise<ModelSummary[]> {
  checkQuery(query);
  const hub = await context.hub();
  const models: ModelSummary[] = [];
  for await (const model of hub.searchModels(query, options)) models.push(model);
  return models;
}

/**
 * The same, page after page; nothing more is asked when nobody wants the next one.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when nothing could match.
 */
export async function* searchPages(
  context: Pick<OperationContext, "hub">,
  query: SearchQuery,
  options: SearchPagesOptions = {},
): AsyncGenerator<readonly ModelSummary[], void, undefined> {
  checkQuery(query);
  const hub = await context.hub();
  yield* hub.searchPages(query, options);
}

function checkQuery({ minParameters = 0, maxParameters = Infinity }: SearchQuery): void {
  if (minParameters >= 0 && maxParameters >= minParameters) return;
  throw new ModelManagerError(
    "USAGE_ERROR",
    `No model has from ${minParameters} to ${maxParameters} parameters`,
    { hints: ["Write a range like this: mm search llama --min-params 1B --max-params 8B"] },
  );
}
