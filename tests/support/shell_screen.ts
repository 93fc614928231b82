/**
 * A shell on a screen, with `mm` on its `PATH` and completions loaded, as somebody has it who followed the help.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Sandbox } from "./run_program.ts";
import { HAS_TMUX, openTmux, type TmuxScreen } from "./tmux.ts";

/** Shells that tests drive. */
export type DrivenShell = "bash" | "zsh" | "fish";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** How each is started without anybody's configuration, and its prompt made `$ `. */
const STARTS: Readonly<Record<DrivenShell, { readonly args: readonly string[]; readonly set: string }>> = {
  bash: { args: ["--norc", "--noprofile", "-i"], set: "PS1='$ '; bind 'set bell-style none'" },
  zsh: { args: ["-f", "-i"], set: "PROMPT='$ '; unsetopt beep" },
  fish: {
    args: ["--no-config", "-i"],
    set: "function fish_prompt; echo -n '$ '; end; set -g fish_autosuggestion_enabled 0",
  },
};

/** Whether a shell can be driven here. */
export function hasShell(shell: DrivenShell): boolean {
  return HAS_TMUX && spawnSync(shell, ["--version"]).status === 0;
}

/** For the names of tests that need it. */
export function shellNote(shell: DrivenShell): string {
  return hasShell(shell) ? "" : ` - SKIPPED: ${HAS_TMUX ? shell : "tmux"} is not installed`;
}

/** A shell that is typed at. */
export interface ShellScreen extends AsyncDisposable {
  readonly screen: TmuxScreen;
  /** Types a text on an empty line, presses Tab (or other keys), and waits for a screen. */
  complete(text: string, wanted: RegExp, keys?: readonly string[]): Promise<string>;
  /** Runs a command line, and waits for what it says. */
  enter(text: string, wanted: RegExp): Promise<string>;
}

/** Puts `mm` into a folder of a sandbox that is on the `PATH` of its shells. */
export async function writeProgram(box: Sandbox): Promise<void> {
  const path = await box.write("bin/mm", `#!/bin/sh\nexec "${Deno.execPath()}" run -A "${MAIN}" "$@"\n`);
  await Deno.chmod(path, 0o755);
}

/** Starts a shell in a sandbox that has {@link writeProgram the program}, and loads the completions by the line that the help tells. */
export async function openShell(box: Sandbox, shell: DrivenShell, load: string): Promise<ShellScreen> {
  const { args, set } = STARTS[shell];
  const screen = await openTmux({
    command: [shell, ...args],
    env: { ...box.environment, PATH: `${box.join("bin")}:${Deno.env.get("PATH") ?? ""}`, LC_ALL: "C.UTF-8" },
    cwd: box.work,
  });
  const clear = async (): Promise<void> => {
    // No C-c: the terminal would throw away what is typed after it.
    await screen.press("C-e", "C-u", "C-l");
    await screen.waitFor("an empty line", /^\$$/);
  };
  const enter = async (text: string, wanted: RegExp): Promise<string> => {
    await screen.type(`${text}\n`);
    return await screen.waitFor(text, wanted);
  };
  await screen.waitFor("a prompt", /\S/);
  await screen.type(`${set}\n`);
  await screen.waitFor("the prompt", /^\$$/m);
  const sum = shell === "fish" ? "(math 40 + 2)" : "$((40 + 2))";
  await enter(`${load}; echo loaded-${sum}`, /^loaded-42$/m);
  await clear();
  return {
    screen,
    enter,
    async complete(text, wanted, keys = ["Tab"]) {
      await screen.type(text);
      await screen.press(...keys);
      const shown = await screen.waitFor(`${JSON.stringify(text)} completed`, wanted, { timeoutMs: 10_000 });
      await clear();
      return shown;
    },
    [Symbol.asyncDispose]: () => screen[Symbol.asyncDispose](),
  };
}
