/**
 * The terminal UI in the background of a shell: it can be ended there, and leaves the terminal to the shell.
 *
 * @module
 */
import { openSandbox } from "../support/run_program.ts";
import { HAS_TMUX, openTmux, TMUX_NOTE } from "../support/tmux.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

for (
  const [name, isContinued] of [["a stopped mm", false], ["an mm that bg has gone on with", true]] as const
) {
  Deno.test(`kill ends ${name} without fg${TMUX_NOTE}`, async () => {
    if (!HAS_TMUX || Deno.build.os !== "linux") return;
    await using box = await openSandbox();
    await using shell = await openTmux({
      command: ["bash", "--norc", "-i"],
      env: { ...box.environment, LANG: "C.UTF-8", PS1: "ready: " },
      cwd: box.work,
    });
    await shell.waitFor("the shell", /ready:/);
    await shell.type(`"${Deno.execPath()}" run -A "${MAIN}"\n`);
    await shell.waitFor("the library", /Nothing here yet/);
    await shell.press("C-z");
    await shell.waitFor("the shell's own screen", /Stopped/);
    if (isContinued) await shell.type("bg; sleep 1; echo continued-$((1 + 1))\n");
    if (isContinued) await shell.waitFor("the process to be stopped again", /continued-2/);
    await shell.type(
      "kill %1; while kill -0 %1; do sleep 0.2; done; echo gone-$((1 + 1)); stty -a | grep -o '[-]*icanon'\n",
    );
    await shell.waitFor("its end", /gone-2/);
    await shell.waitFor("the terminal as the shell wants it", (screen) => /^icanon$/m.test(screen));
  });
}
