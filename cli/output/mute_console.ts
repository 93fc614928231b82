/**
 * Silence for packages that write by themselves while somebody else has the screen.
 *
 * @module
 */

// deno-lint-ignore-file no-console

const METHODS = ["debug", "error", "info", "log", "trace", "warn"] as const;

/** Lets nothing through until disposed. */
export function muteConsole(): Disposable {
  const before = METHODS.map((name) => [name, console[name]] as const);
  for (const name of METHODS) console[name] = () => {};
  return {
    [Symbol.dispose]() {
      for (const [name, method] of before) console[name] = method;
    },
  };
}
