/**
 * The page of a model, taken apart: headings, paragraphs, lists, code and tables. It is what somebody else wrote, so
 * nothing in it is trusted and nothing has to be right. Pure.
 *
 * @module
 */
import { plainText, withoutComments } from "./readme_inline.ts";

/** A part of the page. */
export type ReadmeBlock =
  | { readonly kind: "heading"; readonly level: number; readonly text: string }
  | { readonly kind: "paragraph" | "quote"; readonly text: string }
  /** `depth` from 0 on; `marker` is empty for a bullet, else such as `3.`. */
  | { readonly kind: "item"; readonly depth: number; readonly marker: string; readonly text: string }
  | { readonly kind: "code"; readonly lines: readonly string[] }
  | {
    readonly kind: "table";
    readonly header: readonly string[];
    readonly rows: readonly (readonly string[])[];
  };

/** More cells are no table that could be read. */
const MAX_CELLS = 24;

const FENCE = /^\s{0,3}(```+|~~~+)/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const ITEM = /^(\s*)(?:([-*+])|(\d{1,4}[.)]))\s+(.*)$/;
const QUOTE = /^\s{0,3}>\s?(.*)$/;
const RULE = /^\s{0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/;
const UNDERLINE = /^\s{0,3}(=+|-{2,})\s*$/;
const DELIMITERS = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
/** What defines the target of a link. */
const DEFINITION = /^\s{0,3}\[[^\]]{1,200}\]:\s+\S/;

function cellsOf(line: string): string[] {
  const inner = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).slice(0, MAX_CELLS).map(plainText);
}

/** Reads a page line by line. */
class Reader {
  readonly blocks: ReadmeBlock[] = [];
  readonly #lines: readonly string[];
  #at = 0;
  /** Lines of a paragraph, a quotation or an item that may go on. */
  #open: { readonly kind: "paragraph" | "quote"; lines: string[] } | {
    readonly kind: "item";
    readonly depth: number;
    readonly marker: string;
    lines: string[];
  } | undefined;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  read(): readonly ReadmeBlock[] {
    while (this.#at < this.#lines.length) this.#readLine(this.#lines[this.#at++] ?? "");
    this.#close();
    return this.blocks;
  }

  #readLine(line: string): void {
    if (FENCE.test(line)) return this.#readCode(line);
    if (line.trim() === "" || DEFINITION.test(line)) return this.#close();
    const [, marks, title] = HEADING.exec(line) ?? [];
    if (marks !== undefined) return this.#heading(marks.length, title ?? "");
    if (this.#open?.kind === "paragraph" && UNDERLINE.test(line)) return this.#underlined(line);
    if (RULE.test(line)) return this.#close();
    if (line.includes("|") && DELIMITERS.test(this.#lines[this.#at] ?? "") && line.trim() !== "|") {
      return this.#readTable(line);
    }
    const [, indent = "", bullet, number, text = ""] = ITEM.exec(line) ?? [];
    if (bullet !== undefined || number !== undefined) {
      this.#close();
      const depth = Math.min(4, Math.floor(indent.replaceAll("\t", "  ").length / 2));
      this.#open = { kind: "item", depth, marker: number ?? "", lines: [text] };
      return;
    }
    const quoted = QUOTE.exec(line)?.[1];
    if (quoted !== undefined) return this.#goOn("quote", quoted);
    // Indented code; below an item it is more of the item.
    if (/^(?: {4}|\t)/.test(line) && this.#open === undefined) return this.#indented(line);
    if (this.#open !== undefined && this.#open.kind !== "quote") this.#open.lines.push(line);
    else this.#goOn("paragraph", line);
  }

  #goOn(kind: "paragraph" | "quote", line: string): void {
    if (this.#open?.kind !== kind) {
      this.#close();
      this.#open = { kind, lines: [] };
    }
    this.#open?.lines.push(line);
  }

  #close(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    const text = plainText(open.lines.join(" "));
    if (text === "") return;
    if (open.kind === "item") {
      const { depth, marker } = open;
      this.blocks.push({ kind: "item", depth, marker, text });
    } else this.blocks.push({ kind: open.kind, text });
  }

  #heading(level: number, title: string): void {
    this.#close();
    const text = plainText(title);
    if (text !== "") this.blocks.push({ kind: "heading", level, text });
  }

  #underlined(line: string): void {
    const text = this.#open?.lines.join(" ") ?? "";
    this.#open = undefined;
    this.#heading(line.includes("=") ? 1 : 2, text);
  }

  #readCode(opening: string): void {
    this.#close();
    const fence = FENCE.exec(opening)?.[1] ?? "```";
    const lines: string[] = [];
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at++] ?? "";
      if (line.trimStart().startsWith(fence) && line.trim() === fence[0]?.repeat(line.trim().length)) break;
      lines.push(line);
    }
    this.blocks.push({ kind: "code", lines });
  }

  #indented(first: string): void {
    const lines = [first.replace(/^(?: {4}|\t)/, "")];
    while (/^(?: {4}|\t)/.test(this.#lines[this.#at] ?? "")) {
      lines.push((this.#lines[this.#at++] ?? "").replace(/^(?: {4}|\t)/, ""));
    }
    this.blocks.push({ kind: "code", lines });
  }

  #readTable(line: string): void {
    this.#close();
    const header = cellsOf(line);
    this.#at++;
    const rows: string[][] = [];
    while ((this.#lines[this.#at] ?? "").includes("|")) rows.push(cellsOf(this.#lines[this.#at++] ?? ""));
    this.blocks.push({ kind: "table", header, rows });
  }
}

/** The parts of a page of Markdown, in their order. */
export function readmeBlocks(text: string): readonly ReadmeBlock[] {
  const lines = withoutComments(text.replace(/\r\n?/g, "\n")).split("\n");
  return new Reader(lines).read();
}
