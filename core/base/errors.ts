/**
 * The error model: one base class with a stable `code`, advice in `hints`, and a data form that crosses
 * threads, sockets and JSON unchanged.
 *
 * @module
 */
import { missingRightOf } from "./missing_right.ts";

/** Every `error.code` that the program, its JSON output and its history can contain. */
export const ERROR_CODES = [
  "FAILED",
  "USAGE_ERROR",
  "CONFIG_INVALID",
  "NOT_FOUND",
  "AUTHENTICATION_ERROR",
  "GATED",
  "CHECKSUM_MISMATCH",
  "NETWORK_ERROR",
  "RATE_LIMITED",
  "INSUFFICIENT_SPACE",
  "QUOTA_EXCEEDED",
  "OFFLINE",
  "LOCKED",
  "PARTIAL",
  "PERMISSION_ERROR",
  "CANCELLED",
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = typeof ERROR_CODES[number];

/** What may be said about an error besides its message. */
export interface ModelManagerErrorOptions {
  /** Advice for a person: each a sentence that names the next command to type. */
  readonly hints?: readonly string[];
  /** The same request may succeed later without a change. @default {false} */
  readonly retryable?: boolean;
  /** How long the other side asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** What led here. */
  readonly cause?: unknown;
}

/**
 * An expected failure: something a person or a caller can act on.
 *
 * Branch on `code`, never on the class or the text: errors cross threads as plain data.
 *
 * @example
 * ```ts
 * import { ModelManagerError } from "./errors.ts";
 * const error = new ModelManagerError("NOT_FOUND", 'Repository "acme/none" does not exist', {
 *   hints: ["Search for it: mm search none"],
 * });
 * if (error.code !== "NOT_FOUND") throw error;
 * ```
 */
export class ModelManagerError extends Error {
  /** Always `ModelManagerError`. */
  override readonly name: string = "ModelManagerError";
  /** What kind of failure this is. */
  readonly code: ErrorCode;
  /** Advice for a person. */
  readonly hints: readonly string[];
  /** The same request may succeed later without a change. */
  readonly retryable: boolean;
  /** How long the other side asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  /**
   * Makes an error; it is thrown by whoever made it.
   *
   * @param message Sentence case, no final period, quoted names, what is and what was wanted.
   */
  constructor(code: ErrorCode, message: string, options: ModelManagerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hints = options.hints ?? [];
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** An error as plain data: survives `postMessage`, sockets and JSON. */
export interface ErrorData {
  /** What kind of failure this is. */
  readonly code: ErrorCode;
  /** What is and what was wanted. */
  readonly message: string;
  /** Advice for a person. */
  readonly hints: readonly string[];
  /** Messages of the causes, nearest first. */
  readonly causes: readonly string[];
  /** The same request may succeed later without a change; left out when it may not. */
  readonly retryable?: boolean;
  /** How long the other side asked to wait, in milliseconds; left out when it did not. */
  readonly retryAfterMs?: number;
}

/** Whether a value is an error of ours, also one made in another realm. */
export function isModelManagerError(value: unknown): value is ModelManagerError {
  return value instanceof ModelManagerError ||
    (value instanceof Error && "hints" in value && "code" in value &&
      ERROR_CODES.includes(value.code as ErrorCode));
}

/** A chain that is longer leads nowhere; all mistakes of a file have room in it. */
const MAX_CAUSES = 200;

/** The messages of an error's causes, nearest first, each once. */
export function causeMessages(error: unknown): string[] {
  const messages: string[] = [];
  let current = error instanceof Error ? error.cause : undefined;
  for (let depth = 0; current !== undefined && current !== null && depth < MAX_CAUSES; depth++) {
    const message = current instanceof Error ? current.message : String(current);
    if (message !== "" && !messages.includes(message)) messages.push(message);
    current = current instanceof Error ? current.cause : undefined;
  }
  return messages;
}

/** An error's data form; anything that is not ours becomes `FAILED`, but for refusals of the runtime. */
export function toErrorData(error: unknown): ErrorData {
  if (isModelManagerError(error)) {
    return {
      code: error.code,
      message: error.message,
      hints: error.hints,
      causes: causeMessages(error),
      ...(error.retryable ? { retryable: true } : {}),
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  const missing = missingRightOf(error);
  if (missing !== undefined) return { code: "PERMISSION_ERROR", ...missing, causes: [message] };
  return { code: "FAILED", message, hints: [], causes: causeMessages(error) };
}

/** The error again from its data form. */
export function fromErrorData(data: ErrorData): ModelManagerError {
  let cause: Error | undefined;
  for (const message of [...data.causes].reverse()) {
    cause = new Error(message, cause === undefined ? undefined : { cause });
  }
  return new ModelManagerError(data.code, data.message, {
    hints: data.hints,
    retryable: data.retryable ?? false,
    ...(data.retryAfterMs === undefined ? {} : { retryAfterMs: data.retryAfterMs }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error for work stopped by an `AbortSignal`. */
export function cancelledError(reason?: unknown): ModelManagerError {
  if (isModelManagerError(reason)) return reason;
  return new ModelManagerError("CANCELLED", "Cancelled", reason === undefined ? {} : { cause: reason });
}

/** Throws `CANCELLED` (or the signal's own error) when the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelledError(signal.reason);
}
