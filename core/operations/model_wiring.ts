/**
 * What is done with single models, wired to the program. Each operation is loaded when it is first used: `list`, which
 * people wait for, needs none of them.
 *
 * @module
 */
import { throwIfAborted } from "../base/errors.ts";
import { checkPullRequest, checkUpdateRequest } from "./check_request.ts";
import type { OperationContext } from "./context.ts";
import type { ModelManager, PullRequest, UpdateRequest } from "./model_manager.ts";

/** The members of the program that are loaded late. */
export type ModelOperations = Pick<
  ModelManager,
  | "show"
  | "pull"
  | "update"
  | "scan"
  | "importModels"
  | "link"
  | "setPinned"
  | "planRemove"
  | "remove"
  | "planCleanup"
  | "cleanup"
  | "verify"
>;

/** Wires them. What is wrong with a request is thrown at once, not when the first event is asked for. */
export function wireModels(context: OperationContext): ModelOperations {
  const pull: ModelOperations["pull"] = async function* (request, call) {
    const { pull } = await import("./pull.ts");
    return yield* pull(context, request, call);
  };
  const update: ModelOperations["update"] = async function* (request, call) {
    const { update } = await import("./update.ts");
    return yield* update(context, request, call);
  };
  const removal = () => import("./remove.ts");
  const leftovers = () => import("./cleanup.ts");
  return {
    show: async (reference, call) => await (await import("./show.ts")).show(context, reference, call),
    pull(request: PullRequest, call) {
      checkPullRequest(request);
      return pull(request, call);
    },
    update(request: UpdateRequest = {}, call) {
      checkUpdateRequest(request);
      return update(request, call);
    },
    async *scan(call) {
      const { scanLibrary } = await import("./scan.ts");
      return yield* scanLibrary(context, call);
    },
    async *importModels(request, call) {
      const { importModels } = await import("./import/import.ts");
      return yield* importModels(context, request, call);
    },
    link: async (request, call) => await (await import("./link/link.ts")).link(context, request, call),
    setPinned: async (references, pinned, call) => {
      throwIfAborted(call?.signal);
      return await (await import("./pin.ts")).setPinned(context, references, pinned);
    },
    planRemove: async (references, call) => await (await removal()).planRemove(context, references, call),
    remove: async (references, call) => await (await removal()).remove(context, references, call),
    planCleanup: async (request, call) => await (await leftovers()).planLeftovers(context, request, call),
    cleanup: async (request, call) => await (await leftovers()).cleanup(context, request, call),
    async *verify(references, call) {
      const { verify } = await import("./verify.ts");
      return yield* verify(context, references, call);
    },
  };
}
