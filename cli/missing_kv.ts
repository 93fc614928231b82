/**
 * What is said when Deno KV is not enabled and the program may not start itself again with it.
 *
 * @module
 */
import { quoteArgument, withoutToken } from "./command_line.ts";

/** How the program was started. */
export interface StartedAs {
  /** What stands after `deno run` and its flags: a file, or an address such as `jsr:@model-manager/mm`. */
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * The error with the command lines that do it: one flag more than now, or all rights. Which rights were given in part
 * cannot be asked, so that dots stand for them.
 */
export function missingKvText({ program, args }: StartedAs): string {
  const rest = [program, ...withoutToken(args)].map(quoteArgument).join(" ");
  return "error: Deno KV is not enabled, and history and queue are kept in it\n\n" +
    `hint: Add the flag --unstable-kv to those given now: deno run --unstable-kv … ${rest}\n` +
    `hint: Or grant everything, and the program adds the flag by itself: deno run -A ${rest}\n`;
}
