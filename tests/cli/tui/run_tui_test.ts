import assert from "node:assert/strict";
import type { CreateAppOptions } from "../../../cli/wiring.ts";
import { openTuiBench, type TuiBenchOptions } from "../../support/tui_bench.ts";

const SIZES = [[100, 30], [70, 24], [50, 20], [40, 12]] as const;

Deno.test("mm on a terminal opens the terminal UI, and q leaves it", async () => {
  await using bench = openTuiBench();
  await bench.see(/Model Manager {2}Library/);
  await bench.type("q");
  const run = await bench.ended;
  assert.deepEqual([run.code, run.stdout, run.stderr], [0, "", ""]);
  assert.ok(bench.screen.restored > 0);
});

Deno.test("mm tui opens what it is told to", async () => {
  for (
    const [where, title] of [["downloads", /Downloads/], ["Settings", /Settings/], [
      "acme/tiny",
      /Details/,
    ]] as const
  ) {
    await using bench = openTuiBench(["tui", where]);
    await bench.see(title);
  }
});

Deno.test("runTui() fills the terminal but for the line of the cursor, whatever its size, and follows it", async () => {
  await using bench = openTuiBench();
  await bench.see(/Library/);
  for (const [columns, rows] of SIZES) {
    await bench.resize(columns, rows);
    await bench.see(/quit/i);
    const lines = bench.text().split("\n");
    assert.equal(lines.length, rows - 1, `${columns}x${rows}:\n${bench.text()}`);
    assert.match(lines.at(-1) ?? "", /quit/i);
    assert.match(lines[0] ?? "", /Library/);
  }
  await bench.resize(30, 8);
  await bench.see(/^30x8 is too small\nwanted 40x12$/);
  await bench.resize(100, 30);
  await bench.see(/^ Model Manager {2}Library/);
});

Deno.test("runTui() takes keys that come together one by one", async () => {
  await using bench = openTuiBench();
  await bench.see(/Library/);
  await bench.type("3\t\x1b[Z\t\t6");
  await bench.see(/Model Manager {2}Settings/);
});

Deno.test("Ctrl+C ends it at once and without a question: 130, with the terminal put back", async () => {
  await using bench = openTuiBench();
  await bench.see(/Library/);
  await bench.type("\x03");
  assert.ok(bench.screen.restored > 0, "before anything else");
  const run = await bench.ended;
  assert.deepEqual([run.code, run.stdout, run.stderr], [130, "", ""]);
});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  Deno.test(`${signal} ends it with ${code}`, async () => {
    await using bench = openTuiBench();
    await bench.see(/Library/);
    bench.send(signal);
    assert.ok(bench.screen.restored > 0);
    assert.equal((await bench.ended).code, code);
  });
}

Deno.test("a keyboard that has gone ends it like the end of the terminal", async () => {
  await using bench = openTuiBench();
  await bench.see(/Library/);
  bench.screen.listener?.onEnd();
  assert.equal((await bench.ended).code, 129);
});

Deno.test("an error that nobody caught is shown when the terminal has been put back", async () => {
  await using bench = openTuiBench();
  await bench.see(/Library/);
  bench.screen.listener?.onCrash(new Error("boom"));
  assert.ok(bench.screen.restored > 0);
  assert.equal(bench.terminal.stderr, "");
  const run = await bench.ended;
  assert.equal(run.code, 1);
  assert.match(run.stderr, /^error: .*boom/);
});

Deno.test("Ctrl+L and the way back from Ctrl+Z draw everything anew", async () => {
  await using bench = openTuiBench();
  const before = await bench.see(/Daemon +not running/);
  bench.screen.vt.write("\x1b[5;5Hrubbish");
  assert.match(bench.text(), /rubbish/);
  await bench.type("\x0c");
  assert.equal(bench.text(), before);
  bench.screen.vt.write("\x1b[5;5Hrubbish");
  await bench.type("\x1a");
  assert.equal(bench.screen.suspensions, 1);
  assert.equal(bench.text(), before);
});

Deno.test("what the application has to say is shown in place, and nothing goes past the screen", async () => {
  const created: CreateAppOptions[] = [];
  await using bench = openTuiBench([], { onCreate: (options) => created.push(options) });
  await bench.see(/Library/);
  assert.equal(created.length, 1);
  created[0]?.onNotice("The Hub has moved");
  // deno-lint-ignore no-console
  console.log("a package that talks");
  await bench.see(/The Hub has moved/);
  assert.deepEqual([bench.terminal.stdout, bench.terminal.stderr], ["", ""]);
});

Deno.test("a picture that is drawn in steps is the one that is drawn at once", async () => {
  await using bench = openTuiBench();
  await bench.see(/Daemon +not running/);
  for (const keys of ["3", "4", "\x1b", "2", "\x1b", "1", "?", "\x1b", "6"]) {
    await bench.type(keys);
    const drawn = bench.text();
    await bench.type("\x0c");
    assert.equal(bench.text(), drawn, `after ${JSON.stringify(keys)}`);
  }
});

/** The theme that is kept after its key was pressed once. */
async function keptTheme(
  args: readonly string[],
  { wanted, ...options }: TuiBenchOptions & { readonly wanted: RegExp },
): Promise<readonly [shown: string, file: string | undefined]> {
  await using bench = openTuiBench(args, options);
  await bench.see(/Library/);
  await bench.type("t");
  const shown = await bench.see(wanted);
  await bench.type("q");
  return [shown, (await bench.ended).read("config/config.json")];
}

Deno.test("the key of the theme keeps it in the user's file", async () => {
  const [shown, file] = await keptTheme([], { wanted: /Theme: light$/m });
  assert.match(shown, /Theme: light$/m);
  assert.deepEqual(JSON.parse(file ?? ""), { ui: { theme: "light" } });
});

Deno.test("a theme that something stronger sets is changed for now only, and that is said", async () => {
  const [byOption, file] = await keptTheme(["tui", "--theme", "light"], { wanted: /Theme: .*, for now/ });
  assert.match(byOption, /Theme: high-contrast, for now: it is set by the option --theme/);
  assert.equal(file, undefined);
  const [byVariable, other] = await keptTheme([], {
    environment: { MM_THEME: "high-contrast" },
    wanted: /Theme: .*, for now/,
  });
  assert.match(byVariable, /Theme: dark, for now: it is set by the .*MM_THEME/);
  assert.equal(other, undefined);
});

Deno.test("NO_COLOR, --no-color and terminals without them get none of the 256 colours", async () => {
  for (
    const [args, environment, colours] of [
      [[], { NO_COLOR: "", TERM: "xterm-256color" }, true],
      [[], { TERM: "xterm-256color" }, false],
      [["--no-color"], { NO_COLOR: "", TERM: "xterm-256color" }, false],
      [[], { NO_COLOR: "", TERM: "vt100" }, false],
      [[], { NO_COLOR: "", TERM: "linux" }, false],
    ] as const
  ) {
    await using bench = openTuiBench(args, { environment });
    await bench.see(/Library/);
    // deno-lint-ignore no-control-regex
    assert.equal(/\x1b\[[34]8;5;/.test(bench.screen.written), colours, JSON.stringify([args, environment]));
  }
});

Deno.test("LANG=C draws with ASCII only", async () => {
  await using bench = openTuiBench([], { environment: { LANG: "C" } });
  await bench.see(/Library/);
  // deno-lint-ignore no-control-regex
  assert.match(bench.text().replaceAll("…", "").replace(/日本語.*/g, ""), /^[\x00-\x7f]*$/);
});
