/**
 * The help in lines: pure.
 *
 * @module
 */
import { fit, pad } from "../../output/text_width.ts";
import { sayKey, showKey } from "../key_name.ts";
import type { Frame } from "../screen.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import type { HelpKey, HelpSection } from "./help_sections.ts";

type LineFrame = Pick<Frame, "columns" | "theme" | "measure" | "unicode">;

/** Keys are on the left; where they take more than this, they go on below. */
const MAX_KEY_COLUMNS = 16;
const GAP = 2;
const INDENT = 2;

/** Such as `↑ K`. */
function keysText(keys: readonly string[], unicode: boolean): string {
  return keys.map((key) => unicode ? showKey(key) : sayKey(key)).join(" ");
}

/** Columns of the keys, the same in all sections. */
function keyColumns(sections: readonly HelpSection[], { measure, unicode, columns }: LineFrame): number {
  const widths = sections.flatMap(({ keys }) => keys.map((each) => measure(keysText(each.keys, unicode))));
  return Math.min(columns < 60 ? 10 : MAX_KEY_COLUMNS, Math.max(0, ...widths));
}

/** Blocks of lines beside each other, each of its own width. */
function beside(
  blocks: readonly { readonly lines: readonly string[]; readonly width: number }[],
  { measure }: LineFrame,
): string[] {
  const height = Math.max(...blocks.map(({ lines }) => lines.length));
  return Array.from(
    { length: height },
    (_, row) =>
      blocks.map(({ lines, width }) => pad(lines[row] ?? "", width + GAP, { measure })).join("").trimEnd(),
  );
}

/** A key and what it does; in three widths: with the command line beside it, below it, or left out. */
function keyLines({ keys, help, twin }: HelpKey, width: number, frame: LineFrame): string[] {
  const { columns, theme, measure, unicode } = frame;
  const room = Math.max(8, columns - INDENT - width - GAP);
  const key = {
    lines: wrapText(keysText(keys, unicode), width, measure).map((line) => theme.key(line)),
    width,
  };
  const indent = (lines: readonly string[]): string[] => lines.map((line) => " ".repeat(INDENT) + line);
  if (columns < 60) {
    return indent(beside([key, { lines: wrapText(help, room, measure), width: room }], frame));
  }
  if (columns < 80) {
    const lines = [
      ...wrapText(help, room, measure),
      ...(twin === undefined ? [] : wrapText(twin, room, measure).map(theme.dim)),
    ];
    return indent(beside([key, { lines, width: room }], frame));
  }
  const helpRoom = Math.floor((room - GAP) * 0.58);
  const twinRoom = room - GAP - helpRoom;
  return indent(beside([
    key,
    { lines: wrapText(help, helpRoom, measure), width: helpRoom },
    { lines: twin === undefined ? [] : wrapText(twin, twinRoom, measure).map(theme.dim), width: twinRoom },
  ], frame));
}

/** All lines of the help. */
export function helpLines(sections: readonly HelpSection[], frame: LineFrame): string[] {
  const { columns, theme, measure } = frame;
  const width = keyColumns(sections, frame);
  return sections.flatMap(({ title, keys }, index) => [
    ...(index === 0 ? [] : [""]),
    theme.bold(fit(title, columns, { measure })),
    ...keys.flatMap((key) => keyLines(key, width, frame)),
  ]);
}
