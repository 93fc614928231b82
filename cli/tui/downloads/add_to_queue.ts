/**
 * Queues references, and says what has come of it.
 *
 * @module
 */
import type { QueueAddRequest } from "../../../mod.ts";
import { fromErrorData } from "../../../core/base/errors.ts";
import { TOKEN_STAYS } from "../../queue_background.ts";
import type { TuiContext } from "../context.ts";
import type { QueueWorker } from "./downloads_state.ts";

/** What is done once they are queued. */
export interface AddedOptions {
  /** Somebody has to work on them. */
  readonly onWaiting: () => void;
  /** Looks at the queue again. */
  readonly refresh: () => Promise<void>;
  /** Who works the queue, as of then. */
  readonly worker: () => QueueWorker;
}

/** Queues them. @throws {ModelManagerError} what is wrong with the first that cannot be queued. */
export async function addToQueue(
  { shell, session, manager }: Pick<TuiContext, "shell" | "session" | "manager">,
  request: QueueAddRequest,
  { onWaiting, refresh, worker }: AddedOptions,
): Promise<void> {
  const { queue } = await manager();
  const results = await queue.add(request);
  const waiting = results.filter(({ job, error }) => error === undefined && job?.status !== "paused");
  if (waiting.length > 0) onWaiting();
  await refresh();
  const failed = results.find(({ error }) => error !== undefined)?.error;
  if (failed !== undefined) throw fromErrorData(failed);
  const paused = results.find(({ job }) => job?.status === "paused")?.job;
  if (paused !== undefined) {
    shell.say(`${paused.reference} is queued already, and is paused`, ["P on the downloads resumes it"]);
  } else if (worker().kind === "other" && session.globals?.token !== undefined) {
    shell.say(TOKEN_STAYS.message, [TOKEN_STAYS.hint]);
  }
}
