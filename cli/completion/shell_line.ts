/**
 * A command line that is being typed, taken apart as the shell would do it; pure.
 *
 * @module
 */

/** Shells whose quoting is known. */
export type LineDialect = "bash" | "fish" | "powershell";

/** What has been typed up to the cursor. */
export interface TypedLine {
  /** Without quotes; the last one is being typed, and may be empty. The program's name is the first. */
  readonly words: readonly string[];
  /** The last word as it stands on the line. */
  readonly rawLast: string;
  /** The quotation mark inside of which the cursor is; empty when it is outside. */
  readonly quote: "" | "'" | '"';
}

/** What escapes the next character: outside of quotes, and inside of each kind. */
interface Escapes {
  readonly sign: string;
  /** Characters that are escaped inside of `"…"`; every other keeps the sign before it. */
  readonly inDouble: string;
  readonly inSingle: string;
  /** A quotation mark is written twice inside of its own kind. */
  readonly doubled: boolean;
}

const ESCAPES: Readonly<Record<LineDialect, Escapes>> = {
  bash: { sign: "\\", inDouble: '$`"\\\n', inSingle: "", doubled: false },
  fish: { sign: "\\", inDouble: '$"\\\n', inSingle: "'\\", doubled: false },
  powershell: { sign: "`", inDouble: '$"`', inSingle: "", doubled: true },
};

/** Whether the sign at this place takes the meaning from the character after it. */
function escapes(next: string | undefined, quote: TypedLine["quote"], rules: Escapes): boolean {
  if (next === undefined) return quote === "";
  if (quote === "") return true;
  return (quote === '"' ? rules.inDouble : rules.inSingle).includes(next);
}

/** Reads a line up to the cursor. */
export function readShellLine(line: string, dialect: LineDialect): TypedLine {
  const rules = ESCAPES[dialect];
  const words: string[] = [];
  let word: string | undefined;
  let start = 0;
  let quote: TypedLine["quote"] = "";
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? "";
    const next = line[at + 1];
    if (quote === "" && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      start = at + 1;
    } else if (character === rules.sign && escapes(next, quote, rules)) {
      word = (word ?? "") + (next === "\n" ? "" : next ?? "");
      at++;
    } else if (quote !== "" && character === quote) {
      if (rules.doubled && next === quote) {
        word += character;
        at++;
      } else quote = "";
    } else if (quote === "" && (character === "'" || character === '"')) {
      quote = character;
      word ??= "";
    } else word = (word ?? "") + character;
  }
  return { words: [...words, word ?? ""], rawLast: line.slice(start), quote };
}

/** The words after the program's name: variables that are set before it, and programs that start it, are left out. */
export function argumentsOf(words: readonly string[]): readonly string[] {
  let first = 0;
  while (first < words.length - 1 && /^\w+=/.test(words[first] ?? "")) first++;
  return words.slice(first + 1);
}
