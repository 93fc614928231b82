/**
 * The command lines of our program in a document.
 *
 * @module
 */
import { type Document, inlineCode } from "./document_set.ts";
import { programArguments, shellCommands } from "./shell_words.ts";

/** One command line. */
export interface CommandLine {
  /** As it stands there. */
  readonly line: string;
  readonly args: readonly string[];
  /** It stands in a sentence, where a command may be named without its arguments. @default {false} */
  readonly isName?: boolean;
}

function read(line: string): CommandLine[] {
  return shellCommands(line).flatMap((words) => {
    const args = programArguments(words);
    return args === undefined ? [] : [{ line, args }];
  });
}

/** `mm queue pause|resume [JOB]` is a line for each alternative, with what may be left out. */
function alternatives(line: string): string[] {
  const open = line.replace(/\[(\S*)\]/g, "$1");
  const [choice] = /(?<=^| )[\w-]+(?:\|[\w-]+)+(?= |$)/.exec(open) ?? [];
  if (choice === undefined) return [open];
  return choice.split("|").flatMap((one) => alternatives(open.replace(choice, one)));
}

/** A usage line of the parser, which is no example. */
function isUsage(line: string): boolean {
  return /\[options\]|<[a-z]/.test(line);
}

/** Lines of texts such as help and terminal captures: a description may stand behind two blanks. */
export function linesOfText(lines: readonly string[]): CommandLine[] {
  // A mistake that is shown with its error is one on purpose.
  const meant = lines.filter((line, index) => !isUsage(line) && !/^error: /.test(lines[index + 1] ?? ""));
  const typed = meant.flatMap((line) => {
    const [, command] = /^(?:\$ | {2,})((?:deno|mm) .*)$/.exec(line) ?? [];
    return command === undefined ? [] : [command.split(/ {2,}/)[0] ?? ""];
  });
  // What is broken off at the end of a capture cannot be read.
  return typed.filter((line) => !line.endsWith("…")).flatMap(read);
}

/** Lines of scripts, alone or inside of YAML. */
function linesOfScript(lines: readonly string[], language: string): CommandLine[] {
  const isYaml = ["yaml", "yml"].includes(language);
  const script = lines.map((line) => line.replace(/^\s*\$ /, ""))
    .map((line) => isYaml ? line.replace(/^\s*(?:- )?(?:[\w-]+: *)?/, "") : line);
  return shellCommands(script.join("\n")).flatMap((words) => {
    const args = programArguments(words);
    return args === undefined || isUsage(words.join(" ")) ? [] : [{ line: words.join(" "), args }];
  });
}

const SCRIPTS: ReadonlySet<string> = new Set([
  "sh",
  "bash",
  "zsh",
  "fish",
  "shell",
  "console",
  "yaml",
  "yml",
  "powershell",
]);

/** All command lines of our program in a document. */
export function commandLinesOf(document: Document): readonly CommandLine[] {
  const blocks = document.blocks.flatMap((block) => {
    if (block.kind !== "code") return [];
    return SCRIPTS.has(block.language)
      ? linesOfScript(block.lines, block.language)
      : ["text", ""].includes(block.language)
      ? linesOfText(block.lines)
      : [];
  });
  const prose = inlineCode(document).filter((code) => !isUsage(code) && code !== "mm")
    .flatMap(alternatives).flatMap(read).map((line) => ({ ...line, isName: true }));
  return [...blocks, ...prose];
}
