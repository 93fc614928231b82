/**
 * Reads what the history's screen shows.
 *
 * @module
 */
import type { History } from "../../../core/state/history_record.ts";
import type { TuiContext } from "../context.ts";
import type { ScreenPorts } from "../screen.ts";
import type { Store } from "../store.ts";
import { filterOf } from "./history_choice.ts";
import { readFigures } from "./history_figures.ts";
import { type HistoryPage, type PageRequest, readPage } from "./history_pages.ts";
import type { HistoryAction, HistoryState } from "./history_state.ts";

/** Records that are read at once: more than fit on a screen. */
const PAGE_SIZE = 100;
/** Older records are read when the cursor is so near to the last one. */
const NEAR_THE_END = 20;

/** Reads, and drops answers to earlier questions. */
export class HistoryReader {
  readonly #store: Store<HistoryState, HistoryAction>;
  readonly #context: Pick<TuiContext, "manager" | "clock">;
  #lastRead = 0;

  constructor({ store, context }: ScreenPorts<HistoryState, HistoryAction>) {
    this.#store = store;
    this.#context = context;
  }

  /** Nothing that was asked is wanted any more. */
  stop(): void {
    this.#lastRead++;
    this.#store.dispatch({ type: "stopped" });
  }

  /** Reads from the newest on, as many as were there. */
  read(): Promise<void> {
    return this.#ask(async (history, isWanted) => {
      const { records } = this.#store.get();
      const page = await this.#page(history, {
        known: [],
        size: Math.max(PAGE_SIZE, records.length),
        isWanted,
      });
      if (!isWanted()) return;
      this.#store.dispatch({ type: "loaded", ...page });
      if (this.#store.get().look === "statistics") await this.#sum(history, isWanted);
    });
  }

  /** Reads older records when the cursor comes near to the last one. */
  async readMoreWhenNear(): Promise<void> {
    const { records, cursor, hasMore, isLoading } = this.#store.get();
    if (!hasMore || isLoading || cursor.index < records.length - NEAR_THE_END) return;
    await this.#ask(async (history, isWanted) => {
      const page = await this.#page(history, { known: records, size: PAGE_SIZE, isWanted });
      if (isWanted()) this.#store.dispatch({ type: "added", ...page });
    });
  }

  /** Asks the history; what was asked before is wanted no more. */
  async #ask(work: (history: History, isWanted: () => boolean) => Promise<void>): Promise<void> {
    const read = ++this.#lastRead;
    const isWanted = (): boolean => read === this.#lastRead;
    this.#store.dispatch({ type: "loading" });
    try {
      const { history } = await this.#context.manager();
      await work(history, isWanted);
    } catch (error) {
      if (isWanted()) this.#store.dispatch({ type: "stopped" });
      throw error;
    }
  }

  #page(history: History, request: Pick<PageRequest, "known" | "size" | "isWanted">): Promise<HistoryPage> {
    const { choice } = this.#store.get();
    const filter = filterOf(choice, this.#context.clock.now());
    return readPage(history, { filter, repo: choice.repo, ...request });
  }

  async #sum(history: History, isWanted: () => boolean): Promise<void> {
    const { choice } = this.#store.get();
    const nowMs = this.#context.clock.now();
    const request = { filter: filterOf(choice, nowMs), repo: choice.repo, nowMs, isWanted };
    const figures = await readFigures(history, request);
    if (isWanted()) this.#store.dispatch({ type: "figures", figures });
  }
}
