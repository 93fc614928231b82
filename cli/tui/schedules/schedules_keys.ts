/**
 * The keys of the screen of the schedules.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { cursorKeys } from "../widgets/cursor_keys.ts";
import type { CursorMove } from "../widgets/list_cursor.ts";
import { openKeys } from "../widgets/open_keys.ts";
import { type SchedulesState, selectedSchedule } from "./schedules_state.ts";

/** What the keys do. */
export type SchedulesCommand =
  | CursorMove
  | "open"
  | "close"
  | "create"
  | "enable"
  | "disable"
  | "activate"
  | "remove"
  | "startDaemon"
  | "stopDaemon"
  | "refresh";

type Binding = KeyBinding<SchedulesState, SchedulesCommand>;

const hasOne = (state: SchedulesState): boolean => selectedSchedule(state) !== undefined;
const runsDaemon = ({ daemon: { kind }, daemonWork }: SchedulesState): boolean =>
  daemonWork === undefined && (kind === "running" || kind === "silent");

const ACTS: readonly Binding[] = [
  {
    keys: ["n"],
    command: "create",
    label: "new",
    help: "Make a schedule; its times, what it fetches and its limit are asked for",
    twin: "mm schedule create --time 23:00 --name NAME",
  },
  {
    keys: ["e"],
    command: "disable",
    label: "switch off",
    help: "Switch the schedule off; one that is at work stops",
    twin: "mm schedule disable NAME",
    when: (state) => selectedSchedule(state)?.enabled === true,
  },
  {
    keys: ["e"],
    command: "enable",
    label: "switch on",
    help: "Switch the schedule on; what was due before is not made up for",
    twin: "mm schedule enable NAME",
    when: (state) => selectedSchedule(state)?.enabled === false,
  },
  {
    keys: ["a"],
    command: "activate",
    label: "only this",
    help: "Switch this schedule on, and all others off",
    twin: "mm schedule set-active NAME",
    when: hasOne,
  },
  {
    keys: ["d", "delete"],
    command: "remove",
    label: "delete",
    help: "Delete the schedule, after a question; what it has fetched stays",
    twin: "mm schedule remove NAME",
    when: hasOne,
  },
  {
    keys: ["s"],
    command: "startDaemon",
    label: "start daemon",
    help: "Start the daemon, which works the schedules",
    twin: "mm start",
    when: ({ daemon, daemonWork }) => daemonWork === undefined && daemon.kind === "none",
  },
  {
    keys: ["s"],
    command: "stopDaemon",
    label: "stop daemon",
    help: "Stop the daemon, after a question",
    twin: "mm stop",
    when: runsDaemon,
  },
  ...openKeys<SchedulesState>({
    help: "Show all that is known of the schedule and its last run",
    twin: "mm schedule list",
    canOpen: hasOne,
  }),
  {
    keys: ["r"],
    command: "refresh",
    label: "refresh",
    help: "Read the schedules again, and look for the daemon",
    twin: "mm schedule list",
    inFooter: false,
  },
];

/** All keys of the screen. */
export const SCHEDULES_KEYS: readonly Binding[] = [...ACTS, ...cursorKeys({ row: "schedule" })];
