/**
 * The terminal UI on a real terminal: from the search to a model on the disk and back, at any size, and every screen.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type E2eHub, LARGE, sha256, startE2eHub, TINY } from "../support/e2e_hub.ts";
import { openQueueBox } from "../support/queue_box.ts";
import { filesBelow, readDocument, type Sandbox, waitUntil } from "../support/run_program.ts";
import { openScreen, TMUX_NOTE, type TmuxScreen } from "../support/tmux.ts";
import { checkCalm, checkRestored, checkScreen, isDrawnAt, resizeTo } from "../support/tui_checks.ts";

const USUAL = { columns: 100, rows: 30 };
const MIDDLE = { columns: 70, rows: 24 };
const NARROW = { columns: 50, rows: 20 };
const LEAST = { columns: 40, rows: 12 };
/** A test that needs a terminal; without tmux it passes, and its name says so. */
function testOnScreen(name: string, work: () => Promise<void>): void {
  Deno.test(`${name}${TMUX_NOTE}`, async () => {
    if (TMUX_NOTE === "") await work();
  });
}

const UNICODE = { LANG: "C.UTF-8" };
const Q4 = "tiny-Q4_K_M.gguf";
const Q8 = "tiny-Q8_0.gguf";

/** Searches for a model and opens it. */
async function openBySearch(screen: TmuxScreen): Promise<void> {
  await screen.press("s");
  await screen.waitFor("the search", /Search: type what you look for/);
  await screen.type("tiny");
  await screen.waitFor("the results", /Results for "tiny"[^]*acme\/tiny-GGUF/);
  await checkCalm(screen, USUAL);
  await screen.press("Enter");
  await screen.waitFor("the results to be chosen from", /› acme\/tiny-GGUF/);
  await screen.press("Enter");
  await screen.waitFor("its quants", /Q4_K_M \(default\)[^]*Q8_0[^]*F16/);
}

/** How many quants the library shows as complete. */
function countHere(library: string): number {
  return library.match(/ (?:available|up to date)$/gm)?.length ?? 0;
}

/** Marks the first two quants, and downloads them. */
async function downloadTwo(screen: TmuxScreen): Promise<void> {
  // A mark moves on to the next one.
  await screen.press("Space", "Space");
  const marked = await screen.waitFor("two marks", /2 marked, 4\.00 MB/);
  match(marked, /\[x\] Q4_K_M/);
  match(marked, /\[x\] Q8_0/);
  match(marked, /\[ \] F16/);
  await screen.press("d");
  const question = await screen.waitFor("the question", /Download Q4_K_M, Q8_0 of acme\/tiny-GGUF\?/);
  match(question, /To fetch: 4\.00 MB in 2 files/);
  match(question, /Free on the disk: .*, afterwards /);
  checkScreen(question, USUAL);
  await screen.press("Enter");
}

async function checkOnDisk(hub: E2eHub, box: Sandbox, path: string): Promise<void> {
  strictEqual(sha256(await readFile(join(box.modelsDir, TINY, path))), await hub.sha256(TINY, path));
}

