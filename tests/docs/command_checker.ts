/**
 * Whether a command line can be typed: read by the very parser of the program, with nothing done.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { COMMANDS } from "../../cli/command_list.ts";
import { findHelp } from "../../cli/help/find_help.ts";
import { isParserError } from "../../cli/usage_error.ts";
import { isModelManagerError } from "../../core/base/errors.ts";
import { commandTree } from "../support/command_tree.ts";

/** Says what is wrong with some arguments; `undefined` when nothing is. */
export type CommandChecker = (args: readonly string[]) => Promise<string | undefined>;

/** A word that stands for what somebody fills in. */
function isPlaceholder(word: string): boolean {
  return /^[A-Z][A-Z0-9_-]*$/.test(word) || /…|\.\.\.|^<.*>$|^\$/.test(word);
}

function findCommand(parent: Command, name: string | undefined): Command | undefined {
  if (name === undefined) return undefined;
  const all = parent.commands as Command[];
  return all.find((command) => command.name() === name || command.aliases().includes(name));
}

/** Values that the parser lets through and the command would refuse. */
async function wrongValue(
  names: readonly string[],
  operands: readonly string[],
): Promise<string | undefined> {
  const [first = ""] = operands;
  const configuration = await import("../../core/config/mod.ts");
  if (names[0] === "config" && ["get", "set", "unset"].includes(names[1] ?? "")) {
    const known = first === "" || isPlaceholder(first) || configuration.findSetting(first) !== undefined;
    return known ? undefined : `there is no setting "${first}"`;
  }
  if (names[0] !== "help" || first === "" || isPlaceholder(first) || first === "topics") return undefined;
  if (COMMANDS.some(({ name, alias }) => name === first || alias === first)) return undefined;
  const found = await findHelp(operands, {
    commands: [],
    configuration: () => Promise.resolve(configuration),
  })
    .catch(() => undefined);
  return found === undefined ? `there is no help about "${first}"` : undefined;
}

/** The parser, with commands that do nothing. */
export async function openCommandChecker(): Promise<CommandChecker> {
  const { program, commands } = await commandTree();
  for (const { command, isGroup } of commands) if (!isGroup) command.action(() => {});
  return async (args) => {
    const words = args.filter((word) => !["…", "..."].includes(word));
    try {
      const { operands, unknown } = program.parseOptions([...words]);
      let command = program;
      const names: string[] = [];
      for (let next = findCommand(command, operands[0]); next !== undefined;) {
        command = next;
        names.push(command.name());
        operands.shift();
        next = findCommand(command, operands[0]);
      }
      const [name] = operands;
      const asksForHelp = unknown.includes("--help") || unknown.includes("-h");
      if (command === program) {
        if (name !== undefined && !isPlaceholder(name)) return `there is no command "${name}"`;
        return unknown.length === 0 || asksForHelp ? undefined : `there is no option "${unknown[0]}"`;
      }
      if (command.commands.length > 0 && !asksForHelp) {
        if (name === undefined || isPlaceholder(name)) return undefined;
        return `"${names.join(" ")}" has no command "${name}"`;
      }
      await command.parseAsync([...operands, ...unknown], { from: "user" });
      return await wrongValue(names, operands);
    } catch (error) {
      return complaint(error, words);
    }
  };
}

function complaint(error: unknown, words: readonly string[]): string | undefined {
  if (!(error instanceof Error)) throw error;
  if (isParserError(error) && ["commander.helpDisplayed", "commander.version"].includes(error.code)) {
    return undefined;
  }
  if (!isParserError(error) && !isModelManagerError(error)) throw error;
  // A value that somebody is to fill in cannot be right.
  if (
    words.some((word) =>
      isPlaceholder(word) && new RegExp(`["']${RegExp.escape(word)}["']`).test(error.message)
    )
  ) {
    return undefined;
  }
  return error.message.replace(/^error: /, "");
}
