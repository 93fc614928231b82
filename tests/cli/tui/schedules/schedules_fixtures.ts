/**
 * What tests of the screen of the schedules share.
 *
 * @module
 */
import * as configuration from "../../../../core/config/mod.ts";
import * as room from "../../../../core/daemon/mod.ts";
import type { ScheduleInfo, Schedules } from "../../../../core/operations/model_manager.ts";
import type { TuiSession } from "../../../../cli/tui/context.ts";
import { SCHEDULES_SCREEN } from "../../../../cli/tui/schedules/schedules_screen.ts";
import {
  NO_SCHEDULES,
  reduceSchedules,
  type SchedulesAction,
  type SchedulesState,
} from "../../../../cli/tui/schedules/schedules_state.ts";
import type { DaemonRoom } from "../../../../cli/wiring.ts";
import { fakeSchedules, SCHEDULES } from "../../../support/fake_schedules.ts";
import { startTestScreen } from "../../../support/tui_screens.ts";

/** The time of the schedules of {@link SCHEDULES}. */
export const NOW_MS: number = Date.parse("2025-01-01T00:00:00Z");

/** What the screen knows after some actions. */
export function after(...actions: readonly SchedulesAction[]): SchedulesState {
  return actions.reduce(reduceSchedules, NO_SCHEDULES);
}

/** With the three schedules of the fake, and without a daemon. */
export function listed(...actions: readonly SchedulesAction[]): SchedulesState {
  return after(
    { type: "listed", schedules: SCHEDULES },
    { type: "daemon", daemon: { kind: "none" } },
    ...actions,
  );
}

/** Names and texts that want to break the screen. */
export const HOSTILE: readonly ScheduleInfo[] = [
  {
    name: "a".repeat(40),
    enabled: true,
    type: "cron",
    cron: "0 1 * * 1-5",
    references: ["模型/大型语言模型-GGUF:Q4_K_M", `acme/${"x".repeat(300)}`],
    createdAt: "2024-12-01T10:00:00.000Z",
    handledUntil: "2024-12-31T23:00:00.000Z",
    run: {
      dueAt: "2024-12-31T23:00:00.000Z",
      startedAt: "2024-12-31T23:00:00.000Z",
      attempts: 2,
      retryAt: "2025-01-01T00:05:00.000Z",
      error: {
        code: "NETWORK_ERROR",
        message: "Cannot reach \x1b[31mhub\x1b[0m 🚀 ".repeat(9),
        hints: ["Look at \x1b]0;title\x07 the network: mm doctor"],
        causes: [],
      },
    },
    timeZone: "UTC",
  },
];

/** Calls of the schedules, in words. */
export interface Recorder {
  readonly calls: string[];
  readonly schedules: Schedules;
}

/** Schedules that remember what was asked of them. */
export function recorder(change: Partial<Schedules> = {}): Recorder {
  const calls: string[] = [];
  const fake = fakeSchedules(change);
  const note = (kind: "remove" | "enable" | "disable") => (names: readonly string[]) => {
    calls.push(`${kind} ${names.join(" ")}`);
    return fake[kind](names);
  };
  return {
    calls,
    schedules: {
      ...fake,
      create(request) {
        calls.push(`create ${JSON.stringify(request)}`);
        return fake.create(request);
      },
      setActive(name) {
        calls.push(`setActive ${name}`);
        return fake.setActive(name);
      },
      remove: note("remove"),
      enable: note("enable"),
      disable: note("disable"),
    },
  };
}

/** A daemon's room of which the doors are told; without any, nobody is in. */
export function fakeSession(change: Partial<DaemonRoom> = {}): Partial<TuiSession> {
  const daemon: DaemonRoom = {
    ...room,
    daemonPlaces: () => ({}) as ReturnType<DaemonRoom["daemonPlaces"]>,
    checkDaemonPlaces: () => Promise.resolve(),
    findDaemon: () => Promise.resolve(undefined),
    ...change,
  };
  return {
    environment: {},
    workingDirectory: "/project",
    daemon: () => Promise.resolve(daemon),
    configuration: () => Promise.resolve(configuration),
    directories: () =>
      Promise.resolve({ home: "/home/me" } as Awaited<ReturnType<TuiSession["directories"]>>),
    settings: () =>
      Promise.resolve({ settings: { endpoint: "https://huggingface.co" } } as Awaited<
        ReturnType<TuiSession["settings"]>
      >),
    startInBackground: () => Promise.resolve(true),
  };
}

/** The screen on schedules that remember, once it is shown. */
export async function startSchedulesScreen(
  options: { readonly change?: Partial<Schedules>; readonly room?: Partial<DaemonRoom> } = {},
) {
  const { calls, schedules } = recorder(options.change);
  const screen = startTestScreen(SCHEDULES_SCREEN, {
    manager: { schedules },
    session: fakeSession(options.room),
  });
  await screen.controller.enter?.(undefined);
  return { ...screen, calls };
}
