/**
 * The options that say how fast something is fetched, the same wherever a command has them.
 *
 * @module
 */
import type { PullRequest } from "../../core/operations/model_manager.ts";
import { countReader, rateReader } from "../flags.ts";

/** `--connections <N>`. */
export const CONNECTIONS_OPTION = [
  "--connections <N>",
  "connections at once",
  countReader("--connections", { minimum: 1, maximum: 16 }),
] as const;

/** `--limit-rate <RATE>`. */
export const LIMIT_RATE_OPTION = [
  "--limit-rate <RATE>",
  "bytes a second, such as 20M; off for no limit",
  rateReader("--limit-rate"),
] as const;

/** The options as read; a command may have only one of them. */
export interface TransferOptions {
  readonly connections?: number | undefined;
  /** `Infinity` for none. */
  readonly limitRate?: number | undefined;
}

/** What the options ask for, as requests have it; what is not given is left out. */
export function readTransferOptions(
  { connections, limitRate }: TransferOptions,
): Pick<PullRequest, "connections" | "limitBytesPerSecond"> {
  return {
    ...(connections === undefined ? {} : { connections }),
    ...(limitRate === undefined ? {} : { limitBytesPerSecond: limitRate === Infinity ? null : limitRate }),
  };
}
