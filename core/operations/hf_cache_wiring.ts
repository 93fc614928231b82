/**
 * The cache of the Hub's own tools, wired to the program; what works on it is loaded when it is first used.
 *
 * @module
 */
import { throwIfAborted } from "../base/errors.ts";
import type { OperationContext } from "./context.ts";
import type { HfCacheAccess } from "./hf_cache.ts";

/** Wires it. */
export function wireHfCache(context: OperationContext): HfCacheAccess {
  const operations = () => import("./hf_cache.ts");
  return {
    directory: context.hfCache.directory,
    async scan(call) {
      throwIfAborted(call?.signal);
      return await (await operations()).scanCache(context);
    },
    planRemove: async (references, call) =>
      await (await operations()).removeFromCache(context, references, { ...call, dryRun: true }),
    remove: async (references, call) =>
      await (await operations()).removeFromCache(context, references, { ...call, dryRun: false }),
    async *verify(references, options) {
      const { verifyCache } = await operations();
      return yield* verifyCache(context, references, options);
    },
    planCleanup: async (request = {}, call = {}) =>
      await (await operations()).cleanUpCache(context, request, { ...call, dryRun: true }),
    cleanup: async (request = {}, call = {}) =>
      await (await operations()).cleanUpCache(context, request, { ...call, dryRun: false }),
  };
}
