/**
 * What holds for every command: the global options, one JSON document whatever happens, the same exit code with and
 * without it, and a help that fits.
 *
 * @module
 */
import assert from "node:assert/strict";
import { commandTree } from "../support/command_tree.ts";
import { COMMAND_ARGUMENTS } from "../support/command_arguments.ts";
import { type CliRun, type CliRunOptions, runTestCli } from "../support/run_cli.ts";

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
  assert.deepEqual(leaves.map(({ names }) => names.join(" ")).sort(), Object.keys(COMMAND_ARGUMENTS).sort());
});

for (const { names } of leaves) {
  const name = names.join(" ");
  const args = COMMAND_ARGUMENTS[name];
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

Deno.test("every command has at least two examples in its help, with what they are for", async () => {
  for (const { names } of commands) {
    const name = names.join(" ");
    const { stdout } = await runTestCli([...names, "--help"]);
    const [, examples = ""] = /^Examples:\n((?: {2}.*(?:\n|$))+)/m.exec(stdout) ?? [];
    const lines = examples.split("\n").filter((line) => /^ {2}\S/.test(line));
    assert.ok(lines.length >= 2, `mm ${name} --help has ${lines.length} examples`);
    const own = lines.filter((line) => line.startsWith(`  mm ${name}`) || / mm /.test(line));
    assert.notDeepEqual(own, [], `mm ${name} --help shows how it is used itself`);
    assert.equal(new Set(lines).size, lines.length, name);
  }
});

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
