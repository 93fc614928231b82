/**
 * Fills marked-up text into lines of a width.
 *
 * @module
 */
import type { Measure } from "../output/text_width.ts";
import type { Theme } from "../output/theme.ts";
import { parseInline, type Span } from "./markdown.ts";

/** How text is shown. */
export interface TextLook {
  readonly theme: Theme;
  readonly measure: Measure;
  /** Code keeps its backticks: without colour nothing else tells it from the text around it. */
  readonly keepMarks: boolean;
  /** What is said of where a link leads; an empty text for nothing. */
  readonly link: (target: string, text: string) => string;
}

interface Piece {
  readonly text: string;
  readonly kind: Span["kind"];
}

/** A word, of pieces that belong together. */
type Word = Piece[];

function show({ text, kind }: Piece, { theme }: TextLook): string {
  if (kind === "code") return theme.accent(text);
  return kind === "strong" ? theme.bold(text) : text;
}

function shownSpans(text: string, look: TextLook): Piece[] {
  return parseInline(text).flatMap((span): Piece[] => {
    if (span.kind === "code") {
      return [{ kind: "code", text: look.keepMarks ? `\`${span.text}\`` : span.text }];
    }
    if (span.kind !== "link") return [span];
    const target = look.link(span.target ?? "", span.text);
    return [{ kind: "text", text: target === "" ? span.text : `${span.text} (${target})` }];
  });
}

function wordsOf(text: string, look: TextLook): Word[] {
  const words: Word[] = [];
  let joins = false;
  for (const { text: all, kind } of shownSpans(text, look)) {
    for (const part of all.split(/( +)/)) {
      if (part === "") continue;
      if (part.trim() === "") joins = false;
      else {
        const last = words.at(-1);
        if (joins && last !== undefined) last.push({ text: part, kind });
        else words.push([{ text: part, kind }]);
        joins = true;
      }
    }
  }
  return words;
}

function widthOf(word: Word, { measure }: TextLook): number {
  return word.reduce((sum, { text }) => sum + measure(text), 0);
}

/** Cuts a word that is wider than a line. */
function cut(word: Word, width: number, look: TextLook): Word[] {
  const parts: Word[] = [[]];
  let used = 0;
  for (const { text, kind } of word) {
    for (const { segment } of new Intl.Segmenter().segment(text)) {
      const columns = look.measure(segment);
      if (used + columns > width && used > 0) {
        parts.push([]);
        used = 0;
      }
      used += columns;
      const part = parts.at(-1) ?? [];
      const last = part.at(-1);
      if (last?.kind === kind) part[part.length - 1] = { kind, text: last.text + segment };
      else part.push({ kind, text: segment });
    }
  }
  return parts;
}

/** One line with its width on the screen. */
export interface FilledLine {
  readonly text: string;
  readonly width: number;
}

/** The text in lines of at most `width` columns; words that are wider are cut. */
export function fillText(text: string, width: number, look: TextLook): readonly FilledLine[] {
  const lines: { text: string; width: number }[] = [];
  for (const whole of wordsOf(text, look)) {
    const parts = widthOf(whole, look) > width ? cut(whole, width, look) : [whole];
    for (const word of parts) {
      const columns = widthOf(word, look);
      const shown = word.map((piece) => show(piece, look)).join("");
      const line = lines.at(-1);
      if (line === undefined || line.width + 1 + columns > width) lines.push({ text: shown, width: columns });
      else {
        line.text += ` ${shown}`;
        line.width += columns + 1;
      }
    }
  }
  return lines;
}

/** Columns of the text in one line, and of its widest word. */
export function extentOf(
  text: string,
  look: TextLook,
): { readonly whole: number; readonly word: number } {
  const widths = wordsOf(text, look).map((word) => widthOf(word, look));
  return {
    whole: widths.reduce((sum, width) => sum + width + 1, -1),
    word: Math.max(0, ...widths),
  };
}
