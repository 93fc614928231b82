/**
 * `cli/completion/command_text.ts`: what completion knows of the commands, from the commands as the parser knows them.
 *
 * @module
 */
import type { Command, Option } from "@commander-js/extra-typings";
import { COMMANDS } from "../../cli/command_list.ts";
import { commandTree } from "../support/command_tree.ts";

const HEAD = `/**
 * What completion knows of the commands. Generated from the commands of the program by \`deno task docs\`; a test fails when
 * it is not up to date.
 *
 * @module
 */

/** A line for each command; below it one for each argument, and one for each option. */
export const COMMAND_TEXT = \``;

/** One line, without what would end the text or stand for something in it. */
function line(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("\\", "\\\\").replaceAll("\`", "\\\`").replaceAll("${", "\\${");
}

function choices(words: readonly string[] | undefined): string {
  return words === undefined ? "" : ` =${words.join(",")}`;
}

function optionLine(option: Option): string {
  const name = /[<[](.*)[>\]]/.exec(option.flags)?.[1];
  const names = [option.short, option.long].filter((each) => each !== undefined && each !== null);
  const value = name === undefined ? "" : ` <${name}>`;
  return ` ${names.join(", ")}${value}${choices(option.argChoices)} | ${option.description}`;
}

function lines(path: string, command: Command, summary: string): readonly string[] {
  const aliases = command.aliases().map((alias) => ` (${alias})`).join("");
  return [
    `${path}${aliases} | ${summary}`,
    ...command.registeredArguments.map((argument) =>
      ` ${argument.name()}${argument.variadic ? "..." : ""}${choices(argument.argChoices)}`
    ),
    ...command.options.filter(({ hidden }) => !hidden).map(optionLine),
  ];
}

/** A description as the summary of a command in a list. */
function summaryOf(command: Command): string {
  return command.summary() ||
    command.description().replace(/\.$/, "").replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase());
}

/** The file. */
export async function completionText(): Promise<string> {
  const { program, commands } = await commandTree();
  const hidden = new Set(COMMANDS.filter((entry) => entry.hidden === true).map(({ name }) => name));
  const text = [
    "mm",
    ...program.options.filter((option) => !option.hidden).map((option) => optionLine(option as Option)),
    " -h, --help | show how it is used",
    ...commands.filter(({ names }) => !hidden.has(names[0] ?? "")).flatMap(({ names, command }) =>
      lines(`mm ${names.join(" ")}`, command, summaryOf(command))
    ),
  ].map(line);
  return `${HEAD}\n${text.join("\n")}\n\`;\n`;
}
