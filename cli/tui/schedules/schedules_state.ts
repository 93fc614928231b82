/**
 * What the screen of the schedules knows: pure.
 *
 * @module
 */
import type { ScheduleInfo } from "../../../core/operations/model_manager.ts";
import type { DaemonAction, DaemonFact } from "../daemon_fact.ts";
import { saysTheSame } from "../same_facts.ts";
import {
  type CursorAction,
  cursorAfter,
  cursorOn,
  cursorOnMatch,
  FIRST_ROW,
  type ListCursor,
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
  | DaemonAction
  | { readonly type: "daemonWork"; readonly work: SchedulesState["daemonWork"] }
  | CursorAction
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

/** Other schedules; the cursor stays on its own. */
function list(state: SchedulesState, schedules: readonly ScheduleInfo[]): SchedulesState {
  if (state.isLoaded && saysTheSame(schedules, state.schedules)) return state;
  const name = selectedSchedule(state)?.name;
  const at = schedules.findIndex((each) => each.name === name);
  const cursor = cursorOn(state.cursor, at < 0 ? state.cursor.index : at, schedules.length);
  return { ...state, isLoaded: true, schedules, cursor, isOpen: state.isOpen && at >= 0 };
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
    case "moved":
    case "placed":
      return { ...state, cursor: cursorAfter(state.cursor, action, state.schedules.length) };
    case "chosen": {
      const { cursor, schedules } = state;
      return { ...state, cursor: cursorOnMatch(cursor, schedules, ({ name }) => name === action.name) };
    }
    case "opened":
      return { ...state, isOpen: action.isOpen && selectedSchedule(state) !== undefined };
  }
}
