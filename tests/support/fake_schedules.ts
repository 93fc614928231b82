/**
 * Schedules that do everything at once and nothing at all.
 *
 * @module
 */
import type { ScheduleChange, ScheduleInfo, Schedules } from "../../core/operations/model_manager.ts";

/** A schedule that has run, one that has failed and is off, and one at work. */
export const SCHEDULES: readonly ScheduleInfo[] = [
  {
    name: "nightly",
    enabled: true,
    type: "daily",
    time: "23:00",
    until: "07:00",
    timeZone: "Europe/Berlin",
    references: [],
    limitBytesPerSecond: 2_000_000,
    createdAt: "2024-12-01T10:00:00.000Z",
    handledUntil: "2024-12-30T22:00:00.000Z",
    nextRunAt: "2025-01-01T22:00:00.000Z",
    last: {
      status: "completed",
      dueAt: "2024-12-30T22:00:00.000Z",
      startedAt: "2024-12-30T22:00:00.000Z",
      endedAt: "2024-12-30T22:30:00.000Z",
      attempts: 1,
      counts: { downloaded: 1, present: 2, failed: 0, bytesFetched: 1_500_000_000 },
    },
  },
  {
    name: "weekend",
    enabled: false,
    type: "weekly",
    time: "10:00",
    day: 6,
    timeZone: "Europe/Berlin",
    references: ["acme/none:Q4_K_M", "acme/clip"],
    maxConcurrent: 2,
    createdAt: "2024-12-01T10:00:00.000Z",
    handledUntil: "2024-12-28T09:00:00.000Z",
    last: {
      status: "failed",
      dueAt: "2024-12-28T09:00:00.000Z",
      startedAt: "2024-12-28T09:00:00.000Z",
      endedAt: "2024-12-28T09:00:05.000Z",
      attempts: 1,
      counts: { downloaded: 0, present: 1, failed: 1, bytesFetched: 0 },
      error: { code: "NOT_FOUND", message: 'Repository "acme/none" does not exist', hints: [], causes: [] },
    },
  },
  {
    name: "workdays",
    enabled: true,
    type: "cron",
    cron: "0 1 * * 1-5",
    timeZone: "UTC",
    references: ["acme/clip"],
    createdAt: "2024-12-01T10:00:00.000Z",
    handledUntil: "2024-12-31T23:00:00.000Z",
    nextRunAt: "2025-01-01T01:00:00.000Z",
    run: {
      dueAt: "2024-12-31T23:00:00.000Z",
      startedAt: "2024-12-31T23:00:00.000Z",
      attempts: 1,
      owner: { id: "o", pid: 123, host: "laptop", seenAt: "2024-12-31T23:59:00.000Z" },
    },
  },
];

function changes(names: readonly string[]): Promise<ScheduleChange[]> {
  return Promise.resolve(names.map((name) => {
    const schedule = SCHEDULES.find((each) => each.name === name);
    return { name, changed: true, ...(schedule === undefined ? {} : { schedule }) };
  }));
}

/** The fake; tests replace what they are about. */
export function fakeSchedules(change: Partial<Schedules> = {}): Schedules {
  return {
    list: () => Promise.resolve(SCHEDULES),
    create: async ({ name }) => (await changes([name]))[0] ?? { name, changed: true },
    remove: (names) => Promise.resolve(names.map((name) => ({ name, changed: true }))),
    enable: changes,
    disable: changes,
    setActive: (name) =>
      Promise.resolve(
        SCHEDULES.map((schedule) => ({
          name: schedule.name,
          changed: schedule.name !== name && schedule.enabled,
          schedule: { ...schedule, enabled: schedule.name === name },
        })),
      ),
    run: () => Promise.resolve(),
    running: [],
    ...change,
  };
}
