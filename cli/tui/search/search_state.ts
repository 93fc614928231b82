/**
 * The search as it is now: what is typed, what was found, where the cursor is. Pure.
 *
 * @module
 */
import type { ModelSummary, SearchQuery } from "../../../mod.ts";
import type { Message } from "../shell/shell.ts";
import { type CursorAction, cursorAfter, FIRST_ROW, type ListCursor } from "../widgets/list_cursor.ts";
import { editText, type TextEdit, type TextField, textField } from "../widgets/text_field.ts";
import { NO_FILTERS, queryKey, type SearchFilters, searchQuery } from "./search_filters.ts";

/** What the search does: waits for the end of the typing, asks for the first page, or asks for the next one. */
export type SearchPhase = "idle" | "waiting" | "searching" | "loading";

/** The state of the search. */
export interface SearchState {
  readonly field: TextField;
  readonly filters: SearchFilters;
  /** Where the keys go. */
  readonly focus: "input" | "results";
  readonly phase: SearchPhase;
  /** The models that were found last; the same array until others are found. */
  readonly rows: readonly ModelSummary[];
  /** What those were found by; `undefined` before the first answer. */
  readonly answered: SearchQuery | undefined;
  /** Whether there are more than the rows. */
  readonly hasMore: boolean;
  readonly cursor: ListCursor;
  /** Enter was pressed: the cursor goes to the results as soon as they are there. */
  readonly goesToResults: boolean;
  /** Why the last question was not answered; the rows of the one before stay. */
  readonly problem: Message | undefined;
}

/** What happens to the search. */
export type SearchAction =
  | { readonly type: "edited"; readonly edit: TextEdit }
  | { readonly type: "filtered"; readonly filters: Partial<SearchFilters> }
  /** Somebody waits, or asks. */
  | { readonly type: "asked"; readonly phase: Exclude<SearchPhase, "idle"> }
  | {
    readonly type: "found";
    readonly query: SearchQuery;
    readonly rows: readonly ModelSummary[];
    readonly hasMore: boolean;
  }
  | { readonly type: "failed"; readonly problem: Message }
  /** Nobody asks any more. */
  | { readonly type: "stopped" }
  | { readonly type: "submitted" }
  | { readonly type: "focused"; readonly focus: SearchState["focus"] }
  | CursorAction;

/** No name of a model is longer, and no address of the Hub could carry much more. */
const MAX_TEXT = 200;

/** Before anything was typed. */
export const NO_SEARCH: SearchState = {
  field: textField(),
  filters: NO_FILTERS,
  focus: "input",
  phase: "idle",
  rows: [],
  answered: undefined,
  hasMore: false,
  cursor: FIRST_ROW,
  goesToResults: false,
  problem: undefined,
};

/** What is searched for just now. */
export function currentQuery({ field, filters }: Pick<SearchState, "field" | "filters">): SearchQuery {
  return searchQuery(field.text, filters);
}

/** Whether the rows are those of what is searched for just now. */
export function isAnswered(state: SearchState): boolean {
  return state.answered !== undefined && queryKey(state.answered) === queryKey(currentQuery(state));
}

/** The model that the cursor is on; `undefined` while the cursor is in the text. */
export function selectedModel({ focus, rows, cursor }: SearchState): ModelSummary | undefined {
  return focus === "results" ? rows[cursor.index] : undefined;
}

/** What is pasted, as far as there is room for it. */
function clip(change: TextEdit, { text }: TextField): TextEdit {
  if (change.type !== "insert" || text.length + change.text.length <= MAX_TEXT) return change;
  const part = change.text.slice(0, Math.max(0, MAX_TEXT - text.length));
  // Never half of a sign.
  return { type: "insert", text: part.replace(/[\uD800-\uDBFF]$/, "") };
}

function edit(state: SearchState, change: TextEdit): SearchState {
  const field = editText(state.field, clip(change, state.field));
  if (field.text === state.field.text && field.cursor === state.field.cursor) return state;
  return { ...state, field, goesToResults: false };
}

function find(
  state: SearchState,
  { query, rows, hasMore }: Extract<SearchAction, { type: "found" }>,
): SearchState {
  const isSame = state.answered !== undefined && queryKey(state.answered) === queryKey(query);
  const before = isSame ? state.rows[state.cursor.index]?.repo : undefined;
  const at = before === undefined ? -1 : rows.findIndex(({ repo }) => repo === before);
  const wantsResults = state.focus === "results" || state.goesToResults;
  return {
    ...state,
    rows,
    answered: query,
    hasMore,
    phase: "idle",
    problem: undefined,
    goesToResults: false,
    cursor: at < 0 ? FIRST_ROW : { index: at, top: Math.max(0, state.cursor.top + at - state.cursor.index) },
    // Where there is nothing to choose, there is something else to type.
    focus: wantsResults && rows.length > 0 ? "results" : "input",
  };
}

function place(state: SearchState, cursor: ListCursor): SearchState {
  if (state.rows.length === 0) return state;
  const { index, top } = state.cursor;
  if (state.focus === "results" && cursor.index === index && cursor.top === top) return state;
  return { ...state, cursor, focus: "results" };
}

/** The state after something has happened. */
export function reduceSearch(state: SearchState, action: SearchAction): SearchState {
  const length = state.rows.length;
  switch (action.type) {
    case "edited":
      return edit(state, action.edit);
    case "filtered":
      return { ...state, filters: { ...state.filters, ...action.filters } };
    case "asked":
      return state.phase === action.phase ? state : { ...state, phase: action.phase };
    case "found":
      return find(state, action);
    case "failed":
      return { ...state, phase: "idle", goesToResults: false, problem: action.problem };
    case "stopped":
      return state.phase === "idle" ? state : { ...state, phase: "idle", goesToResults: false };
    case "submitted":
      return { ...state, goesToResults: true };
    case "focused":
      if (action.focus === state.focus || (action.focus === "results" && length === 0)) return state;
      return { ...state, focus: action.focus, goesToResults: false };
    case "moved":
    case "placed":
      return place(state, cursorAfter(state.cursor, action, length));
  }
}
