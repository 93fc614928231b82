/**
 * The place of a job among those of its priority.
 *
 * @module
 */
import type { JobRecord } from "../state/job_record.ts";
import type { JobPlace } from "./commands.ts";

/** Whether a job stands before another one of the same priority. */
export function comesBefore(a: JobRecord, b: JobRecord): boolean {
  return a.position < b.position || (a.position === b.position && a.id < b.id);
}

/** The place among the others, from 0 on; `now` is the one that the job has. */
export function indexOf(place: JobPlace, now: number): number {
  switch (place) {
    case "first":
      return 0;
    case "last":
      return Infinity;
    case "up":
      return Math.max(0, now - 1);
    case "down":
      return now + 1;
    default:
      return place - 1;
  }
}

/** A position between neighbours; `undefined` when numbers are not fine enough for that. */
export function positionAt(others: readonly JobRecord[], index: number): number | undefined {
  const before = others[Math.min(index, others.length) - 1]?.position;
  const after = others[index]?.position;
  if (before === undefined) return after === undefined ? 0 : after - 1;
  if (after === undefined) return before + 1;
  const middle = (before + after) / 2;
  return middle > before && middle < after ? middle : undefined;
}
