/**
 * The page of a model as lines of a width: pure.
 *
 * @module
 */
import { type Column, layOutColumns } from "../../output/column_layout.ts";
import { fit, printable } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import type { ReadmeBlock } from "./readme_blocks.ts";

type PageFrame = Pick<Frame, "columns" | "theme" | "measure" | "unicode">;

function tableLines({ header, rows }: Extract<ReadmeBlock, { kind: "table" }>, frame: PageFrame): string[] {
  const { columns: room, theme, measure } = frame;
  const width = Math.max(header.length, ...rows.map((row) => row.length));
  const columns = Array.from({ length: width }, (_, index): Column<readonly string[]> => ({
    header: printable(header[index] ?? ""),
    cell: (row) => row[index] ?? "",
    minimum: 8,
    // What is further to the right gives way first.
    ...(index === 0 ? {} : { expendable: index }),
  }));
  const layout = layOutColumns({ columns, rows }, { room, measure });
  const cut = (line: string): string => fit(line, room, { measure });
  return [
    ...(header.every((cell) => cell === "") ? [] : [theme.dim(cut(layout.header((text) => text)))]),
    ...rows.map((_, index) => cut(layout.line(index))),
  ];
}

/** A text behind a sign; its further lines stand below its first one. */
function hanging(lead: string, text: string, { columns, measure }: PageFrame): string[] {
  const indent = " ".repeat(measure(lead));
  const lines = wrapText(printable(text), columns - measure(lead), measure);
  return lines.map((line, index) => (index === 0 ? lead : indent) + line);
}

function blockLines(block: ReadmeBlock, frame: PageFrame): string[] {
  const { columns, theme, measure, unicode } = frame;
  switch (block.kind) {
    case "heading": {
      const style = block.level <= 2 ? (text: string) => theme.accent(theme.bold(text)) : theme.bold;
      return wrapText(printable(block.text), columns, measure).map(style);
    }
    case "paragraph":
      return wrapText(printable(block.text), columns, measure);
    case "quote":
      return hanging(unicode ? "│ " : "| ", block.text, frame).map((line) => theme.dim(line));
    case "item": {
      const sign = block.marker === "" ? (unicode ? "•" : "-") : block.marker;
      return hanging(`${"  ".repeat(block.depth)}${sign} `, block.text, frame);
    }
    case "code":
      return block.lines.map((line) =>
        theme.dim(fit(`  ${printable(line.replaceAll("\t", "    "))}`, columns, { measure }))
      );
    case "table":
      return tableLines(block, frame);
  }
}

/** Items of a list stand together, everything else apart. */
function layOut(blocks: readonly ReadmeBlock[], frame: PageFrame): string[] {
  return blocks.flatMap((block, index) => {
    const before = blocks[index - 1];
    const isApart = before !== undefined && !(block.kind === "item" && before.kind === "item");
    return [...(isApart ? [""] : []), ...blockLines(block, frame)];
  });
}

interface Known {
  readonly columns: number;
  readonly theme: PageFrame["theme"];
  readonly unicode: boolean;
  readonly lines: readonly string[];
}

/** A page may be long, and is drawn again with each line that it is scrolled by. */
const pages = new WeakMap<readonly ReadmeBlock[], Known>();

/** The lines of a page, none wider than the frame. */
export function readmeLines(blocks: readonly ReadmeBlock[], frame: PageFrame): readonly string[] {
  const { columns, theme, unicode } = frame;
  const known = pages.get(blocks);
  if (known?.columns === columns && known.theme === theme && known.unicode === unicode) return known.lines;
  const lines = layOut(blocks, frame);
  pages.set(blocks, { columns, theme, unicode, lines });
  return lines;
}
