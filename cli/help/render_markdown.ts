/**
 * A page of Markdown as lines for a terminal, or for a pipe.
 *
 * @module
 */
import { measureFor } from "../output/text_width.ts";
import { PLAIN_THEME, type Theme } from "../output/theme.ts";
import { type Block, type ListItem, parseMarkdown } from "./markdown.ts";
import { renderTable } from "./render_table.ts";
import { fillText, type TextLook } from "./render_text.ts";

/** How a page is shown. */
export interface PageLook {
  /** Columns. */
  readonly width: number;
  readonly theme: Theme;
  /** Whether the theme has colours; without any, code keeps its backticks. */
  readonly hasColor: boolean;
  /** What is said of where a link leads; an empty text for nothing. */
  readonly link: (target: string, text: string) => string;
}

const INDENT = "  ";

function headingLines(text: string, level: number, width: number, look: TextLook): string[] {
  // A heading is marked by standing further left; a code in it needs no mark of its own.
  const plain = { ...look, theme: PLAIN_THEME, keepMarks: false, link: () => "" };
  const indent = level > 2 ? " " : "";
  const lines = fillText(text, width - indent.length, plain);
  const bold = lines.map((line) => indent + look.theme.bold(line.text));
  const widest = Math.max(0, ...lines.map((line) => line.width));
  return level === 1 ? [...bold, "=".repeat(widest)] : bold;
}

function itemLines(item: ListItem, width: number, look: TextLook): string[] {
  const lead = INDENT + " ".repeat(Math.min(item.indent, 8)) + `${item.marker} `;
  const lines = fillText(item.text, Math.max(8, width - lead.length), look);
  return lines.map(({ text }, index) => (index === 0 ? lead : " ".repeat(lead.length)) + text);
}

function blockLines(block: Block, width: number, look: TextLook): readonly string[] {
  const room = width - INDENT.length;
  switch (block.kind) {
    case "heading":
      return headingLines(block.text, block.level, width, look);
    case "paragraph":
      return fillText(block.text, room, look).map(({ text }) => INDENT + text);
    case "quote":
      return fillText(block.text, room - 2, look).map(({ text }) => `${INDENT}| ${text}`);
    case "item":
      return itemLines(block, width, look);
    case "code":
      // Never broken: it is there to be copied.
      return block.lines.map((line) => line === "" ? "" : `${INDENT}${INDENT}${line}`);
    case "table":
      return renderTable(block, room, look).map((line) => line === "" ? "" : INDENT + line);
  }
}

/** The lines of a page. */
export async function renderMarkdown(text: string, page: PageLook): Promise<readonly string[]> {
  const measure = await measureFor([text.replaceAll("\n", "")]);
  const look: TextLook = {
    theme: page.theme,
    measure,
    keepMarks: !page.hasColor,
    link: page.link,
  };
  const lines: string[] = [];
  let before: Block | undefined;
  for (const block of parseMarkdown(text)) {
    const isTight = before?.kind === "item" && block.kind === "item";
    if (before !== undefined && !isTight) lines.push("");
    lines.push(...blockLines(block, page.width, look));
    before = block;
  }
  return lines;
}
