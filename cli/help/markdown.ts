/**
 * Reads the Markdown that our pages are written in: headings, paragraphs, lists, tables, quotes and code.
 *
 * No dependency: it is the part of the language that `deno fmt` leaves in one form, read in a few milliseconds.
 *
 * @module
 */

/** A heading. */
export interface Heading {
  readonly kind: "heading";
  /** From 1. */
  readonly level: number;
  readonly text: string;
}

/** Text that is filled. */
export interface Paragraph {
  readonly kind: "paragraph";
  readonly text: string;
}

/** Text that is shown as it is. */
export interface CodeBlock {
  readonly kind: "code";
  /** The word after the fence, such as `sh`; may be empty. */
  readonly language: string;
  readonly lines: readonly string[];
}

/** One item of a list. */
export interface ListItem {
  readonly kind: "item";
  /** `-`, or the number with its dot. */
  readonly marker: string;
  /** Columns before the marker. */
  readonly indent: number;
  readonly text: string;
}

/** A table; its cells hold inline Markdown. */
export interface Table {
  readonly kind: "table";
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What somebody else says, or a note. */
export interface Quote {
  readonly kind: "quote";
  readonly text: string;
}

/** A part of a page. */
export type Block = Heading | Paragraph | CodeBlock | ListItem | Table | Quote;

/** A piece of a line of text. */
export interface Span {
  readonly kind: "text" | "code" | "strong" | "link";
  readonly text: string;
  /** Where a link leads. */
  readonly target?: string;
}

const FENCE = /^( *)(```+|~~~+)\s*(\S*)/;
const ITEM = /^( *)([-*+]|\d+[.)]) +(.*)$/;
const HEADING = /^(#{1,6}) +(.*?)(?: +#+)?$/;
const RULE = /^ *(?:-{3,}|\*{3,}|_{3,}) *$/;
const TABLE_RULE = /^ *\|?(?: *:?-+:? *\|)+ *(?::?-+:?)? *$/;

/** Reads a page. */
export function parseMarkdown(text: string): readonly Block[] {
  const lines = text.replaceAll("\r\n", "\n").replace(/<!--[^]*?-->\n?/g, "").split("\n");
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length;) {
    const [block, next] = readBlock(lines, at);
    if (block !== undefined) blocks.push(block);
    at = next;
  }
  return blocks;
}

type Read = readonly [block: Block | undefined, next: number];

function readBlock(lines: readonly string[], at: number): Read {
  const line = lines[at] ?? "";
  if (line.trim() === "" || RULE.test(line)) return [undefined, at + 1];
  const fence = FENCE.exec(line);
  if (fence !== null) return readCode(lines, at, fence);
  const heading = HEADING.exec(line);
  if (heading !== null) {
    const [, marks = "", text = ""] = heading;
    return [{ kind: "heading", level: marks.length, text }, at + 1];
  }
  if (line.trimStart().startsWith("|") && TABLE_RULE.test(lines[at + 1] ?? "")) return readTable(lines, at);
  const item = ITEM.exec(line);
  if (item !== null) {
    const [, indent = "", marker = "-", first = ""] = item;
    const [rest, next] = readFilled(lines, at + 1);
    const text = [first, ...rest].join(" ").replace(/^\[[ x]\] /, "");
    return [{ kind: "item", indent: indent.length, marker: /\d/.test(marker) ? marker : "-", text }, next];
  }
  const [filled, next] = readFilled(lines, at + 1);
  const all = [line.trim(), ...filled];
  if (line.trimStart().startsWith(">")) {
    return [{ kind: "quote", text: all.map((one) => one.replace(/^> ?/, "")).join(" ").trim() }, next];
  }
  return [{ kind: "paragraph", text: all.join(" ") }, next];
}

/** The lines that go on what has begun. */
function readFilled(lines: readonly string[], from: number): readonly [string[], number] {
  let at = from;
  const taken: string[] = [];
  for (; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.trim() === "" || FENCE.test(line) || HEADING.test(line) || ITEM.test(line)) break;
    taken.push(line.trim());
  }
  return [taken, at];
}

function readCode(lines: readonly string[], at: number, fence: RegExpExecArray): Read {
  const [, indent = "", marks = "```", language = ""] = fence;
  const code: string[] = [];
  let end = at + 1;
  for (; end < lines.length && !(lines[end] ?? "").trimStart().startsWith(marks); end++) {
    const line = lines[end] ?? "";
    code.push(line.startsWith(indent) ? line.slice(indent.length) : line.trimStart());
  }
  return [{ kind: "code", language, lines: code }, end + 1];
}

/** The cells of a row; a bar that belongs to a cell is written `\|`. */
function cells(line: string): string[] {
  const parts = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "").split(/(?<!\\)\|/);
  return parts.map((part) => part.trim().replaceAll("\\|", "|"));
}

function readTable(lines: readonly string[], at: number): Read {
  const rows: string[][] = [];
  let end = at + 2;
  for (; (lines[end] ?? "").trimStart().startsWith("|"); end++) rows.push(cells(lines[end] ?? ""));
  return [{ kind: "table", header: cells(lines[at] ?? ""), rows }, end];
}

const INLINE =
  /(`+)(.+?)\1(?!`)|\*\*(.+?)\*\*|!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)|<(https?:[^>]+)>|(?<![\w*\\])[*_]([^*_\s](?:[^*_]*[^*_\s])?)[*_](?![\w*])/g;

function plainText(text: string): Span[] {
  return text === "" ? [] : [{ kind: "text", text: text.replace(/\\([!-/:-@[-`{-~])/g, "$1") }];
}

/** The pieces of a text. */
export function parseInline(text: string): readonly Span[] {
  const spans: Span[] = [];
  let done = 0;
  for (const match of text.matchAll(INLINE)) {
    spans.push(...plainText(text.slice(done, match.index)));
    done = match.index + match[0].length;
    const [, , code, strong, label, target, address, emphasis] = match;
    if (code !== undefined) {
      spans.push({ kind: "code", text: code.replace(/^ (`.*|.*`) $/, "$1") });
    } else if (strong !== undefined || emphasis !== undefined) {
      const inner = parseInline(strong ?? emphasis ?? "");
      spans.push(...inner.map((span): Span => span.kind === "text" ? { ...span, kind: "strong" } : span));
    } else if (label !== undefined) {
      const shown = parseInline(label).map((span) => span.text).join("");
      spans.push({ kind: "link", text: shown, target: target ?? "" });
    } else if (address !== undefined) spans.push({ kind: "link", text: address, target: address });
  }
  spans.push(...plainText(text.slice(done)));
  return spans;
}

/** The text without its marks. */
export function plainOf(text: string): string {
  return parseInline(text).map((span) => span.text).join("");
}

/** The name under which a heading is linked to, as forges make it; `used` holds those that are taken already. */
export function anchorOf(heading: string, used: Set<string> = new Set()): string {
  const base = plainOf(heading).toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
  let anchor = base;
  for (let count = 1; used.has(anchor); count++) anchor = `${base}-${count}`;
  used.add(anchor);
  return anchor;
}
