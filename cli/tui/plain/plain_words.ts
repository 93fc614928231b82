/**
 * What a line that was typed in plain mode means: pure.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { NUMBERED_SCREENS, type ScreenName } from "../screen_names.ts";
import { SHELL_KEYS, type ShellCommand } from "../shell/shell_keys.ts";

/** What can be done on the screen. */
export interface PlainPlace {
  readonly keys: readonly Pick<KeyBinding<never>, "keys" | "command" | "label">[];
  /** What is typed goes into a field. */
  readonly isTyping: boolean;
}

/** What is to be done. */
export type PlainWish =
  /** Tell the screen again. */
  | { readonly type: "again" | "more" | "help" }
  | { readonly type: "shell"; readonly command: ShellCommand }
  /** Wait for what is under way. */
  | { readonly type: "wait"; readonly seconds: number }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "open"; readonly screen: ScreenName; readonly text: string }
  /** Put the cursor on a row, from 0 on, and do something with it. */
  | { readonly type: "row"; readonly index: number; readonly commands: readonly string[] | undefined }
  /** The first of these that can be done just now. */
  | { readonly type: "perform"; readonly commands: readonly string[] }
  | { readonly type: "unknown"; readonly text: string };

/** Words that mean the same on every screen, also where text is typed. */
const EVERYWHERE: ReadonlyMap<string, PlainWish> = new Map<string, PlainWish>([
  ["", { type: "again" }],
  ["again", { type: "again" }],
  ["more", { type: "more" }],
  ["help", { type: "help" }],
  ["?", { type: "help" }],
  ["back", { type: "shell", command: "back" }],
  ["quit", { type: "shell", command: "quit" }],
  ["exit", { type: "shell", command: "quit" }],
]);

/** How long `wait` waits at most, unless it is told. */
const WAIT_SECONDS = 30;

function bindingsFor(word: string, { keys }: PlainPlace): string[] {
  const is = (binding: PlainPlace["keys"][number]): boolean =>
    binding.label.toLowerCase() === word || binding.command.toLowerCase() === word ||
    binding.keys.includes(word);
  return keys.filter(is).map(({ command }) => command);
}

/** A command by its key, label or name, perhaps with the number of a row. */
function command(words: string, place: PlainPlace): PlainWish | undefined {
  const commands = bindingsFor(words, place);
  if (commands.length > 0) return { type: "perform", commands };
  const [, head = "", number = ""] = /^(.+?)\s+(\d+)$/.exec(words) ?? [];
  const acting = bindingsFor(head, place);
  if (acting.length > 0) return { type: "row", index: Number(number) - 1, commands: acting };
  const screen = NUMBERED_SCREENS.find((name) => name === words);
  if (screen !== undefined) return { type: "shell", command: screen };
  const shell = SHELL_KEYS.find(({ keys, label }) => label === words || keys.includes(words));
  return shell === undefined ? undefined : { type: "shell", command: shell.command };
}

/** Screens that are opened with something. */
function opening(line: string): PlainWish | undefined {
  const [, word = "", text = ""] = /^(search|details|show)\s+(\S.*)$/i.exec(line) ?? [];
  if (text === "") return undefined;
  return { type: "open", screen: word.toLowerCase() === "search" ? "search" : "details", text };
}

/**
 * What a line means. Where text is typed, a line is that text, but for the words that hold everywhere, numbers of rows,
 * and `:command`; a quotation mark before it makes anything text.
 */
export function readWish(line: string, place: PlainPlace): PlainWish {
  const text = line.trim();
  const words = text.toLowerCase().replace(/\s+/g, " ");
  const everywhere = EVERYWHERE.get(words);
  if (everywhere !== undefined) return everywhere;
  const wait = /^wait(?: (\d{1,4}))?$/.exec(words);
  if (wait !== null) return { type: "wait", seconds: Number(wait[1] ?? WAIT_SECONDS) };
  if (/^\d{1,6}$/.test(words)) return { type: "row", index: Number(words) - 1, commands: undefined };
  if (text.startsWith(":")) return command(words.slice(1).trim(), place) ?? { type: "unknown", text };
  if (place.isTyping && /^["']./.test(text)) return { type: "text", text: unquoted(text) };
  const opened = opening(text);
  if (opened !== undefined) return opened;
  if (place.isTyping && !["enter", "escape"].includes(words)) return { type: "text", text };
  return command(words, place) ?? { type: "unknown", text };
}

function unquoted(text: string): string {
  const [mark = ""] = text;
  return text.endsWith(mark) && text.length > 1 ? text.slice(1, -1) : text.slice(1);
}
