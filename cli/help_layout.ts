/**
 * How the help of a command is laid out: what a person looks for first stands first, and nothing is wider than the
 * terminal.
 *
 * @module
 */
import { type Command, Help } from "@commander-js/extra-typings";

/** The widest help: longer lines are hard to read. */
export const HELP_WIDTH = 100;

/** Where a section stands: the commands come before the options, and what every command has comes last. */
function rank(section: string): number {
  return section.startsWith("Global options:") ? 2 : section.startsWith("Options:") ? 1 : 0;
}

/** The parser's own help with its sections in our order. */
export function formatHelp(command: Command, helper: Help): string {
  const text = Help.prototype.formatHelp.call(helper, command, helper)
    .replace(/^Global Options:$/m, "Global options:");
  const sections = text.trimEnd().split(/\n\n(?=\S)/);
  return `${sections.toSorted((a, b) => rank(a) - rank(b)).join("\n\n")}\n`;
}

/** Breaks a text between words; lines after the first begin with `indent`. */
function breakLine(line: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let current = /^ */.exec(line)?.[0] ?? "";
  let isEmpty = true;
  // Runs of spaces stay: they make columns.
  for (const [piece, gap = "", word = ""] of line.trimStart().matchAll(/( *)(\S+)/g)) {
    if (!isEmpty && current.length + piece.length > width) {
      lines.push(current);
      current = indent + word;
    } else current += isEmpty ? word : gap + word;
    isEmpty = false;
  }
  return [...lines, current];
}

/** Where the lines after the first of a line begin: below the second of two columns, else below the first. */
function hangingIndent(line: string, width: number): string {
  const column = /^ *\S.*? {2,}(?=\S)/.exec(line)?.[0].length ?? 0;
  const indent = /^ */.exec(line)?.[0].length ?? 0;
  return " ".repeat(
    column > 0 && column <= width * 0.7 ? column : indent === 0 || indent > 8 ? indent : indent + 2,
  );
}

/**
 * Fits a text into a width: lines of a paragraph are filled anew, lines that are indented (examples, tables) only
 * broken where they are too long.
 */
export function fitText(text: string, width: number): string {
  const lines = text.split("\n");
  const fitted: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    let line = lines[index] ?? "";
    if (/^\S/.test(line)) {
      // A heading keeps what is indented below it; all else that follows without a gap belongs to the paragraph.
      while (/^\S/.test(lines[index + 1] ?? "")) line += ` ${lines[++index]}`;
    }
    fitted.push(...(line.length <= width ? [line] : breakLine(line, width, hangingIndent(line, width))));
  }
  return fitted.join("\n");
}
