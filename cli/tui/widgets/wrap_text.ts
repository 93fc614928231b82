/**
 * Text in lines of a width, broken between words where that is possible: pure.
 *
 * @module
 */
import type { Measure } from "../../output/text_width.ts";

/** Breaks one word that is wider than a line. */
function breakWord(word: string, width: number, measure: Measure): string[] {
  const parts: string[] = [];
  let part = "";
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    if (part !== "" && measure(part + segment) > width) {
      parts.push(part);
      part = "";
    }
    part += segment;
  }
  return [...parts, part];
}

/** The lines of a text of one paragraph; an empty text is one empty line. */
export function wrapText(text: string, width: number, measure: Measure): string[] {
  const room = Math.max(1, width);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (measure(joined) <= room) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    const parts = measure(word) <= room ? [word] : breakWord(word, room, measure);
    lines.push(...parts.slice(0, -1));
    line = parts.at(-1) ?? "";
  }
  return [...lines, line];
}
