/**
 * What reaches a terminal, a pipe and a reader that goes away.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { LARGE, startE2eHub, TINY, TOKEN } from "../support/e2e_hub.ts";
import { HAS_SCRIPT, SCRIPT_NOTE, startOnTerminal } from "../support/on_terminal.ts";
import { exists, openSandbox, readDocument, type RunningProgram, waitUntil } from "../support/run_program.ts";

const HAS_SHELL = Deno.build.os !== "windows";

const ESCAPE = "\u001b";
/** Colours and weights: `ESC [ … m`. */
const STYLE = new RegExp(String.raw`${ESCAPE}\[[0-9;]*m`);

Deno.test("mm writes no escape sequences into pipes, not even when told that there is a terminal", async () => {
  await using hub = await startE2eHub();
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint, TERM: "xterm-256color" });
  const commands = [
    ["pull", `${TINY}:F16`],
    ["list"],
    ["show", TINY],
    ["search", "tiny"],
    ["verify"],
    ["history", "list"],
    ["--help"],
    ["pull", "acme/none"],
    ["config", "show", "--origin"],
    ["remove", TINY, "-y"],
  ];
  for (const args of commands) {
    const { stdout, stderr } = await box.run(args);
    ok(!(stdout + stderr).includes(ESCAPE), `${args.join(" ")}: ${stdout}${stderr}`);
  }
});

Deno.test("mm answers version and help in every form without touching the disk", async () => {
  await using box = await openSandbox();
  const version = await box.run(["--version"]);
  match(version.stdout, /^mm \d+\.\d+\.\d+\n$/);
  strictEqual((await box.run(["version"])).stdout, version.stdout);
  const document = readDocument<{ name: string; version: string }>(await box.run(["version", "--json"]));
  strictEqual(`${document.name} ${document.version}\n`, version.stdout);

  const help = await box.run([]);
  strictEqual(help.code, 0);
  match(help.stdout, /^ +pull\|download +download models$/m);
  strictEqual((await box.run(["--help"])).stdout, help.stdout);
  const pull = await box.run(["help", "pull"]);
  match(pull.stdout, /--with-mmproj/);
  strictEqual((await box.run(["pull", "--help"])).stdout, pull.stdout);
  strictEqual((await box.run(["help", "nonsense"])).code, 2);
  deepStrictEqual(await box.files(), []);
});

Deno.test("mm ends quietly when nobody reads on", async () => {
  await using hub = await startE2eHub();
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
  strictEqual((await box.run(["pull", TINY, `${TINY}:Q8_0`, "-q"])).code, 0);
  for (const args of [["list"], ["list", "--json"], ["--help"]]) {
    await using running = box.start(args);
    await running.closeStdout();
    const { code, stderr } = await running.finished;
    strictEqual(code, 0, `${args.join(" ")}: ${stderr}`);
    doesNotMatch(stderr, /error|pipe|bug|\bat /i, args.join(" "));
  }
  await using unread = box.start(["pull", TINY, "--events"]);
  await unread.closeStdout();
  const { code, stderr } = await unread.finished;
  strictEqual(code, 1, stderr);
  match(
    stderr,
    /^error: Stopped: nobody reads the events any more\n\nhint: .*Resume: mm pull \S+ --events$/m,
  );
});

Deno.test({
  name: "mm list | head -1 shows one line and ends quietly",
  ignore: !HAS_SHELL,
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
    strictEqual((await box.run(["pull", TINY, `${TINY}:Q8_0`, "-q"])).code, 0);
    const quiet = await box.shell(`"$@" | head -1`, ["list", "-q"]).finished;
    deepStrictEqual([quiet.code, quiet.stdout, quiet.stderr], [0, `${TINY}:Q4_K_M\n`, ""]);
    const looped = await box.shell(`"$@" | while read -r path; do test -f "$path" && echo yes; done`, [
      "pull",
      `${TINY}:Q8_0`,
      "-q",
    ]).finished;
    strictEqual(looped.stdout, "yes\n");
  },
});

