/**
 * A process in the background takes the queue over.
 *
 * @module
 */
import { ModelManagerError } from "../../../core/base/errors.ts";
import { type QueueStart, silentOwnerText, startQueueWork } from "../../queue_start.ts";
import type { TuiContext } from "../context.ts";

/** Starts one, unless somebody works the queue already. @returns why nobody does then, `undefined` when all is well */
export async function startInBackground(
  { manager, clock, signal, session }: Pick<TuiContext, "manager" | "clock" | "signal" | "session">,
): Promise<ModelManagerError | undefined> {
  const { queue } = await manager();
  const start = (args: readonly string[]): Promise<boolean> => session.startInBackground(args);
  return problemOf(await startQueueWork(queue, { clock, signal, start }));
}

function problemOf(start: QueueStart): ModelManagerError | undefined {
  switch (start.kind) {
    case "working":
    case "done":
      return undefined;
    case "suspended":
      return new ModelManagerError("LOCKED", silentOwnerText(start.owner), { hints: start.owner.hints });
    case "failed": {
      const { error, logPath } = start.run;
      return new ModelManagerError(
        // That one was stopped is a failure here, and to be said.
        error === undefined || error.code === "CANCELLED" ? "FAILED" : error.code,
        `The process in the background has failed: ${error?.message ?? "it does not say why"}`,
        { hints: [...error?.hints ?? [], `See what happened: cat "${logPath}"`] },
      );
    }
    default:
      return new ModelManagerError("FAILED", start.message, { hints: start.hints });
  }
}
