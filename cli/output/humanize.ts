/**
 * Numbers and dates as people read them.
 *
 * @module
 */
import { formatAge } from "../../core/base/duration.ts";

/** `987`, `12.3k`, `1.2M`, `8.0B`: at most three digits. */
export function formatCount(count: number): string {
  if (count < 1000) return String(Math.round(count));
  let value = count;
  for (const unit of ["k", "M", "B", "T"]) {
    value /= 1000;
    const text = value < 99.95 ? value.toFixed(1) : value.toFixed(0);
    if (Number(text) < 1000 || unit === "T") return text + unit;
  }
  return String(count);
}

/** `3 days ago` from an ISO date; empty when there is none. */
export function formatDateAge(date: string | undefined, nowMs: number): string {
  const time = date === undefined ? NaN : Date.parse(date);
  return Number.isNaN(time) ? "" : formatAge(nowMs - time);
}

/** `in 3 days` from an ISO date in the future, `now` when it has come; empty when there is none. */
export function formatDateUntil(date: string | undefined, nowMs: number): string {
  const time = date === undefined ? NaN : Date.parse(date);
  if (Number.isNaN(time)) return "";
  const [, length] = /^(.+) ago$/.exec(formatAge(time - nowMs)) ?? [];
  return length === undefined ? "now" : `in ${length}`;
}

/** `42 %`: rounded down, so that 100 % is said of what is complete only. */
export function formatPercent(part: number, whole: number): string {
  if (whole <= 0) return "100 %";
  return `${Math.floor(Math.min(1, Math.max(0, part / whole)) * 100)} %`;
}

/** All digits, with separators between thousands: `1,994`. */
export function formatNumber(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `1 file`, `3 files`, `1,000 files`. */
export function plural(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** As {@link plural}, with large numbers cut short: `1 like`, `12.3k likes`. */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
