/**
 * The program on a terminal of its own.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { RunningProgram, RunOptions, Sandbox } from "./run_program.ts";

/** util-linux's `script` gives a program a terminal; that of other systems takes other options. */
export const HAS_SCRIPT = Deno.build.os === "linux" && spawnSync("script", ["--version"]).status === 0;
/** For the names of tests that need it. */
export const SCRIPT_NOTE = HAS_SCRIPT ? "" : " - SKIPPED: util-linux's script is not installed";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** Starts `mm` on a terminal of its own, of 100 columns; whatever it shows there is its standard output. */
export function startOnTerminal(
  box: Sandbox,
  args: string,
  options: RunOptions & { readonly columns?: number } = {},
): RunningProgram {
  const inner = `stty cols ${
    options.columns ?? 100
  } rows 30; exec "${Deno.execPath()}" run -A "${MAIN}" ${args}`;
  return box.shell(`exec script -qec "$INNER" /dev/null`, [], {
    ...options,
    env: { TERM: "xterm-256color", SHELL: "/bin/sh", ...options.env, INNER: inner },
  });
}
