/**
 * What the screen of the schedules does.
 *
 * @module
 */
import type { ScheduleInfo } from "../../../core/operations/model_manager.ts";
import { latestOnly, oneAtATime } from "../asking.ts";
import { lookForDaemon } from "../daemon_fact.ts";
import type { ScreenController, ScreenPorts } from "../screen.ts";
import { whileShown } from "../while_shown.ts";
import { isCursorMove } from "../widgets/list_cursor.ts";
import { listRoom } from "../widgets/list_room.ts";
import { asksForStop, switchDaemonOff, switchDaemonOn } from "./daemon_switch.ts";
import { activateSchedule, createSchedule, removeSchedule, switchSchedule } from "./schedule_work.ts";
import type { SchedulesCommand } from "./schedules_keys.ts";
import { type SchedulesAction, type SchedulesState, selectedSchedule } from "./schedules_state.ts";

/** The daemon is looked for as often, and so is what it does. */
const LOOK_EVERY_MS = 2_000;
/** Lines of the screen that are no rows of the list. */
const OTHER_LINES = 13;

/** Starts the controller. */
export function startSchedules(
  { store, context }: ScreenPorts<SchedulesState, SchedulesAction>,
): ScreenController<SchedulesCommand> {
  const once = oneAtATime();
  const read = latestOnly(
    async () => await (await context.manager()).schedules.list(),
    (schedules) => store.dispatch({ type: "listed", schedules }),
  );
  const findDaemon = (): Promise<void> => lookForDaemon(context, store);
  const around = whileShown(context, {
    everyMs: LOOK_EVERY_MS,
    look: async () => {
      await findDaemon();
      // What goes wrong here went wrong when the screen was opened, and was said then.
      await read().catch(() => {});
    },
  });
  const switchDaemon = async (work: "starting" | "stopping"): Promise<void> => {
    if (work === "stopping" && !await asksForStop(context)) return;
    store.dispatch({ type: "daemonWork", work });
    try {
      await (work === "starting" ? switchDaemonOn(context) : switchDaemonOff(context));
    } finally {
      await findDaemon();
      store.dispatch({ type: "daemonWork", work: undefined });
    }
  };
  const onSchedule = async (command: SchedulesCommand, schedule: ScheduleInfo): Promise<void> => {
    const { name } = schedule;
    if (command === "enable" || command === "disable") {
      await switchSchedule(context, { name, kind: command });
    } else if (command === "activate") {
      await activateSchedule(context, { name, schedules: store.get().schedules });
    } else if (command === "remove") await removeSchedule(context, schedule);
    await read();
  };
  const change = async (command: SchedulesCommand): Promise<void> => {
    const { schedules } = store.get();
    const selected = selectedSchedule(store.get());
    if (command !== "create") {
      if (selected !== undefined) await onSchedule(command, selected);
      return;
    }
    const name = await createSchedule(context, schedules);
    if (name === undefined) return;
    await read();
    store.dispatch({ type: "chosen", name });
  };
  const rows = (): number => listRoom(context, OTHER_LINES);

  return {
    async enter() {
      around.begin();
      await Promise.all([read(), findDaemon()]);
    },
    leave() {
      around.end();
    },
    async perform(command) {
      if (isCursorMove(command)) return store.dispatch({ type: "moved", move: command, rows: rows() });
      switch (command) {
        case "open":
        case "close":
          return store.dispatch({ type: "opened", isOpen: command === "open" });
        case "refresh":
          await Promise.all([read(), findDaemon()]);
          return;
        // Takes seconds; schedules can be changed meanwhile.
        case "startDaemon":
          return await switchDaemon("starting");
        case "stopDaemon":
          return await switchDaemon("stopping");
      }
      await once(() => change(command));
    },
    select: (index) => store.dispatch({ type: "placed", index, rows: rows() }),
  };
}
