/**
 * The state of the screen of the daemon's log: pure.
 *
 * @module
 */
import { LOG_LEVELS, type LogLevelName } from "../../output/log_view.ts";
import type { FilterFieldAction, FilterFieldState } from "../widgets/filter_field_keys.ts";
import {
  type CursorAction,
  cursorAfter,
  cursorOn,
  FIRST_ROW,
  type ListCursor,
} from "../widgets/list_cursor.ts";
import { editText, textField } from "../widgets/text_field.ts";
import { isWanted, type LogEntry } from "./log_entry.ts";

/** Lines that are kept: older ones are in the file. */
export const MAX_ENTRIES = 5_000;

/** The state of the screen of the log. */
export interface LogsState extends FilterFieldState {
  /** Where the log is; `undefined` before that is known. */
  readonly path: string | undefined;
  /** `false` until the file was read to its end for the first time. */
  readonly isLoaded: boolean;
  /** Oldest first. */
  readonly entries: readonly LogEntry[];
  /** Those that are wanted; the same array until that changes. */
  readonly rows: readonly LogEntry[];
  readonly level: LogLevelName;
  /** The cursor stays on the newest line. */
  readonly isFollowing: boolean;
  /** Wanted lines that came while nobody followed. */
  readonly newRows: number;
  /** Long lines go on below, rather than being cut. */
  readonly wraps: boolean;
  readonly cursor: ListCursor;
  /** The line of the cursor has the screen to itself. */
  readonly isWhole: boolean;
  /** The first line of it that is seen. */
  readonly top: number;
}

/** What can happen. */
export type LogsAction =
  | { readonly type: "opened"; readonly path: string }
  | { readonly type: "read"; readonly entries: readonly LogEntry[]; readonly isFirst: boolean }
  | { readonly type: "level" }
  | FilterFieldAction
  | { readonly type: "following"; readonly isFollowing: boolean }
  | { readonly type: "wrapped" }
  | CursorAction
  | { readonly type: "whole"; readonly isWhole: boolean }
  | { readonly type: "scrolled"; readonly top: number };

/** Before anything is known. */
export const EMPTY_LOGS: LogsState = {
  path: undefined,
  isLoaded: false,
  entries: [],
  rows: [],
  level: "trace",
  field: textField(),
  isTyping: false,
  isFollowing: true,
  newRows: 0,
  wraps: false,
  cursor: FIRST_ROW,
  isWhole: false,
  top: 0,
};

/** The line that the cursor is on. */
export function selectedEntry({ rows, cursor }: Pick<LogsState, "rows" | "cursor">): LogEntry | undefined {
  return rows[cursor.index];
}

function onRow({ rows, cursor }: LogsState, wanted: number): ListCursor {
  return cursorOn(cursor, wanted, rows.length);
}

/** Other rows: the cursor follows the newest one, or stays on its line. */
function withRows(state: LogsState, rows: readonly LogEntry[]): LogsState {
  const selected = selectedEntry(state);
  const next = { ...state, rows };
  if (state.isFollowing) return { ...next, cursor: onRow(next, rows.length - 1), newRows: 0 };
  const at = selected === undefined ? -1 : rows.indexOf(selected);
  if (at >= 0) {
    // The line stays where it is on the screen, though others have gone before it.
    const top = Math.max(0, state.cursor.top + at - state.cursor.index);
    return { ...next, cursor: { index: at, top: Math.min(top, at) } };
  }
  return { ...next, cursor: onRow(next, state.cursor.index), isWhole: false };
}

function choiceOf({ level, field }: LogsState) {
  return { level, text: field.text };
}

/** Chooses anew what is shown. */
function derive(state: LogsState): LogsState {
  const choice = choiceOf(state);
  return withRows(state, state.entries.filter((entry) => isWanted(entry, choice)));
}

function read(state: LogsState, entries: readonly LogEntry[], isFirst: boolean): LogsState {
  if (isFirst) {
    return derive({ ...state, isLoaded: true, entries: entries.slice(-MAX_ENTRIES), newRows: 0 });
  }
  if (entries.length === 0) return state;
  const all = [...state.entries, ...entries];
  const kept = all.slice(-MAX_ENTRIES);
  const choice = choiceOf(state);
  const added = entries.filter((entry) => isWanted(entry, choice));
  if (kept.length < all.length) {
    return { ...derive({ ...state, entries: kept }), newRows: state.isFollowing ? 0 : added.length };
  }
  if (added.length === 0) return { ...state, entries: kept };
  const next = withRows({ ...state, entries: kept }, [...state.rows, ...added]);
  return state.isFollowing ? next : { ...next, newRows: state.newRows + added.length };
}

function follow(state: LogsState, isFollowing: boolean): LogsState {
  if (state.isFollowing === isFollowing) return state;
  const next = { ...state, isFollowing };
  return isFollowing ? { ...next, cursor: onRow(next, state.rows.length - 1), newRows: 0 } : next;
}

/** Who goes back wants to read; who goes to the end wants to see what comes. */
function moved(state: LogsState, action: CursorAction): LogsState {
  const cursor = cursorAfter(state.cursor, action, state.rows.length);
  const next = { ...state, cursor };
  if (action.type === "moved" && action.move === "end") return follow(next, true);
  return cursor.index < state.rows.length - 1 ? follow(next, false) : next;
}

function nextLevel(level: LogLevelName): LogLevelName {
  return LOG_LEVELS[(LOG_LEVELS.indexOf(level) + 1) % LOG_LEVELS.length] ?? "trace";
}

/** The state after something has happened. */
export function reduceLogs(state: LogsState, action: LogsAction): LogsState {
  switch (action.type) {
    case "opened":
      return state.path === action.path ? state : { ...state, path: action.path };
    case "read":
      return read(state, action.entries, action.isFirst);
    case "level":
      return derive({ ...state, level: nextLevel(state.level) });
    case "typing":
      return state.isTyping === action.isTyping ? state : { ...state, isTyping: action.isTyping };
    case "edited": {
      const next = { ...state, field: editText(state.field, action.edit) };
      return next.field.text === state.field.text ? next : derive(next);
    }
    case "following":
      return follow(state, action.isFollowing);
    case "wrapped":
      return { ...state, wraps: !state.wraps };
    case "moved":
    case "placed":
      return moved(state, action);
    case "whole":
      // What comes meanwhile does not take the line away.
      return { ...state, isWhole: action.isWhole, top: 0, isFollowing: state.isFollowing && !action.isWhole };
    case "scrolled":
      return state.top === action.top ? state : { ...state, top: action.top };
  }
}
