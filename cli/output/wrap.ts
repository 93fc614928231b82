/**
 * Lines that are broken between words, so that a narrow terminal breaks none inside of one.
 *
 * @module
 */

// deno-lint-ignore no-control-regex
const STYLE_SEQUENCE = /\x1b\[[\d;]*m/g;
/** Signs of two columns. What is drawn in place is measured exactly; here a column more or less does no harm. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/gu;

/** A command in a piece of advice: it is copied from there, so it stays in one piece. */
const COMMAND =
  /(?<=(?:^|: ))(?:'?mm|deno|ollama|export|df|sudo|systemctl|loginctl|mkdir|New-Item|echo|eval|source) [^\s,;](?:[^,;]|[,;](?! ))*/g;
/** A number stays with its unit. */
const QUANTITY = /(?<=\d) (?=(?:[kMGTP]?B(?:\/s)?|%|m?s|UTC)(?![\w-]))/g;
/** Stands for the blanks inside of what stays in one piece. */
const GLUE = "\u0000";

/** The columns of a text without its styles. */
export function visibleWidth(text: string): number {
  const plain = text.replace(STYLE_SEQUENCE, "");
  return plain.length + (plain.match(WIDE) ?? []).filter((sign) => sign.length === 1).length;
}

/** Where the lines after the first begin: below the second of two columns, else a little to the right. */
function hangingIndent(line: string, width: number): number {
  const plain = line.replace(STYLE_SEQUENCE, "");
  const indent = /^ */.exec(plain)?.[0].length ?? 0;
  // What stands behind a row of figures is no column of texts.
  const column = /^ *\S.*? {2,}(?=\S)/.exec(plain)?.[0].length ?? 0;
  if (column > 0 && column <= width * 0.6) return column;
  return indent + 2 <= width / 2 ? indent + 2 : 0;
}

/**
 * The line in pieces of at most `width` columns. A word that is longer, such as a path, stays whole, and so does a
 * command: whoever copies it gets all of it.
 *
 * @param width Columns; `Infinity` breaks nothing.
 */
export function wrapLine(line: string, width: number): string[] {
  if (visibleWidth(line) <= width) return [line];
  const text = line.replace(COMMAND, (command) => command.replaceAll(" ", GLUE)).replace(QUANTITY, GLUE);
  const hanging = hangingIndent(line, width);
  const lines: string[] = [];
  let current = /^ */.exec(text)?.[0] ?? "";
  let isEmpty = true;
  // Runs of blanks stay: they make columns.
  for (const [piece, gap = "", word = ""] of text.trimStart().matchAll(/( *)(\S+)/g)) {
    if (!isEmpty && visibleWidth(current) + visibleWidth(piece) > width) {
      lines.push(current);
      const indent = hanging + visibleWidth(word) <= width ? hanging : Math.min(2, hanging);
      current = " ".repeat(indent) + word;
    } else current += isEmpty ? word : gap + word;
    isEmpty = false;
  }
  return [...lines, current].map((each) => each.replaceAll(GLUE, " "));
}

/** All lines, broken like that. */
export function wrapLines(lines: readonly string[], width: number): readonly string[] {
  return width === Infinity ? lines : lines.flatMap((line) => wrapLine(line, width));
}
