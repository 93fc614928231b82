/**
 * Which records of the history are wanted: pure.
 *
 * @module
 */
import type { HistoryFilter, HistoryRecord } from "../../../core/state/history_record.ts";
import { printable } from "../../output/text_width.ts";

/** How far back the history is looked at. */
export const PERIODS = ["all", "1d", "7d", "30d"] as const;
/** One of {@link PERIODS}. */
export type Period = typeof PERIODS[number];

/** How the wanted downloads ended. */
export const STATUS_CHOICES = ["all", "completed", "failed", "cancelled"] as const;
/** One of {@link STATUS_CHOICES}. */
export type StatusChoice = typeof STATUS_CHOICES[number];

/** What is wanted. */
export interface HistoryChoice {
  readonly status: StatusChoice;
  readonly period: Period;
  /** A part of the names of repositories, in either case; empty for all of them. */
  readonly repo: string;
}

/** All of it. */
export const EVERYTHING: HistoryChoice = { status: "all", period: "all", repo: "" };

const DAY_MS = 86_400_000;
/** Days of the periods; all of them are as many as a chart shows. */
const DAYS: Readonly<Record<Period, number>> = { all: 30, "1d": 1, "7d": 7, "30d": 30 };

/** Days that a chart of the period has. */
export function periodDays(period: Period): number {
  return DAYS[period];
}

/** What the history is asked for; the name is compared here, as the history knows whole names only. */
export function filterOf({ status, period }: HistoryChoice, nowMs: number): HistoryFilter {
  return {
    ...(status === "all" ? {} : { status }),
    ...(period === "all" ? {} : { endedFromMs: nowMs - DAYS[period] * DAY_MS }),
  };
}

/** Whether a record is of a repository that is wanted. */
export function isOfRepo({ repo }: Pick<HistoryRecord, "repo">, wanted: string): boolean {
  return repo.toLowerCase().includes(wanted.trim().toLowerCase());
}

/** Whether something is left out. */
export function isNarrowed({ status, period, repo }: HistoryChoice): boolean {
  return status !== "all" || period !== "all" || repo.trim() !== "";
}

/** The one after it, the first after the last. */
export function nextOf<Value>(values: readonly Value[], value: Value): Value {
  return values[(values.indexOf(value) + 1) % values.length] ?? value;
}

const PERIOD_WORDS: Readonly<Record<Period, string>> = {
  all: "",
  "1d": "the last 24 hours",
  "7d": "the last 7 days",
  "30d": "the last 30 days",
};

/** `Failed downloads of the last 7 days with "llama" in the name`. */
export function choiceWords({ status, period, repo }: HistoryChoice): string {
  return [
    status === "all" ? "All downloads" : `${status[0]?.toUpperCase()}${status.slice(1)} downloads`,
    ...(period === "all" ? [] : [`of ${PERIOD_WORDS[period]}`]),
    ...(repo.trim() === "" ? [] : [`with "${printable(repo.trim())}" in the name`]),
  ].join(" ");
}

/** What to do when there is nothing to show; in words that hold where commands are typed, too. */
export function nothingText(choice: HistoryChoice): string {
  return isNarrowed(choice)
    ? "The history has nothing like that. Status (F), when (W) and filter (/) change what is looked for."
    : "No downloads yet. Search the Hub (2) for something to download.";
}
