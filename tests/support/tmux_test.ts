import { deepStrictEqual, doesNotMatch, match, ok, rejects, strictEqual } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { makeTempDir, type TempDir } from "./temp_dir.ts";
import { HAS_TMUX, openTmux, TMUX_NOTE, type TmuxOptions, type TmuxScreen } from "./tmux.ts";
import { waitUntil } from "./run_program.ts";

const ESCAPE = "\u001b";
const PATH = Deno.env.get("PATH") ?? "";

/** Runs a shell script on a screen of 40 columns and 10 rows. */
async function openScript(
  dir: TempDir,
  script: string,
  options: Partial<TmuxOptions> = {},
): Promise<TmuxScreen> {
  const command = ["sh", "-c", script];
  return await openTmux({ columns: 40, rows: 10, env: { PATH }, cwd: dir.path, ...options, command });
}

function test(name: string, run: (dir: TempDir) => Promise<void>): void {
  Deno.test({
    name: `openTmux() ${name}${TMUX_NOTE}`,
    ignore: !HAS_TMUX,
    async fn() {
      await using dir = await makeTempDir();
      await run(dir);
    },
  });
}

test("shows what a program writes, and what is typed, pressed and pasted", async (dir) => {
  await using screen = await openScript(
    dir,
    `echo "größer 模型 🦙"; while read -r line; do echo "<$line>"; done; echo over`,
  );
  match(await screen.waitFor("the first line", /🦙/), /^größer 模型 🦙$/);
  await screen.type("it's $HOME;");
  await screen.press("Enter");
  await screen.waitFor("what was typed", /<it's \$HOME;>/);
  await screen.paste("two\nlines\n");
  await screen.waitFor("what was pasted", /<two>[^]*<lines>/);
  await screen.press("a", ";", "BSpace", "Enter", "C-d");
  const { code, screen: last } = await screen.finished();
  strictEqual(code, 0);
  match(last, /<a>\nover$/);
});

test("gives a program its environment, folder and arguments and nothing else", async (dir) => {
  // Short, so that it stands in one line, whatever the machine's own is like.
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin", WORDS: 'two  words\' "$PATH"', UNSET: "" };
  await using screen = await openTmux({
    columns: 300,
    command: ["sh", "-c", `env | sort; pwd; echo "<$1>"; tty`, "sh", "a 'b;"],
    env,
    cwd: dir.path,
  });
  const { screen: shown } = await screen.finished();
  const variables = shown.split("\n").filter((line) =>
    /^\w+=/.test(line) && !/^(?:PWD|OLDPWD|SHLVL|_)=/.test(line)
  );
  deepStrictEqual(variables, [`PATH=${env.PATH}`, "TERM=tmux-256color", `WORDS=${env.WORDS}`].sort());
  ok(shown.includes(`\n${dir.path}\n<a 'b;>\n/dev/`), shown);
});

test("tells a program about a new size", async (dir) => {
  await using screen = await openScript(
    dir,
    `trap 'echo "now $(stty size)"' WINCH; stty size; while :; do sleep 0.01; done`,
  );
  await screen.waitFor("the first size", /^10 40$/m);
  await screen.resize(60, 20);
  await screen.waitFor("the next size", /^now 20 60$/m);
});

test("captures colours and lines above the screen on request, and all that was written", async (dir) => {
  await using screen = await openScript(dir, `printf '\\033[1;31mred\\033[0m \\n'; seq 20`);
  const { screen: shown } = await screen.finished();
  doesNotMatch(shown, /red/);
  match(await screen.capture({ history: true }), /^red\n1\n[^]*\n20$/);
  ok((await screen.captureStyled({ history: true })).startsWith(`${ESCAPE}[1m${ESCAPE}[31mred`));
  await waitUntil("all is written", async () => (await screen.written()).includes("\r\n20\r\n"));
  ok((await screen.written()).startsWith(`${ESCAPE}[1;31mred${ESCAPE}[0m \r\n1\r\n`));
});

test("tells how a program left the terminal", async (dir) => {
  const dirty = `printf '\\033[?1049h\\033[?25l'; stty raw -echo; echo up; read -r line; exit 3`;
  await using left = await openScript(dir, dirty);
  await left.waitFor("the screen", /up/);
  await left.press("C-j");
  const { settings, ...bad } = await left.finished();
  deepStrictEqual(bad, {
    code: 3,
    echo: false,
    canonical: false,
    alternateScreen: true,
    cursorShown: false,
    screen: "up",
  });
  match(settings, /-icanon/);
  await using restored = await openScript(
    dir,
    `${dirty.replace(/; exit.*/, "")}; stty sane; printf '\\033[?1049l\\033[?25h'`,
  );
  await restored.waitFor("the screen", /up/);
  await restored.press("C-j");
  const good = await restored.finished();
  deepStrictEqual(
    [good.code, good.echo, good.canonical, good.alternateScreen, good.cursorShown, good.screen],
    [0, true, true, false, true, ""],
  );
});

test("sends signals to the program, by itself and by the keyboard", async (dir) => {
  const script = `trap 'echo term; exit 7' TERM; trap 'echo int' INT; echo up; while :; do sleep 0.01; done`;
  await using screen = await openScript(dir, script);
  await screen.waitFor("the program", /up/);
  await screen.press("C-c");
  await screen.waitFor("the keyboard's signal", /int/);
  strictEqual(await screen.exitCode(), undefined);
  screen.signal("SIGTERM");
  strictEqual((await screen.finished()).code, 7);
  await using killed = await openScript(dir, "echo up; exec sleep 100");
  await killed.waitFor("the program", /up/);
  killed.signal("SIGKILL");
  strictEqual((await killed.finished()).code, 137);
});

test("closes the window under the program", async (dir) => {
  await using screen = await openScript(dir, `trap 'exit 9' HUP; echo up; while :; do sleep 0.01; done`);
  await screen.waitFor("the program", /up/);
  await screen.hangUp();
  await waitUntil("the program has ended", async () => await screen.exitCode() === 9);
});

test("fails with the last screen when something does not come", async (dir) => {
  await using screen = await openScript(dir, "echo something else; exec sleep 100");
  await screen.waitFor("the program", /else/);
  await rejects(
    screen.waitFor("the thing", /thing$/, { timeoutMs: 50 }),
    /vain for: the thing\n[^]*something else/,
  );
  await rejects(screen.finished({ timeoutMs: 50 }), /vain for the program's end\n[^]*something else/);
  screen.signal("SIGTERM");
  await rejects(
    screen.waitFor("the thing", /thing$/),
    /ended \(143\) without: the thing\n[^]*something else/,
  );
});

test("leaves nothing behind, not even a program that ignores every signal", async (dir) => {
  const open = dir.join("open");
  strictEqual(spawnSync("mkfifo", [open]).status, 0);
  let ended: Promise<string>;
  {
    const script = `trap '' HUP INT TERM; exec 9>open; echo up; while :; do sleep 0.01; done`;
    await using screen = await openScript(dir, script);
    // It ends when the last process that writes has ended.
    ended = readFile(open, "utf8");
    await screen.waitFor("the program", /up/);
  }
  strictEqual(await ended, "");
});
