/**
 * The schedules in Deno KV. Every change is a compare-and-set: of two processes that begin the same run, one succeeds,
 * and the other looks again.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { ModelManagerError } from "../base/errors.ts";
import { withKvRetry } from "../platform/kv.ts";
import { isUnreadable, readAllBelow } from "../platform/kv_unreadable.ts";
import {
  SCHEDULE_KINDS,
  SCHEDULE_RUN_STATUSES,
  type ScheduleRecord,
  type ScheduleResult,
  type ScheduleRun,
} from "./schedule_record.ts";

/** A schedule, and the state of the store in which it was read. */
export interface ScheduleEntry {
  readonly schedule: ScheduleRecord;
  /** Changes with each write. */
  readonly version: string;
}

/** What the store holds. */
export interface ScheduleListing {
  /** By name. */
  readonly entries: readonly ScheduleEntry[];
  /** Names of records that cannot be read; they are kept as they are. */
  readonly damaged: readonly string[];
}

/** A record as it is stored. */
interface StoredSchedule extends ScheduleRecord {
  /** Version of this shape. */
  readonly v: 1;
}

const SCHEDULES = "schedules";
/** A value may have 65,536 bytes, as UTF-16 in the worst case, with all that is around the text. */
const MAX_RECORD_CHARACTERS = 30_000;

