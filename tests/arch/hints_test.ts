/**
 * Whatever the program tells people to type can be typed: its commands, their own commands and their options.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Command } from "@commander-js/extra-typings";
import { findSetting } from "../../core/config/mod.ts";
import { openCommandChecker } from "../docs/command_checker.ts";
import { programArguments, shellCommands } from "../docs/shell_words.ts";
import { commandTree } from "../support/command_tree.ts";
import { listFiles, PROGRAM, readSource } from "./source_scan.ts";

/** A text of the program, and where it is. */
interface Text {
  readonly text: string;
  readonly place: string;
}

/** What stands for the parts of a text that are only known when the program runs. */
const PLACEHOLDER = "X";

/** The texts in one source: comments and what is imported do not count. */
function textsOf(path: string, source: string): Text[] {
  const texts: Text[] = [];
  const add = (text: string, at: number): void => {
    const line = source.slice(0, at).split("\n").length;
    texts.push({ text, place: `${path}:${line}` });
  };
  const plugin: Deno.lint.Plugin = {
    name: "texts",
    rules: {
      scan: {
        create: () => ({
          Literal(node) {
            if (typeof node.value === "string") add(node.value, node.range[0]);
          },
          TemplateLiteral(node) {
            add(node.quasis.map(({ cooked }) => cooked).join(PLACEHOLDER), node.range[0]);
          },
        }),
      },
    },
  };
  Deno.lint.runPlugin(plugin, path, source);
  return texts;
}

/** What can follow the program's name where it is no command line but a word in a sentence. */
const PROSE: ReadonlySet<string> = new Set([
  "everywhere",
  "has",
  "itself",
  "makes",
  "that",
  "under",
  "uses",
  "would",
]);

/** Its options and those of all its own commands. */
interface Known {
  readonly options: ReadonlySet<string>;
  readonly commands: ReadonlyMap<string, Known>;
}

function knownOf(command: Command): Known {
  const commands = command.commands.map((inner) => [inner.name(), knownOf(inner as Command)] as const);
  const aliases = command.commands.flatMap((inner) =>
    inner.aliases().map((alias) => [alias, knownOf(inner as Command)] as const)
  );
  return {
    // The parser keeps the option for help apart from the others.
    options: new Set([
      "-h",
      "--help",
      ...command.options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined)),
    ]),
    commands: new Map([...commands, ...aliases]),
  };
}

