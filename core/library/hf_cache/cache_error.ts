/**
 * Errors of the file system where the place is the cache: advice about our library would lead nowhere.
 *
 * @module
 */
import { isModelManagerError, ModelManagerError } from "../../base/errors.ts";

/** An error with advice for the cache in place of that for the library; any other comes back as it is. */
export function aboutHfCache(error: unknown): unknown {
  if (!isModelManagerError(error) || !error.hints.some((hint) => hint.includes("--models-dir"))) return error;
  const hints = error.hints.filter((hint) => !hint.includes("--models-dir"));
  return new ModelManagerError(error.code, error.message, {
    hints: [...hints, "Or choose another cache: set HF_HUB_CACHE to its folder"],
    cause: error.cause,
    retryable: error.retryable,
  });
}

/** Does something with the cache, with advice for it where the file system refuses. */
export async function inHfCache<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw aboutHfCache(error);
  }
}
