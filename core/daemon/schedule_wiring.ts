/**
 * The schedules wired to this machine: their store, and what works them. All of it is loaded when it is first used.
 *
 * @module
 */
import { join } from "node:path";
import { pid } from "node:process";
import type { Settings } from "../config/settings.ts";
import type { JobPlaces } from "../jobs/job_places.ts";
import type { DefaultSchedule, ScheduleBook } from "../jobs/schedule_book.ts";
import type { ScheduleRunner, ScheduleRunnerOptions } from "../jobs/schedule_runner.ts";
import type { OperationContext } from "../operations/context.ts";
import { MANIFEST_NAME } from "../operations/manifest_name.ts";
import type { SyncManifest } from "../operations/schedule_work.ts";
import type { Schedules } from "../operations/schedules.ts";
import type { Directories } from "../platform/dirs.ts";

/** What schedules need of the program. */
export interface ScheduleHost {
  readonly context: OperationContext;
  readonly settings: Pick<Settings, "default_schedule">;
  /** What they share with the queue. */
  readonly places: JobPlaces;
  readonly directories: Pick<Directories, "config">;
  /** The program's store; other machines may use it as well when it is not a file. */
  readonly store: { readonly isFile: boolean; open(): Promise<Deno.Kv> };
  /** Id of this installation, see `installationId`. */
  installation(): Promise<string>;
  /** What a run does that has no references. */
  readonly sync: SyncManifest;
}

/** The schedule of the settings; there is no pattern in them, and no day. */
function standardSchedule(
  { default_schedule: standard }: ScheduleHost["settings"],
): DefaultSchedule | undefined {
  const { enabled, type, time, max_concurrent_downloads: maxConcurrent } = standard;
  if (!enabled || type === "cron") return undefined;
  return { timing: { type, time, ...(type === "weekly" ? { day: 0 } : {}) }, maxConcurrent };
}

function sayWithoutPattern(
  { context, settings: { default_schedule: { enabled, type } } }: ScheduleHost,
): void {
  if (!enabled || type !== "cron") return;
  context.notices.emit(
    'The default schedule never runs: default_schedule.type is "cron", and settings hold no pattern. ' +
      "Make a schedule with one: mm schedule create --type cron --help",
  );
}

/** The schedules of the program. */
export function wireSchedules(host: ScheduleHost): Schedules {
  const { context, store } = host;
  const defaultManifest = join(host.directories.config, MANIFEST_NAME);
  let opened: Promise<ScheduleBook> | undefined;
  const openBook = async (): Promise<ScheduleBook> => {
    const [{ ScheduleBook }, { ScheduleStore }, kv] = await Promise.all([
      import("../jobs/schedule_book.ts"),
      import("../state/schedules.ts"),
      store.open(),
    ]);
    const { clock } = context;
    sayWithoutPattern(host);
    return new ScheduleBook(new ScheduleStore(kv, { clock }), {
      clock,
      standard: () => standardSchedule(host.settings),
    });
  };
  const book = (): Promise<ScheduleBook> => opened ??= openBook();
  const runner = async (call: Pick<ScheduleRunnerOptions, "onEvent">): Promise<ScheduleRunner> => {
    const [{ ScheduleRunner }, { scheduleWork }, { hostname }] = await Promise.all([
      import("../jobs/schedule_runner.ts"),
      import("../operations/schedule_work.ts"),
      import("../platform/environment.ts"),
    ]);
    return new ScheduleRunner({
      ...call,
      book: await book(),
      work: scheduleWork(context, {
        places: host.places,
        // The working directory of the daemon is nobody's.
        sync: (work, call) => host.sync({ manifest: defaultManifest, ...work }, call),
      }),
      clock: context.clock,
      owner: {
        id: crypto.randomUUID(),
        pid,
        host: hostname(),
        ...(store.isFile ? {} : { installation: await host.installation() }),
      },
      alone: store.isFile,
      onNotice: (message) => context.notices.emit(message),
    });
  };
  let made: Schedules | undefined;
  const loaded = async (): Promise<Schedules> => {
    const { createSchedules } = await import("../operations/schedules.ts");
    return made ??= createSchedules(context, { book, runner, defaultManifest });
  };
  return {
    list: async () => await (await loaded()).list(),
    create: async (request) => await (await loaded()).create(request),
    remove: async (names) => await (await loaded()).remove(names),
    enable: async (names) => await (await loaded()).enable(names),
    disable: async (names) => await (await loaded()).disable(names),
    setActive: async (name) => await (await loaded()).setActive(name),
    run: async (options) => await (await loaded()).run(options),
    get running() {
      return made?.running ?? [];
    },
  };
}
