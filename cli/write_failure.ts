/**
 * A failure outside of every command: it needs little of the program to be shown.
 *
 * @module
 */
import { isModelManagerError } from "../core/base/errors.ts";
import { EXIT_CODES } from "./exit_code.ts";
import { outputMode, peekGlobalOptions } from "./global_options.ts";
import { Output } from "./output/output.ts";
import type { RunCliOptions } from "./wiring.ts";

/** Shows an error in the form that the arguments want; the exit code says which it was. */
export function writeFailure(
  error: unknown,
  { terminal, args }: Pick<RunCliOptions, "terminal" | "args">,
): number {
  const mode = outputMode(peekGlobalOptions(args));
  new Output({ mode, terminal, noColor: true, environment: {} }).fail(error);
  return errorExitCode(error);
}

/** Deno's own refusal has a code of ours; anything else that is not ours is a bug. */
export function errorExitCode(error: unknown): number {
  if (isModelManagerError(error)) return EXIT_CODES[error.code];
  return error instanceof Error && error.name === "NotCapable"
    ? EXIT_CODES.PERMISSION_ERROR
    : EXIT_CODES.FAILED;
}
