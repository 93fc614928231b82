/**
 * The schedules as people change them, and the one that stands in the settings. It works whether or not somebody works
 * the schedules, in whatever process.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { ModelManagerError } from "../base/errors.ts";
import { meantHints } from "../base/near_names.ts";
import type { ScheduleRecord, ScheduleTiming } from "../state/schedule_record.ts";
import type { ScheduleEntry, ScheduleListing, ScheduleStore } from "../state/schedules.ts";
import { nextRunMs } from "./schedule_decision.ts";
import { readTiming, type TimingRequest } from "./schedule_timing.ts";

/** A schedule to make. */
export interface NewSchedule {
  /** Letters, digits, dots, hyphens and underscores. */
  readonly name: string;
  /** When it is due. */
  readonly timing: TimingRequest;
  /** In their short form; nothing stands for the manifest. */
  readonly references: readonly string[];
  /** Absolute. */
  readonly manifest?: string;
  /** Bytes a second; `null` for no limit. */
  readonly limitBytesPerSecond?: number | null;
  /** References at once. */
  readonly maxConcurrent?: number;
}

/** A schedule, and when it runs next. */
export interface ScheduleInfo extends ScheduleRecord {
  /** Left out when it is off, or never runs again. ISO 8601, UTC. */
  readonly nextRunAt?: string;
}

/** What became of a schedule. */
export interface ScheduleChange {
  /** Its name. */
  readonly name: string;
  /** Whether anything changed. */
  readonly changed: boolean;
  /** As it is now; left out when it is gone. */
  readonly schedule?: ScheduleInfo;
}

/** The schedule of the settings. */
export interface DefaultSchedule {
  readonly timing: ScheduleTiming;
  readonly maxConcurrent: number;
}

/** What the schedule of the settings is called. */
export const DEFAULT_NAME = "default";
/** Two processes that change the same schedule at once both come to an end long before. */
const MAX_ATTEMPTS = 100;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

/** What a person should know of records that cannot be read. */
export function damagedScheduleNotice(names: readonly string[]): string {
  const records = names.length === 1
    ? "A damaged record of a schedule was"
    : "Damaged records of schedules were";
  return `${records} left aside (${names.join(", ")}); to delete what is damaged: mm schedule remove NAME`;
}

/** @throws {ModelManagerError} `USAGE_ERROR` when a schedule cannot be called so. */
export function checkScheduleName(name: string): void {
  if (NAME.test(name)) return;
  throw new ModelManagerError(
    "USAGE_ERROR",
    `A schedule cannot be called "${name}": wanted up to 40 letters, digits, dots, hyphens and underscores, beginning with a letter or digit`,
    { hints: ["Write it like --name nightly"] },
  );
}

/** The schedules of this machine. */
export class ScheduleBook {
  readonly store: ScheduleStore;
  readonly #clock: Clock;
  readonly #standard: () => DefaultSchedule | undefined;

  /** @param options.standard The schedule of the settings, when it is switched on. */
  constructor(
    store: ScheduleStore,
    options: { readonly clock: Clock; readonly standard?: () => DefaultSchedule | undefined },
  ) {
    this.store = store;
    this.#clock = options.clock;
    this.#standard = options.standard ?? (() => undefined);
  }

