/**
 * The documents of the project: what stands at the root and in `docs/`, and the code in them.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Block, parseInline, parseMarkdown, type Span } from "../../cli/help/markdown.ts";
import { ROOT } from "../arch/source_scan.ts";

/** One document. */
export interface Document {
  /** Below the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** A document from its text. */
export function documentOf(path: string, text: string): Document {
  return { path, text, blocks: parseMarkdown(text) };
}

function markdownIn(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(".md")).toSorted();
  return names.map((name) => folder === "" ? name : `${folder}/${name}`);
}

/** All documents that people read. */
export function allDocuments(): readonly Document[] {
  return [...markdownIn(""), ...markdownIn("docs"), "docs/screens/README.md"]
    .map((path) => documentOf(path, readFileSync(join(ROOT, path), "utf8")));
}

/** The texts of a block that hold inline marks. */
function inlineTexts(block: Block): readonly string[] {
  if (block.kind === "table") return [...block.header, ...block.rows.flat()];
  return block.kind === "code" ? [] : [block.text];
}

/** The pieces of all texts, in their order. */
export function spansOf(document: Document): readonly Span[] {
  return document.blocks.flatMap(inlineTexts).flatMap(parseInline);
}

/** What stands between backticks in the prose. */
export function inlineCode(document: Document): readonly string[] {
  const inside = ({ kind, text }: Span): string[] => kind === "code" ? [text] : [];
  return spansOf(document).flatMap(inside);
}
