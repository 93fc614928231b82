/**
 * The state of the library's screen: pure.
 *
 * @module
 */
import type { LibraryModel, LibrarySpace } from "../../../core/operations/model_manager.ts";
import type { DaemonAction, DaemonFact } from "../daemon_fact.ts";
import type { FilterAction, FilterState } from "../widgets/filter_keys.ts";
import {
  type CursorAction,
  cursorAfter,
  cursorOn,
  FIRST_ROW,
  type ListCursor,
} from "../widgets/list_cursor.ts";
import { LIBRARY_SORTS, type LibraryRow, libraryRows, type LibrarySort } from "./library_rows.ts";
import { type OpenJob, showSame } from "./open_jobs.ts";

/** Models that are being verified. */
export interface VerifyWork {
  readonly reference: string;
  readonly receivedBytes: number;
  /** 0 before it is known. */
  readonly totalBytes: number;
}

/** The state of the library's screen. */
export interface LibraryState extends FilterState {
  /** `false` until the library was read for the first time. */
  readonly isLoaded: boolean;
  /** The latest try to read it has failed. */
  readonly hasFailed: boolean;
  readonly models: readonly LibraryModel[];
  readonly jobs: readonly OpenJob[];
  /** What is shown: the same array until that changes. */
  readonly rows: readonly LibraryRow[];
  /** Rows without the filter. */
  readonly total: number;
  readonly cursor: ListCursor;
  readonly sort: LibrarySort;
  /** The Hub is being asked for updates. */
  readonly isChecking: boolean;
  readonly verifying: VerifyWork | undefined;
  readonly space: LibrarySpace | undefined;
  readonly daemon: DaemonFact;
}

/** What can happen. */
export type LibraryAction =
  | { readonly type: "listed"; readonly models: readonly LibraryModel[] }
  | { readonly type: "failed" }
  | { readonly type: "jobs"; readonly jobs: readonly OpenJob[] }
  | { readonly type: "space"; readonly space: LibrarySpace }
  | DaemonAction
  | CursorAction
  | { readonly type: "sorted" }
  | FilterAction
  | { readonly type: "checking"; readonly isChecking: boolean }
  | { readonly type: "verifying"; readonly verifying: VerifyWork | undefined };

/** Before anything is known. */
export const EMPTY_LIBRARY: LibraryState = {
  isLoaded: false,
  hasFailed: false,
  models: [],
  jobs: [],
  rows: [],
  total: 0,
  cursor: FIRST_ROW,
  sort: "name",
  filter: "",
  isFiltering: false,
  isChecking: false,
  verifying: undefined,
  space: undefined,
  daemon: { kind: "unknown" },
};

/** The row that the cursor is on. */
export function selectedRow({ rows, cursor }: Pick<LibraryState, "rows" | "cursor">): LibraryRow | undefined {
  return rows[cursor.index];
}

/** Anew what is shown; the cursor stays on its model. */
function derive(state: LibraryState): LibraryState {
  const { rows, total } = libraryRows(state, state, state.rows);
  if (rows === state.rows && total === state.total) return state;
  const selected = selectedRow(state);
  const at = rows.findIndex(({ id, reference }) => id === selected?.id || reference === selected?.reference);
  const cursor = cursorOn(state.cursor, at < 0 ? state.cursor.index : at, rows.length);
  return { ...state, rows, total, cursor };
}

function nextSort(sort: LibrarySort): LibrarySort {
  return LIBRARY_SORTS[(LIBRARY_SORTS.indexOf(sort) + 1) % LIBRARY_SORTS.length] ?? "name";
}

/** The state after something has happened. */
export function reduceLibrary(state: LibraryState, action: LibraryAction): LibraryState {
  switch (action.type) {
    case "listed":
      return derive({ ...state, isLoaded: true, hasFailed: false, models: action.models });
    case "failed":
      return { ...state, hasFailed: true };
    case "jobs":
      return showSame(action.jobs, state.jobs) ? state : derive({ ...state, jobs: action.jobs });
    case "space":
      return { ...state, space: action.space };
    case "daemon":
      return { ...state, daemon: action.daemon };
    case "moved":
    case "placed":
      return { ...state, cursor: cursorAfter(state.cursor, action, state.rows.length) };
    case "sorted":
      return derive({ ...state, sort: nextSort(state.sort) });
    case "filtering":
      return { ...state, isFiltering: action.isFiltering };
    case "filtered":
      return action.filter === state.filter ? state : derive({ ...state, filter: action.filter });
    case "checking":
      return { ...state, isChecking: action.isChecking };
    case "verifying":
      return { ...state, verifying: action.verifying };
  }
}
