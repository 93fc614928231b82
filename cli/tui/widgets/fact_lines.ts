/**
 * Facts by their names, in lines of a width: pure.
 *
 * @module
 */
import { pad, printable } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import { wrapText } from "./wrap_text.ts";

/** A fact by its name; further values stand below the first. */
export type FactLine = readonly [name: string, ...values: readonly string[]];

const GAP = 2;
/** Names that would leave their values less than this stand on lines of their own. */
const LEAST_VALUE = 11;

/** Names and values under each other, none wider than the room; long values go on below. */
export function factLines(
  facts: readonly FactLine[],
  { columns, theme, measure }: Pick<Frame, "columns" | "theme" | "measure">,
): string[] {
  const width = Math.max(0, ...facts.map(([name]) => measure(printable(name))));
  const isBeside = columns - width - GAP >= LEAST_VALUE;
  const indent = isBeside ? width + GAP : GAP;
  return facts.flatMap(([name, ...values]) => {
    const text = values.flatMap((value) => wrapText(printable(value), columns - indent, measure));
    const label = printable(name);
    if (!isBeside) {
      return [...wrapText(label, columns, measure).map(theme.dim), ...text.map((line) => `  ${line}`)];
    }
    return text.map((line, index) =>
      `${pad(index === 0 ? theme.dim(label) : "", indent, { measure })}${line}`.trimEnd()
    );
  });
}