testOnScreen(
  "a model is searched, looked at, downloaded, and deleted; the window changes its size",
  async () => {
    await using hub = await startE2eHub();
    await using box = await openQueueBox(hub);
    await using screen = await openScreen(box, [], { ...USUAL, env: UNICODE });
    const empty = await screen.waitFor("the empty library", /Nothing here yet\. Press S to search the Hub\./);
    checkScreen(empty, USUAL);
    await openBySearch(screen);
    hub.bytesPerSecond = 60_000;
    await downloadTwo(screen);

    await screen.waitFor("the download in the list of quants", /Q4_K_M.* downloading \d+ %/);
    await screen.press("3");
    const running = await screen.waitFor(
      "a bar, a speed and the time that is left",
      /acme\/tiny-GGUF:Q4_K_M +█+░+ +\d+ % +1\.40 MB +\d[\d.]* [kM]B\/s +ETA \d:\d\d/,
    );
    checkScreen(running, USUAL);
    match(running, /Waiting \(1\)\n +acme\/tiny-GGUF:Q8_0/);
    await resizeTo(screen, NARROW, /tiny-GGUF/);
    await resizeTo(screen, LEAST, /tiny-GGUF|Q4_K_M/);
    await screen.press("1");
    await screen.waitFor("the library", /mm Library/);
    await resizeTo(screen, MIDDLE, /Library/);
    const library = await resizeTo(screen, USUAL, /tiny-GGUF +\S+ .* downloading \d+ %/);
    match(library, /^Downloads \d downloading/m);

    hub.bytesPerSecond = undefined;
    await screen.waitFor("both to be here", (text) => countHere(text) === 2);
    await checkOnDisk(hub, box, Q4);
    await checkOnDisk(hub, box, Q8);
    const { models } = readDocument<{ models: { metadata?: { revision: string }; revision?: string }[] }>(
      await box.run(["list", "--json"]),
    );
    deepStrictEqual(models.map(({ metadata, revision }) => metadata?.revision ?? revision), ["main", "main"]);

    await screen.press("Home", "d");
    const question = await screen.waitFor("the question", /Delete acme\/tiny-GGUF:Q4_K_M\?/);
    checkScreen(question, USUAL);
    match(question, /1\.40 MB/);
    // Enter is the safe answer.
    await screen.press("Enter");
    await screen.waitFor("the library, unchanged", (text) => countHere(text) === 2);
    await checkOnDisk(hub, box, Q4);
    await screen.press("d");
    await screen.waitFor("the question again", /Delete acme\/tiny-GGUF:Q4_K_M\?/);
    await screen.press("d");
    await screen.waitFor("one to be gone", (text) => countHere(text) === 1);
    const left = await filesBelow(box.modelsDir);
    ok(!left.some((path) => path.endsWith(Q4)), left.join("\n"));
    await checkOnDisk(hub, box, Q8);

    await screen.press("q");
    const { screen: last } = await checkRestored(screen, 0);
    strictEqual(last, "");
    deepStrictEqual(hub.errors, []);
  },
);

const SCREENS: readonly (readonly [key: string, title: RegExp])[] = [
  ["1", /(?:Manager {2}|mm )Library[^]*tiny-GGUF/],
  ["2", /(?:Manager {2}|mm )Search[^]*large-GGUF/],
  ["3", /(?:Manager {2}|mm )Downloads/],
  ["4", /(?:Manager {2}|mm )History[^]*Q4_K_M/],
  ["5", /(?:Manager {2}|mm )Schedules[^]*[Nn]ightly/],
  ["6", /(?:Manager {2}|mm )Settings[^]*models_dir/],
  ["7", /(?:Manager {2}|mm )Logs/],
];

async function boxWithContents(hub: E2eHub): Promise<Sandbox> {
  const box = await openQueueBox(hub);
  await box.run(["pull", `${TINY}:Q4_K_M`]);
  await box.run(["schedule", "create", "--name", "nightly", "--time", "23:15"]);
  return box;
}

testOnScreen("every screen can be read at every size, down to 40x12, and has its help", async () => {
  await using hub = await startE2eHub();
  await using box = await boxWithContents(hub);
  await using screen = await openScreen(box, ["tui"], { ...USUAL, env: UNICODE });
  await screen.waitFor("the library", /tiny-GGUF/);
  for (const size of [USUAL, MIDDLE, NARROW, LEAST]) {
    await screen.resize(size.columns, size.rows);
    for (const [key, title] of SCREENS) {
      // In the search, digits are text.
      if (key === "3") await screen.press("Down", "3");
      else await screen.press(key);
      await screen.waitFor(
        `screen ${key}`,
        (text) => isDrawnAt(text, size) && title.test(text),
      );
      await checkCalm(screen, size);
    }
    await screen.press("?");
    await screen.waitFor("the help of the logs", /(?:Manager {2}|mm )Help\nLogs \(where you are\)/);
    await checkCalm(screen, size);
    await screen.press("End");
    await screen.waitFor("the end of the help", /the end\n/);
    await checkCalm(screen, size);
    await screen.press("1");
    await screen.waitFor("the library", SCREENS[0]?.[1] ?? /-/);
  }
  await resizeTo(screen, USUAL, /tiny-GGUF/);
  await screen.press("Enter");
  await screen.waitFor("the details", /Q4_K_M \(default\).* here/);
  await checkCalm(screen, USUAL);
  // Too small is said, and no longer when it is not.
  await screen.resize(39, 11);
  await screen.waitFor("that it is too small", /39x11 is too small\nwanted 40x12/);
  await resizeTo(screen, USUAL, /Q4_K_M \(default\)/);
  await screen.press("q");
  await checkRestored(screen, 0);
});