  /** Everything that counts, the schedule of the settings included. */
  async entries(): Promise<ScheduleListing> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const listing = await this.store.list();
      if (!await this.#followSettings(listing)) return listing;
    }
    throw busyError();
  }

  /** All schedules by name, and the names of those that are damaged. */
  async list(): Promise<
    { readonly schedules: readonly ScheduleInfo[]; readonly damaged: readonly string[] }
  > {
    const { entries, damaged } = await this.entries();
    return { schedules: entries.map(({ schedule }) => this.#info(schedule)), damaged };
  }

  /**
   * Makes a schedule.
   *
   * @throws {ModelManagerError} `USAGE_ERROR` when its name is taken, or it can never be due.
   */
  async create(request: NewSchedule): Promise<ScheduleChange> {
    const { name, timing, references, manifest, limitBytesPerSecond, maxConcurrent } = request;
    checkScheduleName(name);
    const nowMs = this.#clock.now();
    const now = new Date(nowMs).toISOString();
    const schedule: ScheduleRecord = {
      name,
      enabled: true,
      ...readTiming(timing, { nowMs }),
      references,
      ...(manifest === undefined ? {} : { manifest }),
      ...(limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond }),
      ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
      createdAt: now,
      handledUntil: now,
    };
    if (await this.store.insert(schedule) === undefined) {
      throw takenError(name, { isStandard: name === DEFAULT_NAME && this.#standard() !== undefined });
    }
    return { name, changed: true, schedule: this.#info(schedule) };
  }

  /** Switches schedules on: from now on, what was due before is not made up for. */
  async enable(names: readonly string[]): Promise<ScheduleChange[]> {
    await this.#checkNames(names);
    return await this.#each(names, (schedule) => this.#enabled(schedule));
  }

  /** Switches schedules off; one that is at work stops. */
  async disable(names: readonly string[]): Promise<ScheduleChange[]> {
    await this.#checkNames(names);
    return await this.#each(
      names,
      (schedule) => schedule.enabled ? { ...schedule, enabled: false } : schedule,
    );
  }

  /** Switches one schedule on and all others off, at once. @returns every schedule. */
  async setActive(name: string): Promise<ScheduleChange[]> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { entries, damaged } = await this.entries();
      if (!entries.some(({ schedule }) => schedule.name === name)) throw unknownError(name, entries, damaged);
      const changes = entries.flatMap((entry) => {
        const { schedule } = entry;
        const next = schedule.name === name
          ? this.#enabled(schedule)
          : schedule.enabled
          ? { ...schedule, enabled: false }
          : schedule;
        return next === schedule ? [] : [[entry, next] as const];
      });
      if (changes.length > 0 && !await this.store.replaceAll(changes)) continue;
      const changed = new Map(changes.map(([, schedule]) => [schedule.name, schedule]));
      return entries.map(({ schedule }) => ({
        name: schedule.name,
        changed: changed.has(schedule.name),
        schedule: this.#info(changed.get(schedule.name) ?? schedule),
      }));
    }
    throw busyError();
  }

  /** Deletes schedules, damaged ones as well; one that is at work stops. */
  async remove(names: readonly string[]): Promise<ScheduleChange[]> {
    const { entries, damaged } = await this.#checkNames(names);
    const standard = entries.find(({ schedule: { name, fromSettings } }) =>
      fromSettings === true && names.includes(name)
    );
    if (standard !== undefined) {
      throw new ModelManagerError(
        "USAGE_ERROR",
        `The schedule "${standard.schedule.name}" stands in the settings`,
        { hints: ["Switch it off there: mm config set default_schedule.enabled false"] },
      );
    }
    for (const name of new Set(names)) {
      if (damaged.includes(name)) await this.store.deleteDamaged(name);
      else await this.#delete(name);
    }
    return [...new Set(names)].map((name) => ({ name, changed: true }));
  }

  /** It may be changing all the time, when it is at work. */
  async #delete(name: string): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const entry = await this.store.get(name);
      if (entry === undefined || await this.store.delete(entry)) return;
    }
    throw busyError();
  }

  async #each(
    names: readonly string[],
    change: (schedule: ScheduleRecord) => ScheduleRecord,
  ): Promise<ScheduleChange[]> {
    const changes: ScheduleChange[] = [];
    for (const name of new Set(names)) changes.push(await this.#change(name, change));
    return changes;
  }

  async #change(name: string, change: (schedule: ScheduleRecord) => ScheduleRecord): Promise<ScheduleChange> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const entry = await this.store.get(name);
      if (entry === undefined) throw unknownError(name, (await this.store.list()).entries, []);
      const schedule = change(entry.schedule);
      if (schedule === entry.schedule) return { name, changed: false, schedule: this.#info(schedule) };
      if (await this.store.replace(entry, schedule) !== undefined) {
        return { name, changed: true, schedule: this.#info(schedule) };
      }
    }
    throw busyError();
  }

  #enabled(schedule: ScheduleRecord): ScheduleRecord {
    if (schedule.enabled) return schedule;
    const now = new Date(Math.max(this.#clock.now(), Date.parse(schedule.handledUntil))).toISOString();
    return { ...schedule, enabled: true, handledUntil: now };
  }

  /** All names have to be known before anything is changed. */
  async #checkNames(names: readonly string[]): Promise<ScheduleListing> {
    const listing = await this.entries();
    const { entries, damaged } = listing;
    for (const name of names) {
      const known = entries.some(({ schedule }) => schedule.name === name) || damaged.includes(name);
      if (!known) throw unknownError(name, entries, damaged);
    }
    return listing;
  }

  #info(schedule: ScheduleRecord): ScheduleInfo {
    const nextMs = nextOrNone(schedule, this.#clock.now());
    return { ...schedule, ...(nextMs === undefined ? {} : { nextRunAt: new Date(nextMs).toISOString() }) };
  }

  /** Makes the record of the settings' schedule, changes or deletes it. @returns whether there was a change. */
  async #followSettings({ entries, damaged }: ScheduleListing): Promise<boolean> {
    const own = entries.find(({ schedule }) => schedule.fromSettings === true);
    const others = entries.length - (own === undefined ? 0 : 1) + damaged.length;
    const standard = others > 0 ? undefined : this.#standard();
    if (standard === undefined) return own === undefined ? false : (await this.store.delete(own), true);
    const now = new Date(this.#clock.now()).toISOString();
    const timing = { ...standard.timing, maxConcurrent: standard.maxConcurrent };
    if (own === undefined) {
      const made = { name: DEFAULT_NAME, enabled: true, references: [], fromSettings: true } as const;
      await this.store.insert({ ...made, ...timing, createdAt: now, handledUntil: now });
      return true;
    }
    const { type, time, day, maxConcurrent } = own.schedule;
    const same = type === timing.type && time === timing.time && day === timing.day &&
      maxConcurrent === timing.maxConcurrent;
    if (same) return false;
    const { day: _, ...rest } = own.schedule;
    await this.store.replace(own, { ...rest, ...timing, handledUntil: now });
    return true;
  }
}

