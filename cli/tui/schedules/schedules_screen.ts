/**
 * The schedules: when the daemon downloads by itself.
 *
 * @module
 */
import type { ScreenDefinition } from "../screen.ts";
import { startSchedules } from "./schedules_controller.ts";
import { describeSchedules } from "./schedules_describe.ts";
import { SCHEDULES_KEYS, type SchedulesCommand } from "./schedules_keys.ts";
import {
  NO_SCHEDULES,
  reduceSchedules,
  type SchedulesAction,
  type SchedulesState,
} from "./schedules_state.ts";
import { SchedulesView } from "./schedules_view.tsx";

/** The screen of the schedules. */
export const SCHEDULES_SCREEN: ScreenDefinition<SchedulesState, SchedulesAction, SchedulesCommand> = {
  name: "schedules",
  title: "Schedules",
  initial: NO_SCHEDULES,
  reduce: reduceSchedules,
  keys: SCHEDULES_KEYS,
  start: startSchedules,
  View: SchedulesView,
  describe: describeSchedules,
};
