/**
 * Schedules: when the program fetches by itself.
 *
 * @module
 */
import { resolve } from "node:path";
import { ModelManagerError } from "../base/errors.ts";
import { formatReference, parseReference, webHosts } from "../base/reference.ts";
import {
  damagedScheduleNotice,
  type NewSchedule,
  type ScheduleBook,
  type ScheduleChange,
  type ScheduleInfo,
} from "../jobs/schedule_book.ts";
import type { RunningSchedule, ScheduleEvent, ScheduleRunner } from "../jobs/schedule_runner.ts";
import type { TimingRequest } from "../jobs/schedule_timing.ts";
import { fileFacts } from "../platform/directory.ts";
import type { OperationContext } from "./context.ts";
import { MANIFEST_NAME } from "./manifest_name.ts";
import type { CallOptions } from "./model_manager.ts";
import { checkRateLimit } from "./rate_limit.ts";

/** A schedule to make. */
export interface ScheduleRequest extends TimingRequest {
  /** Up to 40 letters, digits, dots, hyphens and underscores. */
  readonly name: string;
  /** What to fetch, as typed. @default all that the manifest wants */
  readonly references?: readonly string[];
  /**
   * The manifest, when no references are given.
   *
   * @default `models.json` in the working directory, else the one in the configuration directory
   */
  readonly manifest?: string;
  /** Bytes a second; `null` for no limit. @default what the settings say at that time */
  readonly limitBytesPerSecond?: number | null;
  /** References that are fetched at once. @default what the settings say at that time */
  readonly maxConcurrent?: number;
}

/** How the schedules are worked. */
export interface ScheduleRunOptions extends CallOptions {
  /** Told what happens. */
  readonly onEvent?: (event: ScheduleEvent) => void;
}

/** The schedules. The daemon works them; they can be changed whether it runs or not. */
export interface Schedules {
  /** By name. */
  list(): Promise<readonly ScheduleInfo[]>;
  /**
   * Makes a schedule and switches it on.
   *
   * @throws {ModelManagerError} `USAGE_ERROR` when its name is taken, or it can never be due.
   */
  create(request: ScheduleRequest): Promise<ScheduleChange>;
  /** Deletes schedules. @throws {ModelManagerError} `NOT_FOUND` before anything is changed. */
  remove(names: readonly string[]): Promise<ScheduleChange[]>;
  /** Switches schedules on. @throws {ModelManagerError} `NOT_FOUND` before anything is changed. */
  enable(names: readonly string[]): Promise<ScheduleChange[]>;
  /** Switches schedules off. @throws {ModelManagerError} `NOT_FOUND` before anything is changed. */
  disable(names: readonly string[]): Promise<ScheduleChange[]>;
  /** Switches one schedule on and all others off. @returns every schedule. */
  setActive(name: string): Promise<ScheduleChange[]>;
  /**
   * Works the schedules until the signal is aborted: begins what is due, and stops it at the end of its window. What
   * runs then stops, and goes on at the next start. Only for the process that holds the daemon's lock.
   */
  run(options?: ScheduleRunOptions): Promise<void>;
  /** What is being worked on in this process. */
  readonly running: readonly RunningSchedule[];
}

const MAX_CONCURRENT = 64;

/** Absolute: who works the schedule has another working directory. */
async function locateManifest(file: string | undefined): Promise<string | undefined> {
  if (file !== undefined) return resolve(file);
  const here = resolve(MANIFEST_NAME);
  return await fileFacts(here) === undefined ? undefined : here;
}

/** It may be made later; who has mistyped its name wants to know now. */
async function sayManifest(
  { notices }: Pick<OperationContext, "notices">,
  { path, defaultManifest }: { readonly path: string | undefined; readonly defaultManifest: string },
): Promise<void> {
  const meant = path ?? defaultManifest;
  const isThere = await fileFacts(meant) !== undefined;
  const missing = `There is no manifest "${meant}" yet: until there is, its runs fail`;
  if (path === undefined) {
    const here = `There is no "${MANIFEST_NAME}" in this folder: the schedule follows "${meant}"`;
    notices.emit(isThere ? here : `${here}. ${missing}`);
  } else if (!isThere) notices.emit(missing);
}

async function toNewSchedule(
  context: Pick<OperationContext, "endpoint">,
  request: ScheduleRequest,
): Promise<NewSchedule> {
  const { name, references = [], manifest, limitBytesPerSecond: limit, maxConcurrent, ...timing } = request;
  if (limit !== undefined && limit !== null) checkRateLimit(limit);
  const countable = maxConcurrent === undefined ||
    (Number.isInteger(maxConcurrent) && maxConcurrent >= 1 && maxConcurrent <= MAX_CONCURRENT);
  if (!countable) {
    throw new ModelManagerError(
      "USAGE_ERROR",
      `Cannot fetch ${maxConcurrent} references at once: wanted a whole number from 1 to ${MAX_CONCURRENT}`,
      { hints: ["Write it like --max-concurrent 2"] },
    );
  }
  if (references.length > 0 && manifest !== undefined) {
    throw new ModelManagerError(
      "USAGE_ERROR",
      "A schedule fetches either references or a manifest, not both",
      {
        hints: ["Make two of them: mm schedule create --help"],
      },
    );
  }
  const path = references.length > 0 ? undefined : await locateManifest(manifest);
  const hosts = webHosts(context.endpoint);
  const canonical = references.map((reference) => formatReference(parseReference(reference, { hosts })));
  return {
    name,
    timing,
    references: [...new Set(canonical)],
    ...(path === undefined ? {} : { manifest: path }),
    ...(limit === undefined ? {} : { limitBytesPerSecond: limit }),
    ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
  };
}

/** Makes the schedules. */
export function createSchedules(
  context: OperationContext,
  options: {
    book(): Promise<ScheduleBook>;
    /** Absolute: what a schedule follows that names no manifest. */
    readonly defaultManifest: string;
    runner(call: Pick<ScheduleRunOptions, "onEvent">): Promise<ScheduleRunner>;
  },
): Schedules {
  const book = (): Promise<ScheduleBook> => options.book();
  const { defaultManifest } = options;
  let runner: ScheduleRunner | undefined;
  return {
    async list() {
      const { schedules, damaged } = await (await book()).list();
      if (damaged.length > 0) context.notices.emit(damagedScheduleNotice(damaged));
      return schedules;
    },
    async create(request) {
      const wanted = await toNewSchedule(context, request);
      const change = await (await book()).create(wanted);
      // Not before: who has to mend a mistake first need not hear of the manifest.
      if (wanted.references.length === 0) {
        await sayManifest(context, { path: wanted.manifest, defaultManifest });
      }
      return change;
    },
    remove: async (names) => await (await book()).remove(names),
    enable: async (names) => await (await book()).enable(names),
    disable: async (names) => await (await book()).disable(names),
    setActive: async (name) => await (await book()).setActive(name),
    async run({ signal = new AbortController().signal, onEvent } = {}) {
      const made = await options.runner(onEvent === undefined ? {} : { onEvent });
      runner = made;
      await made.run(signal);
    },
    get running() {
      return runner?.running ?? [];
    },
  };
}
