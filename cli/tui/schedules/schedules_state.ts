/**
 * What the screen of the schedules knows: pure.
 *
 * @module
 */
import type { ScheduleInfo } from "../../../core/operations/model_manager.ts";
import type { DaemonFact } from "../library/library_state.ts";
import {
  type CursorMove,
  FIRST_ROW,
  type ListCursor,
  moveCursor,
  placeCursor,
} from "../widgets/list_cursor.ts";

/** The state of the screen. */
export interface SchedulesState {
  /** They have been read once. */
  readonly isLoaded: boolean;
  /** By name; the same array until one of them changes. */
  readonly schedules: readonly ScheduleInfo[];
  readonly cursor: ListCursor;
  /** Only the schedule under the cursor is shown, with all that is known of it. */
  readonly isOpen: boolean;
  readonly daemon: DaemonFact;
  /** What is being done to the daemon. */
  readonly daemonWork: "starting" | "stopping" | undefined;
}

/** What happens on the screen. */
export type SchedulesAction =
  | { readonly type: "listed"; readonly schedules: readonly ScheduleInfo[] }
  | { readonly type: "daemon"; readonly daemon: DaemonFact }
  | { readonly type: "daemonWork"; readonly work: SchedulesState["daemonWork"] }
  | { readonly type: "moved"; readonly move: CursorMove; readonly rows: number }
  | { readonly type: "placed"; readonly index: number; readonly rows: number }
  | { readonly type: "chosen"; readonly name: string }
  | { readonly type: "opened"; readonly isOpen: boolean };

/** Before anything is known. */
export const NO_SCHEDULES: SchedulesState = {
  isLoaded: false,
  schedules: [],
  cursor: FIRST_ROW,
  isOpen: false,
  daemon: { kind: "unknown" },
  daemonWork: undefined,
};

/** The schedule that the cursor is on. */
export function selectedSchedule(
  { schedules, cursor }: Pick<SchedulesState, "schedules" | "cursor">,
): ScheduleInfo | undefined {
  return schedules[cursor.index];
}

/** Records come anew from the store each time: what they say counts. */
function isSame(a: readonly ScheduleInfo[], b: readonly ScheduleInfo[]): boolean {
  return a.length === b.length && JSON.stringify(a) === JSON.stringify(b);
}

function place(state: SchedulesState, index: number, rows: number): SchedulesState {
  return { ...state, cursor: placeCursor(state.cursor, index, { length: state.schedules.length, rows }) };
}

/** Other schedules; the cursor stays on its own. */
function list(state: SchedulesState, schedules: readonly ScheduleInfo[]): SchedulesState {
  if (state.isLoaded && isSame(schedules, state.schedules)) return state;
  const name = selectedSchedule(state)?.name;
  const at = schedules.findIndex((each) => each.name === name);
  const next = { ...state, isLoaded: true, schedules, isOpen: state.isOpen && at >= 0 };
  // How many rows are seen is known to the view, which lets the cursor be seen anyway.
  return place(next, at < 0 ? state.cursor.index : at, schedules.length);
}

/** The state after something has happened. */
export function reduceSchedules(state: SchedulesState, action: SchedulesAction): SchedulesState {
  switch (action.type) {
    case "listed":
      return list(state, action.schedules);
    case "daemon":
      return { ...state, daemon: action.daemon };
    case "daemonWork":
      return { ...state, daemonWork: action.work };
    case "moved": {
      const room = { length: state.schedules.length, rows: action.rows };
      return { ...state, cursor: moveCursor(state.cursor, action.move, room) };
    }
    case "placed":
      return place(state, action.index, action.rows);
    case "chosen": {
      const at = state.schedules.findIndex(({ name }) => name === action.name);
      return at < 0 ? state : place(state, at, state.schedules.length);
    }
    case "opened":
      return { ...state, isOpen: action.isOpen && selectedSchedule(state) !== undefined };
  }
}
