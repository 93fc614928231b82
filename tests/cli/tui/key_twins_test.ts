import { deepStrictEqual } from "node:assert/strict";
import type { Command } from "@commander-js/extra-typings";
import type { KeyBinding } from "../../../cli/tui/key_map.ts";
import { createHelpScreen } from "../../../cli/tui/help/help_screen.ts";
import { SCREENS } from "../../../cli/tui/screens.ts";
import { SHELL_KEYS } from "../../../cli/tui/shell/shell_keys.ts";
import { commandTree } from "../../support/command_tree.ts";

interface NamedKeys {
  readonly name: string;
  readonly keys: readonly KeyBinding<never>[];
}

const ALL: readonly NamedKeys[] = [...SCREENS, createHelpScreen(() => [])].map(({ name, keys }) => ({
  name,
  keys,
}));
const SHELL: NamedKeys = { name: "shell", keys: SHELL_KEYS };

/** What only moves about, chooses among what is shown, or leaves: no command line does the same. */
const MOVES = new Set([
  ..."up down left right pageup pagedown home end".split(" "),
  ..."back quit help nextScreen previousScreen".split(" "),
]);
/** Ways back and forth within one screen. */
const WAYS = /^(to[A-Z]\w*|filter(Done|Clear|Backspace|Erase)|close\w*|unmark|read|page|scroll\w*|focus\w*)$/;

interface Twin {
  readonly where: string;
  readonly twin: string;
}

const TWINS: readonly Twin[] = [...ALL, SHELL].flatMap(({ name, keys }) =>
  keys.flatMap(({ command, twin }) => twin === undefined ? [] : [{ where: `${name}: ${command}`, twin }])
);

/** Words of a command line; what is in quotes is one. */
function words(text: string): string[] {
  return Array.from(text.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? "");
}

/** What is wrong with the words behind a command. */
function findProblem(rest: readonly string[], command: Command, program: Command): string | undefined {
  const options = [...command.options, ...program.options];
  let count = 0;
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? "";
    if (!word.startsWith("-")) {
      count++;
      continue;
    }
    const [flag = "", given] = word.split("=");
    const option = options.find(({ long, short }) => long === flag || short === flag);
    if (option === undefined) return `there is no option ${flag}`;
    if (!option.required) continue;
    const value = given ?? rest[++at];
    if (value === undefined) return `the option ${flag} wants a value`;
    const isPlaceholder = /^[A-Z]+$/.test(value);
    if (!isPlaceholder && option.argChoices?.includes(value) === false) return `${flag} cannot be ${value}`;
  }
  const wanted = command.registeredArguments;
  const most = wanted.some(({ variadic }) => variadic) ? Infinity : wanted.length;
  if (count > most) return "there are too many arguments";
  return count < wanted.filter(({ required }) => required).length ? "an argument is missing" : undefined;
}

Deno.test("every key's command line is one that the program knows", async () => {
  const { program, commands } = await commandTree();
  const problems = TWINS.flatMap(({ where, twin }) => {
    const [first, ...rest] = words(twin);
    if (first !== "mm") return [`${where}: "${twin}" is no command line of mm`];
    const found = commands.filter(({ names }) => names.every((name, at) => rest[at] === name)).at(-1);
    if (found === undefined || found.isGroup) return [`${where}: "${twin}" names no command`];
    const problem = findProblem(rest.slice(found.names.length), found.command, program as unknown as Command);
    return problem === undefined ? [] : [`${where}: "${twin}": ${problem}`];
  });
  deepStrictEqual(problems, []);
});

Deno.test("every key that does more than move about names the command line that does the same", () => {
  const missing = ALL.flatMap(({ name, keys }) =>
    keys.filter(({ command, twin }) => twin === undefined && !MOVES.has(command) && !WAYS.test(command)).map((
      { command },
    ) => `${name}: ${command}`)
  );
  deepStrictEqual(missing, []);
});

Deno.test("no screen takes a key that the shell has on every screen", () => {
  // Back, within a screen, is the screen's own matter first.
  const shared = new Set(["escape"]);
  const shell = new Set(SHELL_KEYS.flatMap(({ keys }) => keys).filter((key) => !shared.has(key)));
  const taken = ALL.flatMap(({ name, keys }) =>
    keys.flatMap((binding) => binding.keys.filter((key) => shell.has(key)).map((key) => `${name}: ${key}`))
  );
  deepStrictEqual(taken, []);
});

Deno.test("no key is reached by nobody: of two bindings of one key, the first is not always in use", () => {
  const hidden = [...ALL, SHELL].flatMap(({ name, keys }) =>
    keys.flatMap((binding, at) => {
      const before = keys.slice(0, at).filter(({ when }) => when === undefined);
      return binding.keys.filter((key) => before.some((each) => each.keys.includes(key))).map((key) =>
        `${name}: ${key} for ${binding.command}`
      );
    })
  );
  deepStrictEqual(hidden, []);
});

Deno.test("keys have the names that the keyboard gives them", () => {
  const known =
    /^(up|down|left|right|pageup|pagedown|home|end|enter|escape|backspace|delete|space|tab|shift\+tab|(ctrl|alt)\+[a-z]|[^A-Z\s])$/;
  const unknown = [...ALL, SHELL].flatMap(({ name, keys }) =>
    keys.flatMap((binding) => binding.keys.filter((key) => !known.test(key)).map((key) => `${name}: ${key}`))
  );
  deepStrictEqual(unknown, []);
});

Deno.test("labels and help are there, short, and no sentences with a period", () => {
  const bad = [...ALL, SHELL].flatMap(({ name, keys }) =>
    keys.filter(({ label, help }) =>
      label.length === 0 || label.length > 16 || !/^[A-Z].*[^.]$/.test(help) || help.length > 110
    ).map(({ command, label, help }) => `${name}: ${command}: ${label}: ${help}`)
  );
  deepStrictEqual(bad, []);
});
