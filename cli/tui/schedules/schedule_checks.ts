/**
 * What is wrong with what was typed of a schedule: the same checks as those of `mm schedule create`.
 *
 * @module
 */
import { isModelManagerError } from "../../../core/base/errors.ts";
import { parseReference } from "../../../core/base/reference.ts";
import type { TimingRequest } from "../../../core/operations/model_manager.ts";
import { parseRate } from "../../flags.ts";
import type { DaemonRoom } from "../../wiring.ts";

/** The rules of schedules. */
export type ScheduleRules = Pick<DaemonRoom, "checkScheduleName" | "readTiming">;

/** What it complains about, without the options that only a command line has; `undefined` when all is well. */
export function problemOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!isModelManagerError(error)) throw error;
    return error.message.replace(/^The option --[\w-]+ is /, "It is ");
  }
}

/** Nothing was typed. */
export function isEmpty(text: string): boolean {
  return text.trim() === "";
}

/** What is wrong with times. */
export function timingProblem(
  timing: TimingRequest,
  { rules, nowMs }: { readonly rules: ScheduleRules; readonly nowMs: number },
): string | undefined {
  return problemOf(() => rules.readTiming(timing, { nowMs }));
}

/** The references in a text, with spaces or commas between them. */
export function splitReferences(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((part) => part !== "");
}

/** What is wrong with references. */
export function referencesProblem(text: string, hosts: readonly string[]): string | undefined {
  const references = splitReferences(text);
  if (references.length === 0) return "Wanted at least one, such as org/name:Q4_K_M";
  return references.map((reference) => problemOf(() => parseReference(reference, { hosts })))
    .find((problem) => problem !== undefined);
}

/** The limit of a request; left out for an empty text, `null` for no limit. */
export function readLimit(text: string): { readonly limitBytesPerSecond?: number | null } {
  if (isEmpty(text)) return {};
  const rate = parseRate(text);
  return { limitBytesPerSecond: rate === Infinity ? null : rate };
}

/** What is wrong with a name. */
export function nameProblem(
  text: string,
  { rules, taken }: { readonly rules: ScheduleRules; readonly taken: readonly string[] },
): string | undefined {
  const name = text.trim();
  if (taken.includes(name)) return `There is a schedule "${name}" already`;
  return problemOf(() => rules.checkScheduleName(name));
}
