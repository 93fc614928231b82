/**
 * The commands and their options as completion sees them: read from a text, because loading the commands themselves
 * would take longer than somebody who presses Tab waits.
 *
 * @module
 */
import { COMMAND_TEXT } from "./command_text.ts";

/** An option. */
export interface OptionRow {
  /** As typed, the long one last: `-i`, `--include`. */
  readonly names: readonly string[];
  /** What its value is called; `undefined` for a switch. */
  readonly value: string | undefined;
  /** The words it may be, when the parser takes no others. */
  readonly choices: readonly string[];
  readonly description: string;
}

/** An argument. */
export interface ArgumentRow {
  readonly name: string;
  /** Whether it takes all words that follow. */
  readonly variadic: boolean;
  readonly choices: readonly string[];
}

/** A command. */
export interface CommandRow {
  /** Below `mm`; empty for the program itself. */
  readonly path: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly options: readonly OptionRow[];
  readonly arguments: readonly ArgumentRow[];
  readonly commands: readonly CommandRow[];
}

/** A command that is still being read. */
interface Draft extends CommandRow {
  readonly options: OptionRow[];
  readonly arguments: ArgumentRow[];
  readonly commands: Draft[];
}

/** `names [<VALUE>] [=a,b] | description` */
function readOption(line: string): OptionRow {
  const { head, choices, description } = takeApart(line);
  const names = head.split(/[ ,]+/).filter((word) => word.startsWith("-"));
  return { names, value: /<([^>]+)>/.exec(head)?.[1], choices, description };
}

function readArgument(line: string): ArgumentRow {
  const { head, choices } = takeApart(line);
  return { name: head.replace(/\.\.\.$/, ""), variadic: head.endsWith("..."), choices };
}

function takeApart(
  line: string,
): { readonly head: string; readonly choices: readonly string[]; readonly description: string } {
  const bar = line.indexOf(" | ");
  const [head = "", choices = ""] = (bar < 0 ? line : line.slice(0, bar)).split(" =");
  return {
    head: head.trim(),
    choices: choices === "" ? [] : choices.split(","),
    description: bar < 0 ? "" : line.slice(bar + 3),
  };
}

function readCommand(line: string): Draft {
  const { head, description } = takeApart(line);
  const [names = "", ...aliases] = head.split(" (").map((part) => part.replace(/\)$/, ""));
  const path = names.replace(/^mm ?/, "");
  const name = path.slice(path.lastIndexOf(" ") + 1);
  return { path, name, aliases, summary: description, options: [], arguments: [], commands: [] };
}

/** Reads the text; a command stands below the one that it belongs to. */
export function readCommandText(text: string): CommandRow {
  const root = readCommand("mm");
  let current = root;
  for (const line of text.split("\n")) {
    if (line === "" || line === "mm") continue;
    if (line.startsWith(" -")) current.options.push(readOption(line.slice(1)));
    else if (line.startsWith(" ")) current.arguments.push(readArgument(line.slice(1)));
    else {
      current = readCommand(line);
      const above = current.path.slice(0, current.path.lastIndexOf(" "));
      const parent = current.path.includes(" ") ? root.commands.find(({ path }) => path === above) : root;
      (parent ?? root).commands.push(current);
    }
  }
  return root;
}

let table: CommandRow | undefined;

/** The program with its commands. */
export function commandTable(): CommandRow {
  return table ??= readCommandText(COMMAND_TEXT);
}
