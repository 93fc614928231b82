/**
 * Every command on terminals of few columns, and on those that have ASCII only.
 *
 * @module
 */
import assert from "node:assert/strict";
import { COMMAND_ARGUMENTS } from "../support/command_arguments.ts";
import { commandTree } from "../support/command_tree.ts";
import { type CliRun, runTestCli } from "../support/run_cli.ts";

/** Their results are paths and documents: they are copied as they are. */
const VERBATIM = [
  "pull",
  "history export",
  "models schema",
  "config get",
  "config path",
  "config export",
  "config validate",
  "service print",
  "completions",
];

async function run(
  name: string,
  args: readonly string[],
  { columns, LANG = "C.UTF-8" }: { readonly columns: number; readonly LANG?: string },
): Promise<CliRun> {
  return await runTestCli([...name.split(" "), ...args, "--yes"], {
    terminal: { columns, input: ["hf_aTokenForTests"] },
    environment: { EDITOR: "my-editor", LANG },
    editor: () => Promise.resolve(0),
  });
}

/** What is on the screen, without what moves the cursor. */
function screenLines(text: string): string[] {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[\d;?]*[A-Za-z]|\r/g, "").replaceAll("[version]", "0.1.0").split("\n");
}

/** One word, or a command: whoever copies it gets all of it. */
function isOnePiece(line: string): boolean {
  return /^\S+$/.test(line.trim()) || /^ *(?:mm|deno|ollama|export|echo|eval) /.test(line);
}

for (const columns of [40, 20]) {
  Deno.test(`no command writes more than ${columns} columns where words can be broken`, async () => {
    for (const [name, args] of Object.entries(COMMAND_ARGUMENTS)) {
      if (args === undefined) continue;
      const { stdout, stderr } = await run(name, args, { columns });
      const lines = [...VERBATIM.includes(name) ? [] : screenLines(stdout), ...screenLines(stderr)];
      const wide = lines.filter((line) => line.length > columns && !isOnePiece(line));
      assert.deepEqual(wide, [], `mm ${name}`);
    }
  });
}

for (const columns of [40, 20]) {
  Deno.test(`no help is wider than ${columns} columns where words can be broken`, async () => {
    const { commands } = await commandTree();
    for (const names of [[], ...commands.map(({ names }) => names)]) {
      const { stdout } = await runTestCli([...names, "--help"], { terminal: { columns } });
      const wide = stdout.split("\n").filter((line) => line.length > columns && !isOnePiece(line));
      assert.deepEqual(wide, [], `mm ${names.join(" ")} --help`);
    }
  });
}

Deno.test("a command of an example is in one piece on 80 columns: it is copied from there", async () => {
  const { commands } = await commandTree();
  for (const names of [[], ...commands.map(({ names }) => names)]) {
    const { stdout } = await runTestCli([...names, "--help"], { terminal: { columns: 300 } });
    const [, examples = ""] = stdout.split("Examples:\n");
    // What is said of it stands behind two blanks.
    const typed = examples.split("\n").filter((line) => /^ {2}\S/.test(line)).map((line) =>
      line.replace(/(?<=\S) {2,}.*$/, "")
    );
    assert.deepEqual(typed.filter((line) => line.length > 80), [], `mm ${names.join(" ")} --help`);
  }
});

for (const [what, LANG] of [["LANG=C", "C"], ["LANG=POSIX", "POSIX"], ["no locale", ""]] as const) {
  Deno.test(`no command writes a sign that is no ASCII with ${what}`, async () => {
    for (const [name, args] of Object.entries(COMMAND_ARGUMENTS)) {
      if (args === undefined) continue;
      const { stdout, stderr } = await run(name, args, { columns: 50, LANG });
      // What is left is letters of names, which are what they are.
      // deno-lint-ignore no-control-regex
      const signs = (stdout + stderr).match(/[^\x00-\x7f\p{L}]/gu) ?? [];
      assert.deepEqual(signs, [], `mm ${name}`);
    }
  });
}

Deno.test("a dumb terminal is sent nothing that moves a cursor, and is told how it goes all the same", async () => {
  for (const name of ["pull", "sync", "update", "verify", "queue run"]) {
    const { stdout, stderr } = await runTestCli([...name.split(" "), ...COMMAND_ARGUMENTS[name] ?? []], {
      terminal: { columns: 80 },
      environment: { TERM: "dumb" },
    });
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(stdout + stderr, /\x1b|\r/, name);
    assert.notEqual(stderr, "", name);
  }
});

Deno.test("in a pipe nothing is cut, broken or replaced", async () => {
  const piped = await runTestCli(["list"], { environment: { LANG: "C" } });
  assert.match(piped.stdout, /^acme\/Llama-3\.2-3B-Instruct-GGUF:Q4_K_M /m);
  const found = await runTestCli(["search", "llama"], { environment: { LANG: "C" } });
  assert.match(found.stdout, /とても長い名前のモデル-GGUF/);
});
