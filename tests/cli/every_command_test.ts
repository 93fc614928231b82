/**
 * What holds for every command: the global options, one JSON document whatever happens, the same exit code with and
 * without it, and a help that fits.
 *
 * @module
 */
import assert from "node:assert/strict";
import { commandTree } from "../support/command_tree.ts";
import { JOBS, RECORDS } from "../support/fake_manager.ts";
import { type CliRun, type CliRunOptions, runTestCli } from "../support/run_cli.ts";

const REF = "acme/Llama-3.2-3B-Instruct-GGUF";
const JOB = JOBS[0]?.id ?? "";

/** What makes each command do its work; `undefined` where that takes more than this test has. */
const ARGUMENTS: Readonly<Record<string, readonly string[] | undefined>> = {
  "search": ["llama"],
  "show": [REF],
  "pull": [`${REF}:Q4_K_M`],
  "queue list": [],
  "queue add": [REF],
  "queue pause": [JOB],
  "queue resume": ["all"],
  "queue retry": ["all"],
  "queue cancel": ["all"],
  "queue priority": ["high", JOB],
  "queue move": [JOB, "first"],
  "queue clear": [],
  "queue run": [],
  "schedule list": [],
  "schedule create": ["--time", "23:00", "--name", "another"],
  "schedule remove": ["nightly"],
  "schedule enable": ["nightly"],
  "schedule disable": ["nightly"],
  "schedule set-active": ["nightly"],
  "list": [],
  "remove": [REF],
  "verify": [],
  "update": [],
  "models list": [],
  "models add": [REF],
  "models remove": [REF],
  "models update": [REF, "--tag", "chat"],
  "models enable": [REF],
  "models disable": [REF],
  "models pin": [REF],
  "models unpin": [REF],
  "models schema": [],
  "sync": [],
  "lock": [],
  "import": ["--from", "ollama"],
  "link": [REF, "--into", "lmstudio"],
  "cleanup": [],
  "history list": [],
  "history show": [RECORDS[0]?.id ?? ""],
  "history stats": [],
  "history export": [],
  "history clear": [],
  "cache info": [],
  "cache clear": [],
  "config show": ["--origin"],
  "config get": ["download.connections"],
  "config set": ["download.connections", "4"],
  "config unset": ["download.connections"],
  "config reset": ["log.level"],
  "config export": ["--format", "yaml"],
  "config path": [],
  "config validate": [],
  "config edit": [],
  // It serves until it is stopped: tests/cli/serve_command_test.ts and tests/e2e/serve_test.ts.
  "serve": undefined,
  "start": [],
  "stop": [],
  "restart": [],
  "status": [],
  "logs": [],
  "service print": [],
  // They reach the machine's own service manager: tests/e2e/daemon_test.ts.
  "service install": undefined,
  "service uninstall": undefined,
  "login": [],
  "logout": [],
  "whoami": [],
  "doctor": [],
  // Starts a Hub and runs commands one after another: tests/e2e/demo_test.ts.
  "demo": undefined,
  // It has no form for programs: tests/cli/tui_command_test.ts.
  "tui": undefined,
  "version": [],
  // Its answer is a text.
  "help": undefined,
};

const { program, commands } = await commandTree();
const leaves = commands.filter(({ isGroup }) => !isGroup);

const OPTIONS: CliRunOptions = {
  environment: { EDITOR: "my-editor" },
  editor: () => Promise.resolve(0),
};
const run = (args: readonly string[], change: CliRunOptions = {}): Promise<CliRun> =>
  runTestCli(args, { ...OPTIONS, terminal: { input: ["hf_aTokenForTests"] }, ...change });

/** The one document on standard output. */
function document({ stdout }: CliRun, what: string): { readonly error?: { readonly code: string } } {
  assert.ok(stdout.endsWith("\n"), what);
  const value: unknown = JSON.parse(stdout);
  assert.ok(typeof value === "object" && value !== null, what);
  return value;
}

