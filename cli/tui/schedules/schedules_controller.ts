/**
 * What the screen of the schedules does.
 *
 * @module
 */
import type { ScheduleInfo } from "../../../core/operations/model_manager.ts";
import { findDaemonFact, isSameDaemon } from "../library/daemon_fact.ts";
import type { ScreenController, ScreenPorts } from "../screen.ts";
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
  const { shell, clock, signal } = context;
  let shown: AbortController | undefined;
  let lastRead = 0;
  let isAtWork = false;

  const read = async (): Promise<void> => {
    const request = ++lastRead;
    const schedules = await (await context.manager()).schedules.list();
    if (request === lastRead) store.dispatch({ type: "listed", schedules });
  };
  const lookForDaemon = async (): Promise<void> => {
    const daemon = await findDaemonFact(context);
    if (!isSameDaemon(daemon, store.get().daemon)) store.dispatch({ type: "daemon", daemon });
  };
  const lookAround = async (lookSignal: AbortSignal): Promise<void> => {
    for (;;) {
      try {
        await clock.sleep(LOOK_EVERY_MS, { signal: lookSignal });
      } catch {
        return;
      }
      await lookForDaemon();
      // What goes wrong here went wrong when the screen was opened, and was said then.
      await read().catch(() => {});
    }
  };
  const switchDaemon = async (work: "starting" | "stopping"): Promise<void> => {
    if (work === "stopping" && !await asksForStop(context)) return;
    store.dispatch({ type: "daemonWork", work });
    try {
      await (work === "starting" ? switchDaemonOn(context) : switchDaemonOff(context));
    } finally {
      await lookForDaemon();
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
      if (shown === undefined) {
        shown = new AbortController();
        lookAround(AbortSignal.any([signal, shown.signal])).catch(shell.fail);
      }
      await Promise.all([read(), lookForDaemon()]);
    },
    leave() {
      shown?.abort();
      shown = undefined;
    },
    async perform(command) {
      switch (command) {
        case "up":
        case "down":
        case "pageup":
        case "pagedown":
        case "home":
        case "end":
          return store.dispatch({ type: "moved", move: command, rows: rows() });
        case "open":
        case "close":
          return store.dispatch({ type: "opened", isOpen: command === "open" });
        case "refresh":
          await Promise.all([read(), lookForDaemon()]);
          return;
        // Takes seconds; schedules can be changed meanwhile.
        case "startDaemon":
          return await switchDaemon("starting");
        case "stopDaemon":
          return await switchDaemon("stopping");
      }
      // One change after the other: a key that is pressed twice does not act twice.
      if (isAtWork) return;
      isAtWork = true;
      try {
        await change(command);
      } finally {
        isAtWork = false;
      }
    },
    select: (index) => store.dispatch({ type: "placed", index, rows: rows() }),
  };
}