type Judgement = "schedule" | "damaged" | "other";

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isOptional(value: unknown, isKind: (value: unknown) => boolean): boolean {
  return value === undefined || isKind(value);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Dates have to be dates: times are computed with them. */
function isDate(value: unknown): boolean {
  return isText(value) && !Number.isNaN(Date.parse(value));
}

function isRun(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { dueAt, startedAt, endsAt, attempts, retryAt, owner } = value as Partial<ScheduleRun>;
  return isDate(dueAt) && isDate(startedAt) && isOptional(endsAt, isDate) && isOptional(retryAt, isDate) &&
    typeof attempts === "number" && (owner === undefined || (isText(owner?.id) && isDate(owner.seenAt)));
}

function isResult(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { status, dueAt, startedAt, endedAt, error, warning } = value as Partial<ScheduleResult>;
  return SCHEDULE_RUN_STATUSES.some((each) => each === status) && isDate(dueAt) && isDate(endedAt) &&
    isOptional(startedAt, isDate) && (error === undefined || isText(error?.message)) &&
    isOptional(warning, isText);
}

function isTimeOfDay(value: unknown): boolean {
  return isText(value) && /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(value);
}

function hasTiming({ type, time, day, cron, until, timeZone }: Partial<StoredSchedule>): boolean {
  return SCHEDULE_KINDS.some((kind) => kind === type) && isOptional(until, isTimeOfDay) &&
    isOptional(timeZone, isText) && (type === "cron" ? isText(cron) : isTimeOfDay(time)) &&
    (type !== "weekly" || (Number.isInteger(day) && Number(day) >= 0 && Number(day) <= 6));
}

/** A record of a later version is not ours to read, but it is no damage. */
function judge(name: string, value: unknown): Judgement {
  if (!isObject(value) || !("v" in value)) return "damaged";
  if (typeof value.v === "number" && value.v > 1) return "other";
  const schedule = value as Partial<StoredSchedule>;
  const { references, limitBytesPerSecond: limit, maxConcurrent, manifest } = schedule;
  const sound = schedule.v === 1 && schedule.name === name && typeof schedule.enabled === "boolean" &&
    hasTiming(schedule) && Array.isArray(references) && references.every(isText) &&
    isOptional(manifest, isText) &&
    (limit === undefined || limit === null || typeof limit === "number") &&
    isOptional(maxConcurrent, Number.isInteger) &&
    isDate(schedule.createdAt) && isDate(schedule.handledUntil) &&
    isOptional(schedule.run, isRun) && isOptional(schedule.last, isResult);
  return sound ? "schedule" : "damaged";
}

function toSchedule({ v: _, ...schedule }: StoredSchedule): ScheduleRecord {
  return schedule;
}

/** The schedules of this machine, or of all that share a store. */
export class ScheduleStore {
  readonly #kv: Deno.Kv;
  readonly #clock: Clock;

  constructor(kv: Deno.Kv, options: { readonly clock?: Clock } = {}) {
    this.#kv = kv;
    this.#clock = options.clock ?? systemClock;
  }

  /** Everything that is kept. */
  async list(): Promise<ScheduleListing> {
    const stored = await withKvRetry(() => readAllBelow(this.#kv, [SCHEDULES]), { clock: this.#clock });
    const entries: ScheduleEntry[] = [];
    const damaged = [...stored.unreadable];
    for (const { key, value, versionstamp } of stored.entries) {
      const name = String(key[1]);
      const judgement = judge(name, value);
      if (judgement === "damaged") damaged.push(name);
      if (judgement === "schedule") {
        entries.push({ schedule: toSchedule(value as StoredSchedule), version: versionstamp });
      }
    }
    return { entries, damaged };
  }

  /** One schedule; `undefined` when there is none of that name that can be read. */
  async get(name: string): Promise<ScheduleEntry | undefined> {
    const read = () => this.#kv.get<unknown>([SCHEDULES, name]);
    const entry = await withKvRetry(read, { clock: this.#clock }).catch((error) => {
      if (isUnreadable(error)) return undefined;
      throw error;
    });
    if (entry === undefined) return undefined;
    const { value, versionstamp } = entry;
    if (versionstamp === null || judge(name, value) !== "schedule") return undefined;
    return { schedule: toSchedule(value as StoredSchedule), version: versionstamp };
  }

  /**
   * Adds a schedule.
   *
   * @returns the entry, or `undefined` when the name is taken, be it by a damaged record.
   * @throws {ModelManagerError} `USAGE_ERROR` when it is too long to be kept.
   */
  async insert(schedule: ScheduleRecord): Promise<ScheduleEntry | undefined> {
    checkSize(schedule);
    return await this.#commit(schedule, null);
  }

  /** Puts `schedule` in the place of what was read. @returns the new entry, or `undefined` when that was old. */
  async replace(entry: ScheduleEntry, schedule: ScheduleRecord): Promise<ScheduleEntry | undefined> {
    return await this.#commit(schedule, entry.version);
  }

  /** Several at once: all of them, or none when one of them was old. */
  async replaceAll(changes: readonly (readonly [ScheduleEntry, ScheduleRecord])[]): Promise<boolean> {
    return await withKvRetry(async () => {
      const transaction = this.#kv.atomic();
      for (const [{ version }, schedule] of changes) {
        const key = [SCHEDULES, schedule.name];
        transaction.check({ key, versionstamp: version }).set(key, toStored(schedule));
      }
      return (await transaction.commit()).ok;
    }, { clock: this.#clock });
  }

  /** Deletes a schedule that has not changed since it was read. @returns whether it is gone. */
  async delete({ schedule: { name }, version }: ScheduleEntry): Promise<boolean> {
    const key = [SCHEDULES, name];
    const commit = () => this.#kv.atomic().check({ key, versionstamp: version }).delete(key).commit();
    return (await withKvRetry(commit, { clock: this.#clock })).ok;
  }

  /** Deletes a record that cannot be read. */
  async deleteDamaged(name: string): Promise<void> {
    await withKvRetry(() => this.#kv.delete([SCHEDULES, name]), { clock: this.#clock });
  }

  async #commit(schedule: ScheduleRecord, version: string | null): Promise<ScheduleEntry | undefined> {
    const key = [SCHEDULES, schedule.name];
    const result = await withKvRetry(
      () => this.#kv.atomic().check({ key, versionstamp: version }).set(key, toStored(schedule)).commit(),
      { clock: this.#clock },
    );
    return result.ok ? { schedule, version: result.versionstamp } : undefined;
  }
}

function toStored(schedule: ScheduleRecord): StoredSchedule {
  return { ...schedule, v: 1 };
}

function checkSize(schedule: ScheduleRecord): void {
  if (JSON.stringify(schedule).length <= MAX_RECORD_CHARACTERS) return;
  throw new ModelManagerError(
    "USAGE_ERROR",
    `Cannot keep the schedule "${schedule.name}": its references are too long`,
    { hints: ["Put the models into a manifest, and let the schedule fetch that: mm schedule create --help"] },
  );
}
