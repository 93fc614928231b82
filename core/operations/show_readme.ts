/**
 * The page that comes with a model, where it is to be had without trouble.
 *
 * @module
 */
import { throwIfAborted } from "../base/errors.ts";
import { withinDeadline } from "../http/timeout.ts";
import type { ModelInfo } from "../hub/model.ts";
import { README } from "../hub/readme.ts";
import type { OperationContext } from "./context.ts";

/** How long it is waited for: the rest of what is shown is worth more. */
const TIMEOUT_MS = 10_000;

/**
 * The page of a model; `undefined` when there is none, or it cannot be read. It is no part of the model, so nothing that
 * stands in its way is an error.
 *
 * @throws {ModelManagerError} `CANCELLED`.
 */
export async function readReadme(
  context: Pick<OperationContext, "clock" | "hub">,
  info: Pick<ModelInfo, "repo" | "commit" | "files">,
  { signal }: { readonly signal: AbortSignal | undefined },
): Promise<string | undefined> {
  if (!info.files.some(({ path }) => path === README)) return undefined;
  const hub = await context.hub();
  try {
    return await withinDeadline(
      (late) =>
        hub.readme(info.repo, info.commit, {
          signal: signal === undefined ? late : AbortSignal.any([signal, late]),
        }),
      { clock: context.clock, timeoutMs: TIMEOUT_MS, onTimeout: () => new Error("It takes too long") },
    );
  } catch {
    throwIfAborted(signal);
    return undefined;
  }
}
