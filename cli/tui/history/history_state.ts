/**
 * The state of the history's screen: pure.
 *
 * @module
 */
import type { HistoryRecord } from "../../../core/state/history_record.ts";
import type { FilterFieldAction, FilterFieldState } from "../widgets/filter_field_keys.ts";
import {
  type CursorAction,
  cursorAfter,
  cursorOn,
  FIRST_ROW,
  type ListCursor,
} from "../widgets/list_cursor.ts";
import { editText, type TextEdit, textField } from "../widgets/text_field.ts";
import { EVERYTHING, type HistoryChoice } from "./history_choice.ts";
import type { HistoryFigures } from "./history_figures.ts";

/** What has the screen: all records, one of them, or their sums. */
export type HistoryLook = "list" | "record" | "statistics";

/** The state of the history's screen. */
export interface HistoryState extends FilterFieldState {
  /** `false` until the history was read for the first time. */
  readonly isLoaded: boolean;
  readonly isLoading: boolean;
  readonly choice: HistoryChoice;
  /** Newest first, as many as were read so far; the same array until that changes. */
  readonly records: readonly HistoryRecord[];
  /** There are older ones. */
  readonly hasMore: boolean;
  readonly cursor: ListCursor;
  readonly look: HistoryLook;
  /** The first line of a record or of the sums that is seen. */
  readonly top: number;
  /** `undefined` until they were worked out. */
  readonly figures: HistoryFigures | undefined;
}

/** What can happen. */
export type HistoryAction =
  | { readonly type: "loading" }
  | { readonly type: "loaded"; readonly records: readonly HistoryRecord[]; readonly hasMore: boolean }
  | { readonly type: "added"; readonly records: readonly HistoryRecord[]; readonly hasMore: boolean }
  | { readonly type: "stopped" }
  | { readonly type: "figures"; readonly figures: HistoryFigures }
  | { readonly type: "chosen"; readonly choice: Partial<Omit<HistoryChoice, "repo">> }
  | FilterFieldAction
  | CursorAction
  | { readonly type: "looked"; readonly look: HistoryLook }
  | { readonly type: "scrolled"; readonly top: number };

/** Before anything is known. */
export const EMPTY_HISTORY: HistoryState = {
  isLoaded: false,
  isLoading: false,
  choice: EVERYTHING,
  field: textField(),
  isTyping: false,
  records: [],
  hasMore: false,
  cursor: FIRST_ROW,
  look: "list",
  top: 0,
  figures: undefined,
};

/** The record that the cursor is on. */
export function selectedRecord(
  { records, cursor }: Pick<HistoryState, "records" | "cursor">,
): HistoryRecord | undefined {
  return records[cursor.index];
}

/** Records never change: the same ids are the same records. */
function isSame(a: readonly HistoryRecord[], b: readonly HistoryRecord[]): boolean {
  return a.length === b.length && a.every(({ id }, index) => id === b[index]?.id);
}

/** The records anew: the cursor stays on its record; when that has gone, it begins anew. */
function withRecords(state: HistoryState, records: readonly HistoryRecord[]): HistoryState {
  if (isSame(records, state.records)) return state;
  const id = selectedRecord(state)?.id;
  const found = records.findIndex((record) => record.id === id);
  const isLost = state.look === "record" && found < 0;
  return {
    ...state,
    records,
    cursor: cursorOn(state.cursor, found, records.length),
    ...(isLost ? { look: "list", top: 0 } : {}),
  };
}

function loaded(state: HistoryState, records: readonly HistoryRecord[], hasMore: boolean): HistoryState {
  const next = withRecords(state, records);
  return { ...next, isLoaded: true, isLoading: false, hasMore };
}

function edited(state: HistoryState, edit: TextEdit): HistoryState {
  const field = editText(state.field, edit);
  const choice = field.text === state.choice.repo ? state.choice : { ...state.choice, repo: field.text };
  return { ...state, field, choice };
}

/** The state after something has happened. */
export function reduceHistory(state: HistoryState, action: HistoryAction): HistoryState {
  switch (action.type) {
    case "loading":
      return state.isLoading ? state : { ...state, isLoading: true };
    case "loaded":
      return loaded(state, action.records, action.hasMore);
    case "added":
      return loaded(state, [...state.records, ...action.records], action.hasMore);
    case "stopped":
      return state.isLoading ? { ...state, isLoading: false } : state;
    case "figures":
      return { ...state, figures: action.figures };
    case "chosen":
      return { ...state, choice: { ...state.choice, ...action.choice }, top: 0 };
    case "typing":
      return state.isTyping === action.isTyping ? state : { ...state, isTyping: action.isTyping };
    case "edited":
      return edited(state, action.edit);
    case "moved":
    case "placed":
      return { ...state, cursor: cursorAfter(state.cursor, action, state.records.length) };
    case "looked":
      return { ...state, look: action.look, top: 0 };
    case "scrolled":
      return state.top === action.top ? state : { ...state, top: action.top };
  }
}
