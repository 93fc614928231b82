/**
 * The history as callers see it: complete, with the attempts whose processes were killed.
 *
 * @module
 */
import { ModelManagerError, throwIfAborted } from "../base/errors.ts";
import type { HistoryStore } from "../state/history.ts";
import type { History, HistoryQuery } from "../state/history_record.ts";
import type { OperationContext } from "./context.ts";

/** What the history is made of. */
export interface HistoryParts {
  readonly context: Pick<OperationContext, "clock">;
  open(): Promise<HistoryStore>;
  /** Called when it has been read or changed. */
  readonly onUsed: (history: HistoryStore) => void;
}

/** Makes the history. It opens nothing before it is used. */
export function createHistory({ context, open, onUsed }: HistoryParts): History {
  const complete = async (): Promise<HistoryStore> => {
    const [{ recordInterrupted }, history] = await Promise.all([import("./attempt.ts"), open()]);
    // Whoever cannot write can read what is there all the same.
    await recordInterrupted(context, history).catch(() => {});
    return history;
  };
  const use = async <T>(
    work: (history: HistoryStore) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> => {
    throwIfAborted(signal);
    const history = await complete();
    throwIfAborted(signal);
    const result = await work(history);
    onUsed(history);
    return result;
  };
  return {
    async list(query, call) {
      checkLimit(query);
      return await use((history) => history.list(query), call?.signal);
    },
    async *records(query, call) {
      checkLimit(query);
      throwIfAborted(call?.signal);
      const history = await complete();
      for await (const record of history.records(query)) {
        throwIfAborted(call?.signal);
        yield record;
      }
      onUsed(history);
    },
    find: (id, call) => use((history) => history.find(id), call?.signal),
    stats: (query, call) => use((history) => history.stats(query), call?.signal),
    clear: (query, call) => use((history) => history.clear(query), call?.signal),
  };
}

function checkLimit({ limit = Infinity }: HistoryQuery = {}): void {
  if (limit === Infinity || (Number.isSafeInteger(limit) && limit >= 0)) return;
  throw new ModelManagerError("USAGE_ERROR", `Cannot list ${limit} records: wanted a whole number`, {
    hints: ["Leave the limit out, or say how many: mm history list --limit 20"],
  });
}
