/**
 * A package of Ink's shows the cursor at the end of the process, by writing to standard error: that would end up in
 * `2>file`, and fail the process when the terminal has gone. The cursor is ours to show, on the screen it was hidden on.
 *
 * @module
 */
import process from "node:process";

/** Where the package `signal-exit` keeps what is to be done at the very end. */
const REGISTRY = "__signal_exit_emitter__";

interface Listeners {
  removeAllListeners(event: string): unknown;
}

function isListeners(value: unknown): value is Listeners {
  return typeof value === "object" && value !== null && "removeAllListeners" in value &&
    typeof value.removeAllListeners === "function";
}

/** Takes back what Ink has asked for when its first frame hid the cursor. */
export function quietExit(): void {
  const registry: unknown = Reflect.get(process, REGISTRY);
  if (isListeners(registry)) registry.removeAllListeners("afterexit");
}
