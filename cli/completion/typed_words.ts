/**
 * What has been typed before the cursor, as the parser will read it; pure.
 *
 * @module
 */
import type { ArgumentRow, CommandRow, OptionRow } from "./command_table.ts";

/** Where the cursor is. */
export interface TypedWords {
  /** The program, or the command that was found; `undefined` behind one that does not exist. */
  readonly command: CommandRow | undefined;
  /** The arguments before the cursor. */
  readonly arguments: readonly string[];
  /** Options before the cursor with their values, by the long name; a switch has no value. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** The option whose value is being typed. */
  readonly option: OptionRow | undefined;
  /** What stands before that value in the same word, such as `--to=`. */
  readonly before: string;
  /** What has been typed of the word. */
  readonly text: string;
  /** Behind `--`: no options any more. */
  readonly literal: boolean;
}

/** The longest of its names. */
export function longName(option: OptionRow): string {
  return option.names.at(-1) ?? "";
}

/** The options of a command, with those of the program. */
export function optionsOf(command: CommandRow, root: CommandRow): readonly OptionRow[] {
  return command === root ? root.options : [...command.options, ...root.options];
}

/** The argument that a word in this place is for; the last one when it takes all that follow. */
export function argumentAt(command: CommandRow, index: number): ArgumentRow | undefined {
  const last = command.arguments.at(-1);
  return command.arguments[index] ?? (last?.variadic === true ? last : undefined);
}

/** Follows the words. */
class Reader {
  command: CommandRow | undefined;
  literal = false;
  readonly arguments: string[] = [];
  readonly options = new Map<string, string[]>();
  readonly #root: CommandRow;

  constructor(root: CommandRow) {
    this.#root = root;
    this.command = root;
  }

  find(name: string): OptionRow | undefined {
    const known = this.command === undefined ? this.#root.options : optionsOf(this.command, this.#root);
    return known.find(({ names }) => names.includes(name));
  }

  note(option: OptionRow, value?: string): void {
    const name = longName(option);
    this.options.set(name, [...this.options.get(name) ?? [], ...(value === undefined ? [] : [value])]);
  }

  /** @returns the option that wants the next word as its value. */
  readOption(word: string): OptionRow | undefined {
    if (word.startsWith("--")) {
      const equals = word.indexOf("=");
      const option = this.find(equals < 0 ? word : word.slice(0, equals));
      if (option === undefined) return undefined;
      if (option.value !== undefined && equals < 0) return option;
      this.note(option, equals < 0 ? undefined : word.slice(equals + 1));
      return undefined;
    }
    // `-qy` are two switches; of `-i*.json` and `-qi *.json` the rest, or the next word, is the value.
    for (let at = 1; at < word.length; at++) {
      const option = this.find(`-${word[at]}`);
      if (option?.value !== undefined && at === word.length - 1) return option;
      if (option !== undefined) {
        this.note(option, option.value === undefined ? undefined : word.slice(at + 1));
      }
      if (option?.value !== undefined) return undefined;
    }
    return undefined;
  }

  readWord(word: string): void {
    const { command } = this;
    if (command === undefined || command.commands.length === 0) return void this.arguments.push(word);
    this.command = command.commands.find(({ name, aliases }) => name === word || aliases.includes(word));
  }
}

/**
 * Reads the words behind the program's name.
 *
 * @param words The last one is being typed, and may be empty.
 */
export function readTypedWords(words: readonly string[], root: CommandRow): TypedWords {
  const reader = new Reader(root);
  let waiting: OptionRow | undefined;
  for (const word of words.slice(0, -1)) {
    if (waiting !== undefined) {
      reader.note(waiting, word);
      waiting = undefined;
    } else if (reader.literal) reader.readWord(word);
    else if (word === "--") reader.literal = true;
    else if (word.startsWith("-") && word !== "-") waiting = reader.readOption(word);
    else reader.readWord(word);
  }
  const { command, literal, options, arguments: before } = reader;
  const current = words.at(-1) ?? "";
  const [, head = "", name = ""] = /^((--[^=]+)=)/s.exec(current) ?? [];
  const own = waiting === undefined && !literal && name !== "" ? reader.find(name) : undefined;
  const inWord = own?.value === undefined ? undefined : own;
  return {
    command,
    literal,
    options,
    arguments: before,
    option: waiting ?? inWord,
    before: inWord === undefined ? "" : head,
    text: inWord === undefined ? current : current.slice(head.length),
  };
}
