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
  checkQuery(query, {});
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
  checkQuery(query, options);
  const hub = await context.hub();
  yield* hub.searchPages(query, options);
}

function checkQuery(query: SearchQuery, { pageSize = 1 }: SearchPagesOptions): void {
  const { minParameters = 0, maxParameters = Infinity, limit = Infinity } = query;
  if (!(minParameters >= 0 && maxParameters >= minParameters)) {
    throw usageError(`No model has from ${minParameters} to ${maxParameters} parameters`, [
      "Write a range like this: mm search llama --min-params 1B --max-params 8B",
    ]);
  }
  if (limit !== Infinity && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw usageError(`Cannot search for ${limit} models: wanted a whole number`, [
      "Leave the limit out, or say how many: mm search llama --limit 20",
    ]);
  }
  if (!(Number.isSafeInteger(pageSize) && pageSize > 0)) {
    throw usageError(`Cannot search by pages of ${pageSize} models: wanted a whole number from 1 on`, [
      'Leave it out: searchPages({ text: "llama" })',
    ]);
  }
}

function usageError(message: string, hints: readonly string[]): ModelManagerError {
  return new ModelManagerError("USAGE_ERROR", message, { hints });
}
