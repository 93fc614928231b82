/**
 * One debug record a request: URLs without secrets, no header values, no bodies.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../base/clock.ts";
import { isModelManagerError } from "../base/errors.ts";
import { redactUrl } from "../base/redact.ts";
import type { FetchDecorator } from "./fetch.ts";
import { requestMethod, requestUrl } from "./request_parts.ts";

/** What is logged of one attempt. */
export interface RequestRecord {
  readonly method: string;
  /** Redacted. */
  readonly url: string;
  /** HTTP status, or the error code when there was no reply. */
  readonly outcome: string;
  readonly elapsedMs: number;
}

/** Where records go. @default {the logger `["mm", "http"]`} */
export type RequestLog = (record: RequestRecord) => void;

/** Sends records to the logger `["mm", "http"]` at level debug; who configures sinks decides what is kept. */
export function logRequest(record: RequestRecord): void {
  getLogger(["mm", "http"]).debug("{method} {url} -> {outcome} in {elapsedMs} ms", { ...record });
}

/** Logs each attempt with its outcome. */
export function withLogging(clock: Clock, log: RequestLog = logRequest): FetchDecorator {
  return (next) => async (input, init) => {
    const started = clock.monotonic();
    const record = (outcome: string): void =>
      log({
        method: requestMethod(input, init),
        url: redactUrl(requestUrl(input)),
        outcome,
        elapsedMs: Math.round(clock.monotonic() - started),
      });
    try {
      const response = await next(input, init);
      record(String(response.status));
      return response;
    } catch (error) {
      record(isModelManagerError(error) ? error.code : "FAILED");
      throw error;
    }
  };
}
