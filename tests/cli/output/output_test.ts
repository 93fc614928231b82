import assert from "node:assert/strict";
import { Output, type OutputMode, toJson } from "../../../cli/output/output.ts";
import { chooseTheme, PLAIN_THEME } from "../../../cli/output/theme.ts";
import { FakeTerminal, type FakeTerminalOptions } from "../../support/fake_terminal.ts";

function make(mode: OutputMode, options: FakeTerminalOptions = {}) {
  const terminal = new FakeTerminal(options);
  return { terminal, output: new Output({ mode, terminal, noColor: true, environment: {} }) };
}

Deno.test("Output.result() makes only the view that is wanted", async () => {
  const refuse = (): never => {
    throw new Error("not wanted");
  };
  const human = make("human");
  await human.output.result({ json: refuse, quiet: refuse, human: () => ["a", "b"] });
  assert.equal(human.terminal.stdout, "a\nb\n");
  const quiet = make("quiet");
  await quiet.output.result({ json: refuse, quiet: () => [], human: refuse });
  assert.equal(quiet.terminal.stdout, "");
  const json = make("json");
  await json.output.result({ json: () => ({ a: undefined, b: [undefined] }), quiet: refuse, human: refuse });
  assert.deepEqual(JSON.parse(json.terminal.stdout), { a: null, b: [null] });
});

Deno.test("Output says things to people only, warnings to all but who wants quiet, and damage to everybody", () => {
  for (const mode of ["human", "json", "events", "quiet"] as const) {
    const { output, terminal } = make(mode);
    output.say("said");
    output.suggest("suggested");
    output.warn("warned of hf_abcdefgh1234");
    output.alarm("damaged hf_abcdefgh1234");
    assert.equal(terminal.stdout, "");
    assert.equal(terminal.stderr.includes("said"), mode === "human", mode);
    assert.equal(terminal.stderr.includes("suggested"), mode === "human", mode);
    assert.equal(terminal.stderr.includes("warning: warned of hf_REDACTED\n"), mode !== "quiet", mode);
    assert.ok(terminal.stderr.endsWith("warning: damaged hf_REDACTED\n"), mode);
  }
});

Deno.test("Output.fail() shows errors in quiet mode too", () => {
  const { output, terminal } = make("quiet");
  output.fail(new Error("broken"));
  assert.match(terminal.stderr, /^error: This is a bug in mm: broken\n/);
});

Deno.test("Output.fail() ends a stream of events with a line of type error", () => {
  const { output, terminal } = make("events");
  output.fail(Object.assign(new Error("locked"), { code: "LOCKED", hints: ["Wait"] }));
  assert.equal(
    terminal.stdout,
    '{"type":"error","error":{"code":"LOCKED","message":"locked","hints":["Wait"],"causes":[]}}\n',
  );
  assert.equal(terminal.stderr, "");
});

Deno.test("Output.width is the terminal's, and without end for a pipe", () => {
  assert.equal(make("human").output.width, Infinity);
  assert.equal(make("human", { columns: 61 }).output.width, 61);
});

Deno.test("chooseTheme() colours only on a terminal that wants it", () => {
  const environment = {};
  assert.notEqual(chooseTheme({ isTerminal: true, noColor: false, environment }), PLAIN_THEME);
  assert.equal(chooseTheme({ isTerminal: false, noColor: false, environment }), PLAIN_THEME);
  assert.equal(chooseTheme({ isTerminal: true, noColor: true, environment }), PLAIN_THEME);
  assert.equal(
    chooseTheme({ isTerminal: true, noColor: false, environment: { NO_COLOR: "1" } }),
    PLAIN_THEME,
  );
  assert.equal(chooseTheme({ isTerminal: true, noColor: false, environment: { TERM: "dumb" } }), PLAIN_THEME);
  assert.notEqual(
    chooseTheme({ isTerminal: true, noColor: false, environment: { NO_COLOR: "" } }),
    PLAIN_THEME,
  );
});

Deno.test("toJson() keeps null, false, zero and empty", () => {
  assert.equal(toJson({ a: null, b: false, c: 0, d: "", e: [] }), '{"a":null,"b":false,"c":0,"d":"","e":[]}');
});
