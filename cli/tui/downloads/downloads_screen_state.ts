/**
 * What the screen of downloads shows: pure.
 *
 * @module
 */
import {
  type CursorAction,
  cursorAfter,
  FIRST_ROW,
  type ListCursor,
  placeCursor,
} from "../widgets/list_cursor.ts";
import { type DownloadRow, downloadRows } from "./download_rows.ts";
import { type DownloadsState, NO_DOWNLOADS } from "./downloads_state.ts";

/** The state of the screen. */
export interface DownloadsScreenState {
  readonly downloads: DownloadsState;
  /** Of {@link downloads}, as they are listed. */
  readonly rows: readonly DownloadRow[];
  readonly cursor: ListCursor;
  /** The details of the selected one have the whole screen. */
  readonly isOpen: boolean;
}

/** What happens on the screen. */
export type DownloadsAction =
  | { readonly type: "changed"; readonly downloads: DownloadsState }
  | CursorAction
  | { readonly type: "opened" }
  | { readonly type: "closed" };

/** Before anything is known. */
export const NO_DOWNLOADS_SHOWN: DownloadsScreenState = {
  downloads: { ...NO_DOWNLOADS, isLoading: true },
  rows: [],
  cursor: FIRST_ROW,
  isOpen: false,
};

/** Rows that a page key moves by. */
export const PAGE_ROWS = 10;

/** The row that keys are about. */
export function selectedRow({ rows, cursor }: DownloadsScreenState): DownloadRow | undefined {
  return rows[cursor.index];
}

/** The cursor stays with what it is on, wherever that goes. */
function change(state: DownloadsScreenState, downloads: DownloadsState): DownloadsScreenState {
  if (downloads === state.downloads) return state;
  const rows = downloadRows(downloads);
  const selected = selectedRow(state);
  const found = selected === undefined ? -1 : rows.findIndex(({ id }) => id === selected.id);
  const index = found < 0 ? state.cursor.index : found;
  const cursor = placeCursor(state.cursor, index, { length: rows.length, rows: PAGE_ROWS });
  return { ...state, downloads, rows, cursor, isOpen: state.isOpen && rows.length > 0 };
}

/** The state after something has happened. */
export function reduceDownloadsScreen(
  state: DownloadsScreenState,
  action: DownloadsAction,
): DownloadsScreenState {
  switch (action.type) {
    case "changed":
      return change(state, action.downloads);
    case "moved":
    case "placed":
      return { ...state, cursor: cursorAfter(state.cursor, action, state.rows.length) };
    case "opened":
      return state.rows.length === 0 || state.isOpen ? state : { ...state, isOpen: true };
    case "closed":
      return state.isOpen ? { ...state, isOpen: false } : state;
  }
}