Deno.test("every command of the program is in the table of this test", () => {
  assert.deepEqual(leaves.map(({ names }) => names.join(" ")).sort(), Object.keys(ARGUMENTS).sort());
});

for (const { names } of leaves) {
  const name = names.join(" ");
  const args = ARGUMENTS[name];
  if (args === undefined) continue;
  Deno.test(`mm ${name} gives one JSON document, and the exit code that it has without`, async () => {
    const text = await run([...names, ...args, "--yes"]);
    const json = await run([...names, ...args, "--yes", "--json"]);
    document(json, name);
    assert.equal(json.code, text.code, json.stdout);
    assert.doesNotMatch(json.stderr, /^(?:error|hint|caused by):/m, name);
    const quiet = await run([...names, ...args, "--yes", "--quiet"]);
    assert.equal(quiet.code, text.code, name);
    // What goes wrong is said, and how to go on with it; nothing else is.
    if (quiet.code === 0) assert.equal(quiet.stderr, "", name);
  });

  Deno.test(`mm ${name} takes every global option, before and after its name`, async () => {
    const file = "[home]/other.json";
    const globals = [
      "--config",
      file,
      "--models-dir",
      "/m",
      "--endpoint",
      "http://localhost:1",
      "--token",
      "hf_x",
    ];
    const flags = ["--offline", "--json", "-q", "-v", "--no-color", "--no-progress", "-y"];
    const files = { "other.json": "{}" };
    const before = await run([...globals, ...flags, ...names, ...args], { files });
    const after = await run([...names, ...args, ...globals, ...flags], { files });
    assert.equal(before.code, after.code, after.stdout);
    for (const one of [before, after]) {
      assert.notEqual(document(one, name).error?.code, "USAGE_ERROR", one.stdout);
    }
  });
}

for (const { names, command, isGroup } of commands) {
  const name = names.join(" ");
  Deno.test(`mm ${name} says misuse in one JSON document, with the exit code 2 that it has without`, async () => {
    const wrong = [["--no-such-option"], ...(isGroup ? [["no-such-command"], []] : [])];
    const wanted = command.registeredArguments.filter(({ required }) => required).length;
    if (wanted > 0) wrong.push([]);
    if (name === "help") wrong.push(["no-such-command"]);
    for (const args of wrong) {
      const text = await run([...names, ...args]);
      assert.deepEqual([text.code, text.stdout], [2, ""], [...names, ...args].join(" "));
      assert.match(text.stderr, /^error: [^]*^hint: /m);
      for (const line of [["--json", ...names, ...args], [...names, ...args, "--json"]]) {
        const json = await run(line);
        assert.equal(json.code, 2, line.join(" "));
        assert.equal(document(json, name).error?.code, "USAGE_ERROR");
        assert.equal(json.stderr, "");
      }
    }
  });
}

for (const columns of [80, 60]) {
  Deno.test(`no help is wider than ${columns} columns, and all of it ends well`, async () => {
    for (const names of [[], ...commands.map(({ names }) => names)]) {
      const { code, stdout } = await runTestCli([...names, "--help"], { terminal: { columns } });
      assert.equal(code, 0);
      const wide = stdout.split("\n").filter((line) => line.length > columns && /\S\s+\S/.test(line.trim()));
      assert.deepEqual(wide, [], `mm ${names.join(" ")} --help`);
      assert.doesNotMatch(stdout, /\n\n\n/, names.join(" "));
    }
  });
}

Deno.test("every command, argument and option of the help is explained", () => {
  assert.notEqual(program.description(), "");
  for (const { names, command } of commands) {
    const name = names.join(" ");
    assert.notEqual(command.description(), "", name);
    assert.match(command.description(), /^[A-Z][^]*\.$/, `${name} is described by a sentence`);
    for (const { description, flags } of command.options) {
      assert.notEqual(description, "", `${name} ${flags}`);
    }
    for (const argument of command.registeredArguments) {
      assert.notEqual(argument.description, "", `${name} ${argument.name()}`);
    }
  }
});
