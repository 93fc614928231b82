/**
 * Ourselves once more, in the background.
 *
 * @module
 */
import { ownCommand } from "./own_command.ts";
import { isAllowedAll } from "./own_permissions.ts";

/**
 * Starts this program with other arguments, in a session of its own: it lives on when this process and its terminal
 * are gone. It has no streams.
 *
 * @param environment Variables besides our own.
 * @returns whether it was started; not where this process may not start others with all rights.
 */
export function startDetached(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): boolean {
  if (!isAllowedAll()) return false;
  const own = ownCommand();
  const child = new Deno.Command(own.program, {
    args: [...own.args, ...args],
    env: { ...environment },
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
  child.unref();
  return true;
}
