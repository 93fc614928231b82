/**
 * The findings of `mm doctor`: what was looked at, how it is, and what to do.
 *
 * @module
 */
import { type ErrorData, isModelManagerError, toErrorData } from "../../base/errors.ts";

/** How it is: all well; it works, but something should be known; something does not work. */
export type CheckStatus = "ok" | "warning" | "problem";

/** What belongs together on the screen. */
export type CheckGroup = "program" | "settings" | "disk" | "state" | "library" | "network" | "machine";

/** The groups in their order. */
export const CHECK_GROUPS: readonly CheckGroup[] = [
  "program",
  "settings",
  "disk",
  "state",
  "library",
  "network",
  "machine",
];

/** What one look has found. */
export interface Finding {
  readonly status: CheckStatus;
  /** What is, in one line. */
  readonly detail: string;
  /** What to do, each with the next command. @default {[]} */
  readonly hints?: readonly string[];
  /** Further lines for who wants to know more. @default {[]} */
  readonly more?: readonly string[];
  /** It was not looked at; `detail` says why. @default {false} */
  readonly skipped?: boolean;
}

/** One line of the report. */
export interface Check {
  /** Stable, such as `models_dir.locks`. */
  readonly id: string;
  /** Where it stands in the report. */
  readonly group: CheckGroup;
  /** A few words for a person. */
  readonly title: string;
  /** How it is. */
  readonly status: CheckStatus;
  /** What is, in one line. */
  readonly detail: string;
  /** What to do, each with the next command. */
  readonly hints: readonly string[];
  /** Further lines for who wants to know more. */
  readonly more: readonly string[];
  /** It was not looked at; `detail` says why. */
  readonly skipped: boolean;
}

/** All findings. */
export interface DoctorReport {
  /** In the order of the groups. */
  readonly checks: readonly Check[];
  /** There is no problem; warnings are none. */
  readonly ok: boolean;
}

/** All is well. */
export function ok(detail: string, rest: Partial<Finding> = {}): Finding {
  return { ...rest, status: "ok", detail };
}

/** It works, but a person should know. */
export function warning(detail: string, hints: readonly string[], rest: Partial<Finding> = {}): Finding {
  return { ...rest, status: "warning", detail, hints };
}

/** It does not work. */
export function problem(detail: string, hints: readonly string[], rest: Partial<Finding> = {}): Finding {
  return { ...rest, status: "problem", detail, hints };
}

/** Nobody looked. */
export function skipped(why: string, hints: readonly string[] = []): Finding {
  return { status: "ok", detail: `not checked: ${why}`, hints, skipped: true };
}

/** What an error says, as a finding. */
export function fromError(error: unknown, status: CheckStatus = "problem"): Finding {
  const { message, hints, causes }: ErrorData = toErrorData(error);
  const isOurs = isModelManagerError(error);
  return {
    status,
    detail: isOurs ? message : `cannot be checked: ${message.split("\n")[0]}`,
    hints: hints.length > 0 ? hints : ["See more: mm doctor -v"],
    more: causes,
  };
}