testOnScreen(
  "history, statistics, logs and schedules show what has happened, and schedules are made",
  async () => {
    await using hub = await startE2eHub();
    await using box = await boxWithContents(hub);
    await box.run(["pull", "acme/none-GGUF"]);
    await using screen = await openScreen(box, ["tui", "history"], { ...USUAL, env: UNICODE });
    await screen.waitFor("the history", /acme\/tiny-GGUF.*Q4_K_M/);
    await screen.press("s");
    await screen.waitFor("the statistics", /Success rate|[Ss]uccess/);
    await checkCalm(screen, USUAL);
    await screen.press("Escape", "End", "Enter");
    await screen.waitFor("one record", /tiny-Q4_K_M\.gguf/);
    await checkCalm(screen, USUAL);

    await screen.press("5");
    await screen.waitFor("the schedule", /› nightly +on +daily 23:15/);
    await screen.press("n");
    await screen.waitFor("how often", /How often\?/);
    await screen.press("w");
    await screen.waitFor("which day", /On which day\?/);
    await screen.press("Escape");
    await screen.waitFor("no question", /N new/);
    await screen.press("d");
    await screen.waitFor("the question", /nightly\?/);
    await screen.press("d");
    await screen.waitFor("no schedule", /No schedules yet/);
    strictEqual((await box.run(["schedule", "list", "--json"])).stdout.includes("nightly"), false);

    await screen.press("n");
    await screen.waitFor("how often", /How often\?/);
    await screen.press("Enter");
    await screen.waitFor("the time", /At what time\?/);
    await screen.type("0");
    await screen.press("Enter");
    await screen.waitFor("what is wrong", /It is "23:000": wanted a time of day/);
    await screen.press("C-u");
    await screen.type("01:30");
    for (
      const question of [
        /Until when\?/,
        /What does it fetch\?/,
        /Which manifest\?/,
        /How fast at most\?/,
        /What is it called\?/,
      ]
    ) {
      await screen.press("Enter");
      await screen.waitFor(String(question), question);
    }
    await screen.press("C-u");
    await screen.type("early");
    await screen.press("Enter");
    await screen.waitFor(
      "the whole",
      /Create early\?[^]*mm schedule create --type daily --time 01:30 --name early/,
    );
    await screen.press("Enter");
    await screen.waitFor("the new schedule", /› early +on +daily 01:30/);
    match((await box.run(["schedule", "list"])).stdout, /early.*daily 01:30/);
    await screen.press("q");
    await checkRestored(screen, 0);
  },
);

testOnScreen("a setting is checked where it is typed, and kept in the file", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  await using screen = await openScreen(box, ["tui", "settings"], { ...USUAL, env: UNICODE });
  await screen.waitFor("the settings", /models_dir/);
  await screen.press("/");
  await screen.type("max_retries");
  await screen.press("Enter");
  await screen.waitFor("the setting", /› +max_retries +5/);
  await screen.press("Enter");
  await screen.waitFor("the question", /download\.max_retries/);
  await screen.press("C-u");
  await screen.type("many");
  await screen.press("Enter");
  checkScreen(await screen.waitFor("what is wrong", /It is "many": wanted a whole number/), USUAL);
  strictEqual(await readFile(join(box.configDir, "config.json"), "utf8").catch(() => ""), "");
  await screen.press("C-u");
  await screen.type("9");
  await screen.press("Enter");
  await screen.waitFor("the new value", /› +max_retries +9 +5 +user file/);
  match(await readFile(join(box.configDir, "config.json"), "utf8"), /"max_retries": 9/);
  // Colours change at once, and are kept.
  await screen.press("t");
  await screen.waitFor("the theme", /Theme: light/);
  await waitUntil(
    "it is kept",
    async () => /"theme": "light"/.test(await readFile(join(box.configDir, "config.json"), "utf8")),
  );
  await screen.press("C-c");
  await checkRestored(screen, 130);
});

