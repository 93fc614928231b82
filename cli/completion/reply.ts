/**
 * What a completion looks like for each shell; pure.
 *
 * The first line says which paths the shell is to add; every other line is a candidate. Names come from the network and
 * from disks: one that a line could not carry, or that would do something to a terminal, is left out, and everything else
 * is quoted for the shell that inserts it.
 *
 * @module
 */
import type { Completion } from "./complete.ts";
import type { Candidate } from "./facts.ts";
import type { TypedLine } from "./shell_line.ts";

/** Shells that can be completed in. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
/** One of them. */
export type Shell = typeof SHELLS[number];

/** More would scroll away. */
const MAX_CANDIDATES = 2000;
const MAX_DESCRIPTION = 100;
/** Controls, line ends, and characters that turn the direction of writing or cannot be seen. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/u;

function clean(description: string): string {
  const text = description.replace(/[\p{C}\p{Z}]+/gu, " ").trim();
  const characters = Array.from(text);
  return characters.length <= MAX_DESCRIPTION
    ? text
    : `${characters.slice(0, MAX_DESCRIPTION - 3).join("")}...`;
}

/** What may be shown: each value once. */
function shownCandidates(candidates: readonly Candidate[]): readonly Candidate[] {
  const seen = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const { value } = candidate;
    if (value === "" || UNSAFE.test(value) || seen.has(value)) continue;
    seen.set(value, candidate);
    if (seen.size === MAX_CANDIDATES) break;
  }
  return [...seen.values()];
}

/** Whether more is to be typed in the same word: then no space follows. */
function isOpen(value: string): boolean {
  return /[:=@/]$/.test(value);
}

/** A text so that bash inserts it, inside of the quotation marks that are open. */
export function quoteForBash(text: string, quote: TypedLine["quote"]): string | undefined {
  if (quote === "'") return text.includes("'") ? undefined : text;
  // Nothing takes its meaning from "!" inside of these.
  if (quote === '"') return text.includes("!") ? undefined : text.replace(/[\\"$`]/g, "\\$&");
  return text.replace(/[^\w@%+=:,./-]/gu, "\\$&").replace(/^~/, "\\~");
}

/** A text as one argument of PowerShell. */
export function quoteForPowerShell(text: string): string {
  if (/^[\w][\w+=:./\\-]*$|^-{1,2}[\w-]*(?:=[\w./:-]*)?$/.test(text)) return text;
  // It takes the quotation marks of books for its own.
  return `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}

/** How bash asks. */
export interface BashRequest {
  /** What bash takes for the word: what stands behind the last of its word breaks, such as `:`. */
  readonly word: string;
  readonly line: TypedLine;
  /** The candidates are only shown, not inserted: descriptions can stand beside them. */
  readonly isListing: boolean;
  /** Width of the terminal. */
  readonly columns: number;
}

function listed(
  texts: readonly string[],
  candidates: readonly Candidate[],
  columns: number,
): readonly string[] {
  const width = Math.max(...texts.map((text) => text.length));
  // Two columns of them could not be told apart.
  const room = columns - 1;
  return texts.map((text, index) => {
    const description = clean(candidates[index]?.description ?? "");
    const space = room - width - 5;
    if (description === "" || space < 12) return text;
    const shown = description.length <= space ? description : `${description.slice(0, space - 3)}...`;
    return `${text.padEnd(width)}  (${shown})`.padEnd(room);
  });
}

/** The lines for bash, which inserts them as they are, in the place of the word that it knows of. */
function bashLines(completion: Completion, request: BashRequest): readonly string[] {
  const { line, word } = request;
  const typed = line.words.at(-1) ?? "";
  // What stands before that word is not replaced; its quotation marks are not part of the value.
  const before = line.rawLast.endsWith(word) ? line.rawLast.slice(0, line.rawLast.length - word.length) : "";
  const kept = before.replace(/\\(.)|['"]/g, "$1").length;
  const candidates = shownCandidates(completion.candidates)
    .filter(({ value }) => value.slice(0, kept).toLowerCase() === typed.slice(0, kept).toLowerCase());
  const quoted = candidates.map(({ value }) => quoteForBash(value.slice(kept), line.quote));
  const usable = candidates.filter((_, index) => quoted[index] !== undefined);
  const texts = quoted.filter((text) => text !== undefined);
  const isSingle = texts.length === 1 && completion.paths === "none";
  if (isSingle) {
    return texts.map((text, index) =>
      isOpen(usable[index]?.value ?? "") || line.quote !== "" ? text : `${text} `
    );
  }
  return request.isListing ? listed(texts, usable, request.columns) : texts;
}

/** The answer for bash. */
export function bashReply(completion: Completion, request: BashRequest): string {
  return [completion.paths, ...bashLines(completion, request)].map((line) => `${line}\n`).join("");
}

/** The answer for the shells that quote by themselves: `value TAB description`. */
export function tabbedReply(completion: Completion): string {
  const lines = shownCandidates(completion.candidates)
    .map(({ value, description }) => `${value}\t${clean(description ?? "")}`);
  return [completion.paths, ...lines].map((line) => `${line}\n`).join("");
}

/** The answer for PowerShell: `inserted TAB shown TAB description`. */
export function powerShellReply(completion: Completion): string {
  const lines = shownCandidates(completion.candidates)
    .map(({ value, description }) =>
      [quoteForPowerShell(value), value, clean(description ?? "") || value].join("\t")
    );
  return [completion.paths, ...lines].map((line) => `${line}\n`).join("");
}