Deno.test({
  name: `mm shows bars and colours on a terminal, and takes NO_COLOR for an answer${SCRIPT_NOTE}`,
  ignore: !HAS_SCRIPT,
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
    const shown = async (args: string, env: Readonly<Record<string, string>> = {}): Promise<string> =>
      (await startOnTerminal(box, args, { env }).finished).stdout;
    hub.bytesPerSecond = 1_000_000;
    const colourful = await shown(`pull ${TINY}:Q8_0`);
    match(colourful, STYLE);
    match(colourful, /\d+ ?%/);
    match(colourful, /tiny-Q8_0\.gguf/);
    match(colourful, /[Mk]B\/s/);
    ok(colourful.endsWith("\n"), "the cursor is left in the middle of a line");
    const plain = await shown(`pull ${TINY}:Q4_K_M`, { NO_COLOR: "1" });
    doesNotMatch(plain, STYLE);
    match(plain, /\d+ ?%/);
    match(await shown("list"), STYLE);
    doesNotMatch(await shown("list --no-color"), STYLE);
    doesNotMatch(await shown("list", { TERM: "dumb" }), STYLE);
    const narrow = await startOnTerminal(box, `pull ${TINY}:Q8_0 --force`, {
      env: { LANG: "C", NO_COLOR: "1" },
      columns: 40,
    }).finished;
    strictEqual(narrow.code, 0);
    // deno-lint-ignore no-control-regex
    match(narrow.stdout, /^[\x00-\x7f]+$/);
    const lines = narrow.stdout.replaceAll(new RegExp(String.raw`${ESCAPE}\[\d*[A-Z]|\r`, "g"), "").split(
      "\n",
    );
    deepStrictEqual(lines.filter((line) => line.length > 40 && line.trim().includes(" ")), []);
    match(narrow.stdout, /Total 0\/1, 0:0\d +\d+ % +(?:ETA \d:\d\d|connecting)?/);
  },
});

Deno.test({
  name: `mm remove asks on a terminal, and takes only yes for yes${SCRIPT_NOTE}`,
  ignore: !HAS_SCRIPT,
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
    const path = (await box.run(["pull", TINY, "-q"])).stdout.trimEnd();
    const answer = async (text: string): Promise<string> => {
      await using running = startOnTerminal(box, `remove ${TINY}`, { typed: true });
      await waitUntil("it asks", () => running.stdout.includes("[y/N]"));
      await running.type(text);
      return (await running.finished).stdout;
    };
    match(await answer("\n"), /Nothing was removed/);
    strictEqual(await exists(path), true);
    match(await answer("y\n"), /Freed 1\.40 MB/);
    strictEqual(await exists(path), false);
  },
});

Deno.test({
  name: `mm login on a terminal shows nothing of what is typed, and can be left with Ctrl+C${SCRIPT_NOTE}`,
  ignore: !HAS_SCRIPT,
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
    const start = async (): Promise<RunningProgram> => {
      const running = startOnTerminal(box, "login", { typed: true });
      await waitUntil("it asks", () => running.stdout.includes("(not shown):"));
      return running;
    };
    await using left = await start();
    await left.type("hf_ab\x03");
    const { code, stdout } = await left.finished;
    strictEqual(code, 130, stdout);
    strictEqual(await exists(box.tokenFile), false);
    doesNotMatch(stdout, /hf_ab/);

    await using done = await start();
    await done.type(`${TOKEN}\n`);
    const shown = await done.finished;
    match(shown.stdout, /Logged in as ada/);
    doesNotMatch(shown.stdout, /endToEnd/);
    strictEqual(await exists(box.tokenFile), true);
  },
});

Deno.test({
  name: `mm pull on a terminal stops at Ctrl+C and leaves the terminal as it was${SCRIPT_NOTE}`,
  ignore: !HAS_SCRIPT,
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
    hub.bytesPerSecond = 150_000;
    await using running = startOnTerminal(box, `pull ${LARGE}`, { typed: true });
    await waitUntil("bytes arrive", () => /[1-9]\d* ?%/.test(running.stdout));
    await running.type("\x03");
    const { code, stdout } = await running.finished;
    strictEqual(code, 130, stdout);
    match(stdout, /hint:.* Resume: mm pull acme\/large-GGUF/);
    ok(stdout.lastIndexOf("\u001b[?25l") <= stdout.lastIndexOf("\u001b[?25h"), "the cursor stays hidden");
    ok(stdout.endsWith("\n"));
  },
});