testOnScreen("without colours and without Unicode nothing else is written", async () => {
  await using hub = await startE2eHub();
  await using box = await boxWithContents(hub);
  hub.bytesPerSecond = 50_000;
  await using screen = await openScreen(box, ["tui", LARGE], {
    ...USUAL,
    env: { NO_COLOR: "1", LANG: "C", LC_ALL: "C" },
  });
  await screen.waitFor("the quants", /> .*Q4_K_M/);
  await screen.press("d");
  await screen.waitFor("the question", /Download Q4_K_M of/);
  await screen.press("Enter");
  await screen.waitFor("the download", /downloading \d+ %/);
  await screen.press("3");
  await screen.waitFor("a bar", /Q4_K_M +#*-+ +\d+ %/);
  for (const [key, title] of SCREENS.filter(([name]) => name !== "2" && name !== "3")) {
    await screen.press(key);
    await screen.waitFor(`screen ${key}`, title);
    checkScreen(await screen.capture(), USUAL);
  }
  await screen.press("?");
  await screen.waitFor("the help", /Manager {2}Help/);
  await screen.press("C-c");
  await checkRestored(screen, 130);
  const written = await screen.written();
  // Bold, dim and reversed text is no colour.
  // deno-lint-ignore no-control-regex
  const styles = new Set(written.match(/\x1b\[[\d;]*m/g));
  const plain = [0, 1, 2, 4, 7, 22, 24, 27].map((code) => `\x1b[${code}m`);
  deepStrictEqual([...styles.difference(new Set(plain))], []);
  const all = written.replaceAll("C.UTF-8", "");
  // deno-lint-ignore no-control-regex
  deepStrictEqual(all.match(/[^\x00-\x7f]+/g) ?? [], [], "more than ASCII");
});

/** What Deno writes by itself where it starts a thread: our cursor stands where there is nothing to clear. */
const DENO_CLEARS = "\x1b[0G\x1b[2K\x1b[J";

testOnScreen("frames are written whole: nothing flickers", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  hub.bytesPerSecond = 100_000;
  await using screen = await openScreen(box, ["tui", TINY], { ...USUAL, env: UNICODE });
  await screen.waitFor("the quants", /Q4_K_M/);
  await screen.press("d");
  await screen.waitFor("the question", /Download Q4_K_M of/);
  await screen.press("Enter", "3");
  await screen.waitFor("it to be done", /Finished \(1\)/);
  await screen.press("q");
  await checkRestored(screen, 0);
  const written = (await screen.written()).replaceAll(DENO_CLEARS, "");
  const frames = written.slice(written.indexOf("\x1b[?2026h"), written.lastIndexOf("\x1b[?2026l"));
  // Erasing more than one line at a time is what the eye sees.
  // deno-lint-ignore no-control-regex
  deepStrictEqual(frames.match(/\x1b\[[0-3]?J/g) ?? [], []);
  // Between the end of one frame and the beginning of the next there is nothing.
  const between = frames.split("\x1b[?2026l").slice(1).map((text) =>
    text.slice(0, text.indexOf("\x1b[?2026h"))
  );
  // Once, pasted text is asked for in brackets.
  deepStrictEqual([...new Set(between)].filter((text) => text !== "" && text !== "\x1b[?2004h"), []);
});

Deno.test("mm without a terminal is the help, and mm tui says what it wants", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  const bare = await box.run([]);
  strictEqual(bare.code, 0);
  match(bare.stdout, /^Usage: mm /m);
  const tui = await box.run(["tui"]);
  strictEqual(tui.code, 2);
  match(tui.stderr, /wants a terminal[^]*hint: .*mm tui --plain/);
  // deno-lint-ignore no-control-regex
  doesNotMatch(bare.stdout + tui.stdout + tui.stderr, /\x1b/);
});

Deno.test("mm tui --plain does the same through pipes: search, details, download, delete", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  const lines = [
    "search tiny",
    "1",
    "download 2",
    "1",
    "wait 2",
    "library",
    "delete 1",
    "delete",
    "quit",
    "",
  ];
  const run = await box.run(["tui", "--plain"], { stdin: lines.join("\n"), env: UNICODE });
  strictEqual(run.code, 0, run.stderr);
  match(
    run.stdout,
    /1\. acme\/tiny-GGUF[^]*Question: Download Q8_0 of acme\/tiny-GGUF\?[^]*Finished: acme\/tiny-GGUF/,
  );
  match(run.stdout, /Question: Delete acme\/tiny-GGUF:Q8_0\?/);
  // deno-lint-ignore no-control-regex
  doesNotMatch(run.stdout + run.stderr, /[\x1b\r]|^> /m);
  deepStrictEqual((await filesBelow(box.modelsDir)).filter((path) => path.endsWith(".gguf")), []);
});
