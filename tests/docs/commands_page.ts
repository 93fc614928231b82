/**
 * `docs/commands.md`, from the commands as the parser knows them.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { COMMANDS } from "../../cli/command_list.ts";
import { EXIT_CODES } from "../../cli/exit_code.ts";
import { commandTree, type KnownCommand } from "../support/command_tree.ts";
import { block, code, GENERATED, table } from "./markdown.ts";

const HEAD = `${GENERATED}

# Commands

On a terminal, \`mm COMMAND --help\` says the same.

Results go to standard output, everything said to a person goes to standard error. Nobody is asked anything, and no bars
are shown, where standard input and standard error are no terminal; what deletes something then needs \`--yes\`.`;

/** What was added below the help of a command. */
export function textBelow(command: Command): string {
  const texts: string[] = [];
  const context = { error: false, command, write: (text: string): unknown => texts.push(text) };
  (command as unknown as { emit(event: string, context: unknown): void }).emit("afterHelp", context);
  return texts.join("").trim();
}

/** An option or an argument, as far as it is described. */
interface Described {
  readonly description: string;
  readonly argChoices?: readonly string[] | undefined;
  readonly defaultValue?: unknown;
}

/** What an option or an argument means, with what it can be. */
export function meaning({ description, argChoices, defaultValue }: Described): string {
  const known = ["string", "number"].includes(typeof defaultValue) && defaultValue !== 0;
  return [
    description,
    ...(argChoices === undefined ? [] : [`: ${argChoices.map(code).join(", ")}`]),
    ...(known ? [` (default: ${code(String(defaultValue))})`] : []),
  ].join("");
}

function optionRows(command: Command): readonly (readonly string[])[] {
  return command.options.filter(({ hidden }) => !hidden).map((
    option,
  ) => [code(option.flags), meaning(option)]);
}

function section({ names, command, isGroup }: KnownCommand): readonly string[] {
  const title = ["mm", ...names].join(" ");
  const aliases = command.aliases().map((alias) => code(["mm", ...names.slice(0, -1), alias].join(" ")));
  const args = command.registeredArguments.map((argument) => [code(argument.name()), meaning(argument)]);
  const options = optionRows(command);
  const below = textBelow(command);
  return [
    `${"#".repeat(names.length + 2)} ${title}`,
    command.description() + (aliases.length === 0 ? "" : ` Also ${aliases.join(", ")}.`),
    ...(isGroup ? [] : [block(`${title} ${command.usage()}`)]),
    ...(args.length === 0 ? [] : [table(["argument", "meaning"], args)]),
    ...(options.length === 0 ? [] : [table(["option", "meaning"], options)]),
    ...(below === "" ? [] : [block(below)]),
  ];
}

function exitCodes(): string {
  const codes = new Map<number, string[]>();
  for (const [name, exit] of Object.entries(EXIT_CODES)) codes.set(exit, [...codes.get(exit) ?? [], name]);
  const rows = [...codes].toSorted(([a], [b]) => a - b).map((
    [exit, names],
  ) => [String(exit), names.map(code).join(", ")]);
  return table(["exit code", "error.code in JSON"], [["0", "none: all went well"], ...rows]);
}

/** The page. */
export async function commandsPage(): Promise<string> {
  const { program, commands } = await commandTree();
  const groups = [...new Set(COMMANDS.map(({ group }) => group))];
  const shown = COMMANDS.filter(({ hidden }) => hidden !== true);
  const sections = groups.flatMap((group) => [
    `## ${group.replace(/:$/, "")}`,
    ...shown.filter((entry) => entry.group === group).flatMap(({ name }) =>
      commands.filter(({ names }) => names[0] === name).flatMap(section)
    ),
  ]);
  return [
    HEAD,
    "## Every command",
    table(["option", "meaning"], optionRows(program)),
    exitCodes(),
    ...sections,
  ].join("\n\n");
}
