/**
 * What a person is told when a request is made again.
 *
 * @module
 */
import type { RetryNotice } from "../http/retry.ts";

/** One line, with the attempt that comes next. */
export function retryMessage({ attempt, maxAttempts, delayMs, error }: RetryNotice): string {
  const seconds = Math.max(1, Math.round(delayMs / 1000));
  return `${error.message}: trying again in ${seconds} s (attempt ${attempt + 1} of ${maxAttempts})`;
}
