/**
 * What the keys of the search do.
 *
 * @module
 */
import type { ScreenController, ScreenPorts } from "../screen.ts";
import { isCursorMove } from "../widgets/list_cursor.ts";
import { editOfCommand } from "../widgets/text_field_keys.ts";
import type { TextEdit } from "../widgets/text_field.ts";
import { askFilter, askSort } from "./search_dialogs.ts";
import { NO_FILTERS, queryKey, type SearchFilters } from "./search_filters.ts";
import type { SearchCommand } from "./search_keys.ts";
import { SearchEngine } from "./search_engine.ts";
import { visibleModels } from "./search_room.ts";
import {
  currentQuery,
  isAnswered,
  type SearchAction,
  type SearchState,
  selectedModel,
} from "./search_state.ts";

/** Typing has ended when no key came for so long. */
export const DEBOUNCE_MS = 500;

/** More is loaded when so few models are left below the cursor. */
const AHEAD = 10;

/** The size of a terminal of which nobody knows it. */
const USUAL_SIZE = { columns: 80, rows: 24 } as const;

class SearchController implements ScreenController<SearchCommand> {
  readonly #ports: ScreenPorts<SearchState, SearchAction>;
  readonly #engine: SearchEngine;
  /** Who comes back from the details goes on where the cursor was. */
  #returns = false;

  constructor(ports: ScreenPorts<SearchState, SearchAction>) {
    this.#ports = ports;
    this.#engine = new SearchEngine(ports);
  }

  enter(words: string | undefined): Promise<void> | undefined {
    const { store } = this.#ports;
    if (words !== undefined) {
      store.dispatch({ type: "edited", edit: { type: "clear" } });
      store.dispatch({ type: "edited", edit: { type: "insert", text: words } });
    }
    if (words !== undefined || !this.#returns) store.dispatch({ type: "focused", focus: "input" });
    this.#returns = false;
    return isAnswered(store.get()) ? undefined : this.#engine.search();
  }

  leave(): void {
    this.#engine.stop();
  }

  type(text: string): void {
    void this.#edit({ type: "insert", text });
  }

  select(index: number): void {
    this.#ports.store.dispatch({ type: "placed", index, rows: this.#visible() });
    void this.#loadAhead();
  }

  perform(command: SearchCommand): void | Promise<void> {
    const { store, context } = this.#ports;
    const edit = editOfCommand(command);
    if (edit !== undefined) return void this.#edit(edit);
    if (isCursorMove(command)) {
      store.dispatch({ type: "moved", move: command, rows: this.#visible() });
      return this.#loadAhead();
    }
    switch (command) {
      case "submit":
        return this.#submit();
      case "toResults":
        return store.dispatch({ type: "focused", focus: "results" });
      case "toInput":
        return store.dispatch({ type: "focused", focus: "input" });
      case "open": {
        const model = selectedModel(store.get());
        if (model === undefined) return;
        this.#returns = true;
        return context.shell.open("details", model.repo);
      }
      case "filter":
        return this.#narrow(askFilter(context.shell, store.get().filters));
      case "sort":
        return this.#narrow(askSort(context.shell, store.get().filters));
      case "formats":
        return this.#narrow({ allFormats: !store.get().filters.allFormats });
      case "clearFilters":
        return this.#narrow(NO_FILTERS);
      case "refresh":
        return this.#refresh();
    }
  }

  #visible(): number {
    return visibleModels(this.#ports.context.session.terminal?.size() ?? USUAL_SIZE);
  }

  /** Changes the words; what is found by other words is asked for when the typing has ended. */
  async #edit(edit: TextEdit): Promise<void> {
    const { store } = this.#ports;
    const before = queryKey(currentQuery(store.get()));
    store.dispatch({ type: "edited", edit });
    if (queryKey(currentQuery(store.get())) !== before) await this.#engine.search({ delayMs: DEBOUNCE_MS });
  }

  async #submit(): Promise<void> {
    const { store } = this.#ports;
    const state = store.get();
    const isDone = isAnswered(state) && state.problem === undefined;
    if (isDone && state.rows.length > 0) return store.dispatch({ type: "focused", focus: "results" });
    store.dispatch({ type: "submitted" });
    // What is being asked need not be asked twice.
    if (state.phase !== "searching") await this.#engine.search({ isFresh: isDone });
  }

  async #narrow(answer: Partial<SearchFilters> | Promise<Partial<SearchFilters> | undefined>): Promise<void> {
    const { store } = this.#ports;
    const change = await answer;
    if (change === undefined) return;
    store.dispatch({ type: "filtered", filters: change });
    if (!isAnswered(store.get())) await this.#engine.search();
  }

  /** Asks again; when only the next page failed, only for that. */
  async #refresh(): Promise<void> {
    const state = this.#ports.store.get();
    if (state.problem !== undefined && isAnswered(state)) await this.#engine.more({ isRetry: true });
    else await this.#engine.search({ isFresh: true });
  }

  async #loadAhead(): Promise<void> {
    const { rows, cursor } = this.#ports.store.get();
    if (rows.length - 1 - cursor.index <= AHEAD) await this.#engine.more();
  }
}

/** Starts the search. */
export function startSearch(
  ports: ScreenPorts<SearchState, SearchAction>,
): ScreenController<SearchCommand> {
  return new SearchController(ports);
}
