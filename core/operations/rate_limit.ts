/**
 * The rate limit of the process, as callers set it.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import { isRateLimit } from "../download/rate_limiter.ts";
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

/**
 * Changes the limit that all transfers of the process share, those that run included.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when it is no rate.
 */
export function setRateLimit(context: OperationContext, bytesPerSecond: number | undefined): void {
  if (bytesPerSecond !== undefined) checkRateLimit(bytesPerSecond);
  context.machinery().limiter.setLimit(bytesPerSecond);
}