/** A pattern that this version cannot read is never due; whoever works it says why. */
function nextOrNone(schedule: ScheduleRecord, nowMs: number): number | undefined {
  try {
    return nextRunMs(schedule, nowMs);
  } catch {
    return undefined;
  }
}

function takenError(name: string, { isStandard }: { readonly isStandard: boolean }): ModelManagerError {
  return new ModelManagerError("USAGE_ERROR", `There is a schedule "${name}" already`, {
    hints: isStandard
      ? ["Give another name, or switch that one off: mm config set default_schedule.enabled false"]
      : [`Give another name, or remove that one: mm schedule remove ${name}`],
  });
}

function unknownError(
  name: string,
  entries: readonly ScheduleEntry[],
  damaged: readonly string[],
): ModelManagerError {
  const names = [...entries.map(({ schedule }) => schedule.name), ...damaged];
  const known = names.length === 0 ? "there is none at all" : `there are ${names.join(", ")}`;
  return new ModelManagerError("NOT_FOUND", `There is no schedule "${name}": ${known}`, {
    hints: [
      ...meantHints(name, names),
      names.length === 0 ? "Make one: mm schedule create --help" : "See them: mm schedule list",
    ],
  });
}

function busyError(): ModelManagerError {
  return new ModelManagerError(
    "LOCKED",
    "Cannot change the schedules: other processes change them all the time",
    {
      hints: ["Try again in a moment"],
      retryable: true,
    },
  );
}
