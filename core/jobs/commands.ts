/**
 * What people ask of the queue, as data: it crosses the control socket unchanged.
 *
 * @module
 */
import { type ErrorData, ModelManagerError } from "../base/errors.ts";
import {
  JOB_STATUSES,
  type JobOptions,
  type JobPriority,
  type JobRecord,
  type JobStatus,
} from "../state/job_record.ts";
import { parsePriority } from "./priority.ts";

/** Ids, or unique beginnings of ids; `all` stands for all that the command can be meant for. */
export type JobIds = readonly string[];

/** A reference to queue. */
export interface AddRequest {
  /** As typed. */
  readonly reference: string;
  readonly options: JobOptions;
  readonly priority: JobPriority;
  readonly modelsDir: string;
  readonly endpoint: string;
  readonly background?: true;
}

/** Where a job is to be in its priority: first, last, one place up or down, or in the n-th place from 1 on. */
export type JobPlace = "first" | "last" | "up" | "down" | number;

/** One thing asked of the queue. */
export type QueueCommand =
  | { readonly type: "add"; readonly requests: readonly AddRequest[] }
  | { readonly type: "pause" | "resume" | "retry" | "cancel"; readonly ids: JobIds }
  | { readonly type: "priority"; readonly ids: JobIds; readonly priority: JobPriority }
  | { readonly type: "move"; readonly id: string; readonly place: JobPlace }
  | { readonly type: "clear"; readonly status?: JobStatus | undefined };

/** What became of one job. */
export interface JobResult {
  /** The job's id, or what was given in its place when there is no such job. */
  readonly id: string;
  /** Whether anything changed. */
  readonly changed: boolean;
  /** As it is now; left out when it could not be found. */
  readonly job?: JobRecord;
  /** For an added reference: the job was there already. */
  readonly joined?: boolean;
  /** Why nothing could be done. */
  readonly error?: ErrorData;
}

const MAX_IDS = 10_000;
const MAX_TEXT = 4_096;

function refuse(what: string): never {
  throw new ModelManagerError("USAGE_ERROR", `Cannot read the command for the queue: ${what}`, {
    hints: ["Use the same version of mm everywhere: mm version"],
  });
}

function fields(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(`${what} is no object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function text(value: unknown, what: string): string {
  return typeof value === "string" && value.length <= MAX_TEXT ? value : refuse(`${what} is no text`);
}

function list(value: unknown, what: string): readonly unknown[] {
  return Array.isArray(value) && value.length <= MAX_IDS ? value : refuse(`${what} is no list`);
}

function texts(value: unknown, what: string): readonly string[] {
  return list(value, what).map((item) => text(item, what));
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(value);
}

function readOptions(value: unknown): JobOptions {
  const given = fields(value, "options");
  const include = optional(given["include"], (v) => texts(v, "include"));
  const exclude = optional(given["exclude"], (v) => texts(v, "exclude"));
  const revision = optional(given["revision"], (v) => text(v, "revision"));
  const to = optional(given["to"], (v) => text(v, "to"));
  const { connections, limitBytesPerSecond: limit } = given;
  return {
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(revision === undefined ? {} : { revision }),
    ...(to === undefined ? {} : { to }),
    ...(typeof connections === "number" ? { connections } : {}),
    ...(typeof limit === "number" || limit === null ? { limitBytesPerSecond: limit } : {}),
    ...(given["withMmproj"] === true ? { withMmproj: true } : {}),
    ...(given["force"] === true ? { force: true } : {}),
  };
}

function readRequest(value: unknown): AddRequest {
  const given = fields(value, "a request");
  return {
    reference: text(given["reference"], "reference"),
    options: readOptions(given["options"]),
    priority: parsePriority(text(given["priority"], "priority")),
    modelsDir: text(given["modelsDir"], "modelsDir"),
    endpoint: text(given["endpoint"], "endpoint"),
    ...(given["background"] === true ? { background: true } : {}),
  };
}

const PLACES = ["first", "last", "up", "down"] as const satisfies readonly JobPlace[];

/** Reads a place. @throws {ModelManagerError} `USAGE_ERROR` saying what there is. */
export function parsePlace(place: unknown): JobPlace {
  const word = PLACES.find((each) => each === place);
  if (word !== undefined) return word;
  if (typeof place === "number" && Number.isSafeInteger(place) && place >= 1) return place;
  throw new ModelManagerError(
    "USAGE_ERROR",
    `There is no place "${String(place)}" in the queue: wanted ${PLACES.join(", ")} or a number from 1 on`,
    { hints: ["Put a job before all of its priority: mm queue move ID first"] },
  );
}

function readStatus(value: unknown): JobStatus {
  return JOB_STATUSES.find((status) => status === value) ?? refuse("there is no such status");
}

/**
 * Reads a command that came from another process.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when it is none.
 */
export function readCommand(value: unknown): QueueCommand {
  const given = fields(value, "it");
  const { type } = given;
  switch (type) {
    case "add":
      return { type, requests: list(given["requests"], "requests").map(readRequest) };
    case "pause":
    case "resume":
    case "retry":
    case "cancel":
      return { type, ids: texts(given["ids"], "ids") };
    case "priority":
      return {
        type,
        ids: texts(given["ids"], "ids"),
        priority: parsePriority(text(given["priority"], "priority")),
      };
    case "move":
      return { type, id: text(given["id"], "id"), place: parsePlace(given["place"]) };
    case "clear":
      return { type, status: optional(given["status"], readStatus) };
    default:
      return refuse(`it does not know "${String(type)}"`);
  }
}
