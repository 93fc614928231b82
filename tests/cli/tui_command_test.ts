import assert from "node:assert/strict";
import { runTestCli } from "../support/run_cli.ts";
import { TestClock } from "../support/test_clock.ts";
import { openTuiBench } from "../support/tui_bench.ts";

Deno.test("mm tui without a terminal is misuse, and says what there is instead", async () => {
  for (const terminal of [{}, { columns: 100, stdinIsTerminal: false }]) {
    const run = await runTestCli(["tui"], { terminal });
    assert.equal(run.code, 2);
    assert.match(run.stderr, /^error: The terminal UI wants a terminal/);
    assert.match(run.stderr, /mm tui --plain/);
    assert.equal(run.stdout, "");
  }
});

Deno.test("mm tui has no form for programs", async () => {
  for (const args of [["tui", "--json"], ["tui", "--quiet"], ["tui", "--plain", "--json"]]) {
    const run = await runTestCli(args, { terminal: { columns: 100 } });
    assert.equal(run.code, 2, args.join(" "));
    assert.match(run.stdout + run.stderr, /The terminal UI is for people/);
  }
});

Deno.test("mm tui -v is refused: the log would be written over it", async () => {
  for (const args of [["tui", "-v"], ["-v"]]) {
    const run = await runTestCli(args, { terminal: { columns: 100 } });
    assert.equal(run.code, 2, args.join(" "));
    assert.match(run.stderr, /^error: The log of --verbose/m);
  }
});

Deno.test("mm tui names the screens when there is none of that name", async () => {
  const run = await runTestCli(["tui", "libary"], { terminal: { columns: 100 } });
  assert.equal(run.code, 2);
  assert.match(run.stderr, /There is no screen "libary": wanted library, search/);
  assert.equal((await runTestCli(["tui", "a/b/c/../d"], { terminal: { columns: 100 } })).code, 2);
});

Deno.test("mm tui says what is wrong with the settings while the terminal is as it was", async () => {
  await using bench = openTuiBench([], { files: { "config/config.json": '{"ui": {"theme": "pink"}}' } });
  const run = await bench.ended;
  assert.equal(run.code, 2);
  assert.match(run.stderr, /ui\.theme/);
  assert.equal(bench.screen.written, "");
});

Deno.test("mm alone shows the help where nobody can be shown more", async () => {
  const help = (await runTestCli(["--help"], { terminal: { columns: 100 } })).stdout;
  for (
    const [args, terminal] of [
      [[], {}],
      [[], { columns: 100, stdinIsTerminal: false }],
      [["--quiet"], { columns: 100 }],
    ] as const
  ) {
    const run = await runTestCli(args, { terminal });
    assert.equal(run.code, 0);
    assert.match(run.stdout, /^Usage: mm \[options\] <command>/);
    if ("columns" in terminal) assert.equal(run.stdout, help);
  }
});

Deno.test("mm with global options alone opens the terminal UI with them", async () => {
  const models: string[] = [];
  await using bench = openTuiBench(["--models-dir", "[home]/others"], {
    onCreate: ({ settings }) => models.push(settings.models_dir),
  });
  await bench.see(/Library/);
  assert.match(models.join(), /others$/);
});

Deno.test("TERM=dumb takes the plain mode", async () => {
  const run = await runTestCli([], {
    terminal: { columns: 100, input: ["quit"] },
    environment: { TERM: "dumb" },
    clock: new TestClock({ autoAdvance: true }),
  });
  assert.equal(run.code, 0);
  assert.match(run.stdout, /^Model Manager, plain mode/);
});
