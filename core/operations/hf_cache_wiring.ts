/**
 * The cache of the Hub's own tools, wired to the program; what works on it is loaded when it is first used.
 *
 * @module
 */
import type { OperationContext } from "./context.ts";
import type { HfCacheAccess } from "./hf_cache.ts";

/** Wires it. */
export function wireHfCache(context: OperationContext): HfCacheAccess {
  const operations = () => import("./hf_cache.ts");
  return {
    directory: context.hfCache.directory,
    scan: async () => await (await operations()).scanCache(context),
    planRemove: async (references) =>
      await (await operations()).removeFromCache(context, references, { dryRun: true }),
    remove: async (references) =>
      await (await operations()).removeFromCache(context, references, { dryRun: false }),
    async *verify(references, options) {
      const { verifyCache } = await operations();
      return yield* verifyCache(context, references, options);
    },
    planCleanup: async (request = {}) =>
      await (await operations()).cleanUpCache(context, request, { dryRun: true }),
    cleanup: async (request = {}) =>
      await (await operations()).cleanUpCache(context, request, { dryRun: false }),
  };
}
