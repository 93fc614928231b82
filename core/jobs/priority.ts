/**
 * Priorities: their order, and how a person names one.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import { meantHints } from "../base/near_names.ts";
import { JOB_PRIORITIES, type JobPriority } from "../state/job_record.ts";

/** The priority of a job when nobody says otherwise. */
export const DEFAULT_PRIORITY: JobPriority = "normal";

/** 3 for `urgent` down to 0 for `low`. */
export function rankOf(priority: JobPriority): number {
  return JOB_PRIORITIES.length - 1 - JOB_PRIORITIES.indexOf(priority);
}

/**
 * Reads a priority.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` naming those that there are.
 */
export function parsePriority(text: string): JobPriority {
  const wanted = text.trim().toLowerCase();
  const found = JOB_PRIORITIES.find((priority) => priority === wanted);
  if (found !== undefined) return found;
  throw new ModelManagerError(
    "USAGE_ERROR",
    `There is no priority "${text}": wanted ${JOB_PRIORITIES.join(", ")}`,
    { hints: [...meantHints(text, JOB_PRIORITIES), "Set one: mm queue priority high ID"] },
  );
}
