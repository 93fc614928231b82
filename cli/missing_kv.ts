/**
 * What is said when Deno KV is not enabled and the program may not start itself again with it.
 *
 * @module
 */
import { ModelManagerError } from "../core/base/errors.ts";
import { quoteArgument, withoutToken } from "./command_line.ts";

/** How the program was started. */
export interface StartedAs {
  /** What stands after `deno run` and its flags: a file, or an address such as `jsr:@model-manager/mm`. */
  readonly program: string;
  readonly args: readonly string[];
}

/** All that any command needs, but for those that start programs. */
const RIGHTS = ["read", "write", "net", "env", "sys"].map((kind) => `--allow-${kind}`).join(" ");

/**
 * The error with the command lines that do it, whole: which rights were given in part cannot be asked, so that one line
 * grants what commands need, and the other everything.
 */
export function missingKvError({ program, args }: StartedAs): ModelManagerError {
  const rest = [program, ...withoutToken(args)].map(quoteArgument).join(" ");
  const started = `deno run --unstable-kv ${RIGHTS}`;
  const message = "Deno KV is not enabled, and history and queue are kept in it";
  return new ModelManagerError("PERMISSION_ERROR", message, {
    hints: [
      `Add the flag --unstable-kv, as in: ${started} ${rest}`,
      `Or grant everything, and the program adds the flag by itself: deno run -A ${rest}`,
      `See how few rights are enough: ${started} ${quoteArgument(program)} doctor --permissions pull`,
    ],
  });
}
