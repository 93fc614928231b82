/**
 * How an error is shown to a person, and to a program.
 *
 * @module
 */
import {
  type ErrorCode,
  type ErrorData,
  isModelManagerError,
  ModelManagerError,
  toErrorData,
} from "../../core/base/errors.ts";
import { redactText } from "../../core/base/redact.ts";
import { printable } from "./text_width.ts";
import type { Theme } from "./theme.ts";

/** The document of an error: `{error: {…}}`. */
export interface ErrorDocument {
  readonly error: Pick<ErrorData, "code" | "message" | "hints" | "causes">;
}

/** The advice for errors that bring none: the next command to type. */
const FALLBACK_HINTS: Readonly<Record<ErrorCode, string>> = {
  FAILED: "See what happens on the way: repeat the command with --verbose",
  USAGE_ERROR: "See the options: mm --help",
  CONFIG_INVALID: "See where each setting comes from: mm config show --origin",
  NOT_FOUND: "Find models: mm search QUERY",
  AUTHENTICATION_ERROR: "Log in: mm login",
  GATED: "Ask for access on the model's page, then log in: mm login",
  CHECKSUM_MISMATCH: "Fetch it anew: mm pull --force REF",
  NETWORK_ERROR: "Check the connection and the address: mm config get endpoint",
  RATE_LIMITED: "Wait a few minutes, or log in for a higher limit: mm login",
  INSUFFICIENT_SPACE: "See what takes the space: mm list --sort size",
  QUOTA_EXCEEDED: "See what takes the space: mm list --sort size",
  OFFLINE: "Repeat the command without --offline",
  LOCKED: "Wait for the other process to end, then repeat the command",
  PARTIAL: "See what failed: mm history list --status failed",
  PERMISSION_ERROR: "Choose another directory: repeat the command with --models-dir DIR",
  CANCELLED: "Repeat the command: what has been fetched is kept",
};

/** What to do about an error of that code when nothing better is known; `undefined` for codes of other versions. */
export function fallbackHint(code: string): string | undefined {
  return Object.hasOwn(FALLBACK_HINTS, code) ? FALLBACK_HINTS[code as ErrorCode] : undefined;
}

/** Deno's own refusal, which a person mends on the command line of `deno`. */
function isMissingPermission(error: unknown): error is Error {
  return error instanceof Error && error.name === "NotCapable";
}

/** Whether an error is a fault of the program itself. */
export function isBug(error: unknown): boolean {
  return !isModelManagerError(error) && !isMissingPermission(error);
}

/** An error's data with at least one hint and no secrets. */
export function describeError(error: unknown): ErrorData {
  let data = toErrorData(error);
  if (isBug(error)) {
    data = {
      ...data,
      message: `This is a bug in mm: ${data.message}`,
      hints: ["Report it with the lines above and the output of: mm version"],
    };
  }
  return describeErrorData(data);
}

/** The same for an error that is data already. */
export function describeErrorData(data: ErrorData): ErrorData {
  return withFallbackHint({
    ...data,
    message: redactText(data.message),
    hints: data.hints.map(redactText),
    causes: data.causes.map(redactText),
  });
}

/** The data with at least one hint. */
function withFallbackHint(data: ErrorData): ErrorData {
  return data.hints.length > 0 ? data : { ...data, hints: [FALLBACK_HINTS[data.code]] };
}

/** The document of an error. */
export function errorDocument(data: ErrorData): ErrorDocument {
  const { code, message, hints, causes } = data;
  return { error: { code, message, hints, causes } };
}

function indentLines(text: string, indent: string): string {
  return text.split("\n").map((line, index) => index === 0 ? printable(line) : indent + printable(line)).join(
    "\n",
  );
}

/** What {@link errorText} needs besides the error. */
export interface ErrorTextOptions {
  readonly theme: Theme;
  /** Of a fault of our own. */
  readonly stack?: string | undefined;
}

/** `error: message`, the causes indented, a blank line, the hints; of data made by {@link describeError}. */
export function errorText(data: ErrorData, { theme, stack }: ErrorTextOptions): string {
  const lines = [
    `${theme.error(theme.bold("error:"))} ${indentLines(data.message, "  ")}`,
    ...data.causes.map((cause) => `  ${theme.dim("caused by:")} ${indentLines(cause, "    ")}`),
    ...stackLines(stack).map((line) => theme.dim(line)),
    "",
    ...data.hints.map((hint) => `${theme.accent(theme.bold("hint:"))} ${indentLines(hint, "  ")}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function stackLines(stack: string | undefined): string[] {
  if (stack === undefined) return [];
  return redactText(stack).split("\n").filter((line) => /^\s+at /.test(line)).map((line) =>
    `    ${line.trim()}`
  );
}

/** The error for work that ended well in part only. */
export function partialError(failed: readonly string[], total: number): ModelManagerError {
  return new ModelManagerError("PARTIAL", `${failed.length} of ${total} references failed`, {
    hints: [`Try them again: mm pull ${failed.join(" ")}`],
  });
}
