/**
 * Every command line of the documents, and every example of the help, is read by the program's own parser.
 *
 * @module
 */
import assert from "node:assert/strict";
import { commandTree } from "../support/command_tree.ts";
import { openCommandChecker } from "./command_checker.ts";
import { type CommandLine, commandLinesOf, linesOfText } from "./command_lines.ts";
import { textBelow } from "./commands_page.ts";
import { allDocuments, documentOf } from "./document_set.ts";
import { shellCommands } from "./shell_words.ts";

const check = await openCommandChecker();

async function mistakesOf(lines: readonly CommandLine[], place: string): Promise<string[]> {
  const found: string[] = [];
  for (const { line, args, isName = false } of lines) {
    const what = await check(args);
    // A command that is only named in a sentence has no arguments there.
    const isWrong = what !== undefined &&
      !(isName && /^(?:missing required argument|required option|option .* argument missing)/.test(what));
    if (isWrong) found.push(`${place}: ${what}, in: ${line}`);
  }
  return found;
}

Deno.test("every command line in README.md, docs/ and their like can be typed", async () => {
  const mistakes: string[] = [];
  let count = 0;
  for (const document of allDocuments()) {
    // What was true of an older version may stand in its history.
    if (document.path === "CHANGELOG.md") continue;
    const lines = commandLinesOf(document);
    count += lines.length;
    mistakes.push(...await mistakesOf(lines, document.path));
  }
  assert.deepEqual(mistakes, []);
  assert.ok(count > 200, `only ${count} command lines were found`);
});

Deno.test("every example in the help of a command can be typed", async () => {
  const { program, commands } = await commandTree();
  const mistakes: string[] = [];
  for (const command of [program, ...commands.map((known) => known.command)]) {
    const lines = linesOfText(textBelow(command).split("\n"));
    mistakes.push(...await mistakesOf(lines, `mm ${command.name()} --help`));
  }
  assert.deepEqual(mistakes, []);
});

Deno.test("openCommandChecker() finds what nobody can type, and only that", async () => {
  const problems: Readonly<Record<string, RegExp | undefined>> = {
    "mm serch llama": /no command "serch"/,
    "mm queue lists": /"queue" has no command "lists"/,
    "mm list --sorted": /unknown option '--sorted'/,
    "mm list --sort colour": /choices are|wanted/,
    "mm pull": /missing required argument/,
    "mm pull org/name --connections 99": /from 1 to 16/,
    "mm whoami ada": /too many arguments/,
    "mm config set model_dir DIR": /no setting "model_dir"/,
    "mm help refrences": /no help about "refrences"/,
    "mm --jason list": /no option "--jason"/,
    "mm --jason": /no option "--jason"/,
    "mm list --sort size --json": undefined,
    "mm ls": undefined,
    "mm pull org/name --limit-rate RATE": undefined,
    "mm pull org/name -i '*.json' | head -1": undefined,
    "HF_TOKEN=$(cat token) mm whoami > out.txt 2>&1": undefined,
    "mm help CHECKSUM_MISMATCH": undefined,
    "mm help references": undefined,
    "mm COMMAND --help": undefined,
    "mm pull --help": undefined,
    "mm --version": undefined,
    "deno run -A main.ts show org/name": undefined,
    "deno run -A jsr:@model-manager/mm shoe org/name": /no command "shoe"/,
    "deno task mm list": undefined,
  };
  for (const [line, wanted] of Object.entries(problems)) {
    const [found] = commandLinesOf(documentOf("a.md", `\`\`\`sh\n${line}\n\`\`\``));
    assert.ok(found !== undefined, line);
    const what = await check(found.args);
    if (wanted === undefined) assert.equal(what, undefined, line);
    else assert.match(what ?? "", wanted, line);
  }
});

Deno.test("commandLinesOf() reads scripts, captures, YAML, alternatives and inline code", () => {
  const text = [
    "Type `mm list`, `mm queue pause|resume [JOB]` or `other tool`, not `mm`.",
    "```yaml\nsteps:\n  - run: mm sync --frozen\n  - run: |\n      mm verify\n```",
    "```text\n$ mm show org/name\nmm is a program\n  mm pull org/name    a description\nmm tui [options] [WHERE]\n```",
    "```sh\nmm pull org/name \\\n  --dry-run && mm list # mm none\n```",
    "```ts\nmm none\n```",
    "```text\n$ mm none\nerror: There is no command\n```",
  ].join("\n\n");
  assert.deepEqual(commandLinesOf(documentOf("a.md", text)).map(({ args }) => args.join(" ")), [
    "sync --frozen",
    "verify",
    "show org/name",
    "pull org/name",
    "pull org/name --dry-run",
    "list",
    "list",
    "queue pause JOB",
    "queue resume JOB",
  ]);
});

Deno.test("shellCommands() keeps quoted words together and leaves out what is not an argument", () => {
  assert.deepEqual(shellCommands(`A=1 B="x y" mm pull 'a b' "c;d" > out 2>&1; mm list | wc -l # no`), [
    ["mm", "pull", "a b", "c;d"],
    ["mm", "list"],
    ["wc", "-l"],
  ]);
  assert.deepEqual(shellCommands("X=$(openssl rand -hex 17) mm serve"), [["mm", "serve"]]);
});