/** Up to where a command line goes on in a sentence. */
const END = /,|`| {2}| \||\(|\)|;|: | — |\n| (?:or|then|and|to|for|with|when|until|knows|on)(?= )/;

/** The words of every command line in a text, without the program's name. */
function commandLines(text: string): string[][] {
  return [...text.matchAll(/(?<![\w./-])mm (?=[a-z-])/g)].map(({ index }) => {
    const [line = ""] = text.slice(index + 3).split(END);
    return line.split(" ").map((word) => word.replace(/[.…"'?!:]+$/, "").replace(/=.*$/, "")).filter((word) =>
      word !== ""
    );
  });
}

/** What of a command line nobody could type; `undefined` when all of it can be. */
function mistake(words: readonly string[], program: Known): string | undefined {
  const [name = "", ...rest] = words;
  const isOption = name.startsWith("-");
  const command = isOption ? program : program.commands.get(name);
  if (command === undefined) return PROSE.has(name) ? undefined : `there is no command "${name}"`;
  const [inner = ""] = rest;
  const below = command.commands.get(inner);
  if (
    !isOption && below === undefined && command.commands.size > 0 && /^[a-z-]+$/.test(inner) && inner !== ""
  ) {
    if (!inner.startsWith("-")) return `"${name}" has no command "${inner}"`;
  }
  const [, , setting = ""] = words;
  if (name === "config" && ["get", "set", "unset"].includes(inner) && /^[a-z_.]+$/.test(setting)) {
    if (findSetting(setting) === undefined) return `there is no setting "${setting}"`;
  }
  const unknown = (isOption ? words : rest).find((word) =>
    /^--?[a-z]/i.test(word) &&
    !command.options.has(word) && below?.options.has(word) !== true && !program.options.has(word)
  );
  return unknown === undefined ? undefined : `"${name}" has no option "${unknown}"`;
}

const program = knownOf((await commandTree()).program);
/** Its mistakes are examples, and its commands are read by the parser itself: tests/cli/help/error_guide_test.ts. */
const GUIDE = "cli/help/error_guide.ts";
const texts = listFiles(PROGRAM, /\.tsx?$/).filter((path) => path !== GUIDE).flatMap((path) =>
  textsOf(path, readSource(path))
);

Deno.test("every command line in a text of the program can be typed", () => {
  const wrong = texts.flatMap(({ text, place }) =>
    commandLines(text).flatMap((words) => {
      const what = mistake(words, program);
      return what === undefined ? [] : [`${place}: ${what}, in: ${text.slice(0, 120)}`];
    })
  );
  assert.deepEqual(wrong, []);
  const found = texts.flatMap(({ text }) => commandLines(text));
  assert.ok(found.length > 100, `only ${found.length} command lines were found`);
});

/** The command with which a piece of advice ends: all of it is to be typed. */
function finalCommand(text: string): string | undefined {
  const [, line] = /^[A-Z][^\n]*: (mm [a-z][^\n]*)$/.exec(text) ?? [];
  // Where the sentence goes on, only its words tell where the command ends.
  return line === undefined || / (?:has|goes|would|then|or|and|\(it) |, /.test(line)
    ? undefined
    : line.replace(/\.$/, "");
}

Deno.test("the command at the end of a piece of advice is read by the parser itself, with its values", async () => {
  const check = await openCommandChecker();
  const wrong: string[] = [];
  let count = 0;
  for (const { text, place } of texts) {
    const line = finalCommand(text);
    for (const words of line === undefined ? [] : shellCommands(line)) {
      const args = programArguments(words);
      const what = args === undefined ? undefined : await check(args);
      count++;
      if (what !== undefined) wrong.push(`${place}: ${what}, in: ${line}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(count > 100, `only ${count} commands were found`);
});

Deno.test("finalCommand() takes what is to be typed, and no sentence", () => {
  assert.equal(finalCommand("See them: mm list --sort size"), "mm list --sort size");
  assert.equal(finalCommand("Look: mm cleanup, then mm list"), undefined);
  assert.equal(finalCommand("And more: mm history stats has all of them"), undefined);
});

Deno.test("no hint leaves open which command is to get an option: that one may not have it", () => {
  // What one command alone can meet may say so.
  const ofOne = /^core\/(?:operations\/(?:link|import)|library\/hf_cache)\//;
  const open = texts.filter(({ text, place }) => /same command with -/.test(text) && !ofOne.test(place))
    .map(({ place }) => place);
  assert.deepEqual(open, []);
});

Deno.test("a mistake in a command line is found", () => {
  const mistakes = (text: string): (string | undefined)[] =>
    commandLines(text).map((words) => mistake(words, program));
  for (
    const text of [
      "Log in: mm login",
      "See: mm --help",
      "Look: mm cleanup, then mm list --sort size",
      "Wait until the other mm has ended",
      "mm pull X -x 'a b' --force --quiet",
      "mm config set models_dir DIR",
      "mm doctor, without --offline",
    ]
  ) assert.deepEqual(mistakes(text).filter((what) => what !== undefined), [], text);
  assert.deepEqual(mistakes("Try: mm serch X"), ['there is no command "serch"']);
  assert.deepEqual(mistakes("Try: mm config sett X"), ['"config" has no command "sett"']);
  assert.deepEqual(mistakes("Try: mm list --sorted size"), ['"list" has no option "--sorted"']);
  assert.deepEqual(mistakes("Try: mm config set model_dir DIR"), ['there is no setting "model_dir"']);
  assert.deepEqual(mistakes("mm queue run --repair, then mm lists"), [
    '"queue" has no option "--repair"',
    'there is no command "lists"',
  ]);
});

Deno.test("texts are found in templates and plain, and not in comments", () => {
  const source = '// mm none\nconst a = `mm list ${b} --sort`; const c = "mm show";\n/** mm none */';
  assert.deepEqual(textsOf("a.ts", source).map(({ text, place }) => `${place} ${text}`), [
    `a.ts:2 mm list ${PLACEHOLDER} --sort`,
    "a.ts:2 mm show",
  ]);
});
