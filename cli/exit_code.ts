/**
 * Exit codes: a promise to scripts.
 *
 * @module
 */
import type { ErrorCode } from "../core/base/errors.ts";
import type { StopSignal } from "./terminal.ts";

/** The exit code of every error code; `CANCELLED` depends on the signal, see {@link signalExitCode}. */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  FAILED: 1,
  USAGE_ERROR: 2,
  CONFIG_INVALID: 2,
  NOT_FOUND: 3,
  AUTHENTICATION_ERROR: 4,
  GATED: 4,
  CHECKSUM_MISMATCH: 5,
  NETWORK_ERROR: 6,
  RATE_LIMITED: 7,
  INSUFFICIENT_SPACE: 8,
  QUOTA_EXCEEDED: 8,
  OFFLINE: 9,
  LOCKED: 10,
  PARTIAL: 11,
  PERMISSION_ERROR: 12,
  CANCELLED: 130,
};

const SIGNAL_EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** The exit code after a signal: 128 and its number. */
export function signalExitCode(signal: StopSignal): number {
  return SIGNAL_EXIT_CODES[signal];
}

/**
 * The exit code for several references: `PARTIAL` when some failed and others did not, otherwise that of the
 * first failure.
 */
export function exitCodeOf(outcomes: readonly (ErrorCode | undefined)[]): number {
  const failures = outcomes.filter((code) => code !== undefined);
  const [first] = failures;
  if (first === undefined) return 0;
  return failures.length < outcomes.length ? EXIT_CODES.PARTIAL : EXIT_CODES[first];
}
