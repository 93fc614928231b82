/**
 * The rate limit of the process, as callers set it.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import { parseRateTimetable, rateLimitAt, type RateSetting } from "../base/rate_timetable.ts";
import { isRateLimit, type LimitAt } from "../download/rate_limiter.ts";
import type { OperationContext } from "./context.ts";

/** @throws {ModelManagerError} `USAGE_ERROR` when a number can be no rate limit. */
export function checkRateLimit(bytesPerSecond: number): void {
  if (isRateLimit(bytesPerSecond)) return;
  throw new ModelManagerError(
    "USAGE_ERROR",
    `Cannot limit the rate to ${bytesPerSecond} bytes a second: wanted a number of at least 1`,
    { hints: ["Write it like --limit-rate 20M, or --limit-rate off for no limit"] },
  );
}

/** A setting as the limiter takes it. */
export function limitOfSetting(setting: RateSetting | undefined): number | LimitAt | undefined {
  return typeof setting === "string" ? (nowMs) => rateLimitAt(setting, nowMs) : setting ?? undefined;
}

/**
 * Changes the limit that all transfers of the process share, those that run included.
 *
 * @param limit Bytes a second, the text of a timetable, or nothing for no limit.
 * @throws {ModelManagerError} `USAGE_ERROR` when it is no rate.
 */
export function setRateLimit(context: OperationContext, limit: RateSetting | undefined): void {
  if (typeof limit === "string") parseRateTimetable(limit);
  else if (limit !== undefined && limit !== null) checkRateLimit(limit);
  context.machinery().limiter.setLimit(limitOfSetting(limit));
}
