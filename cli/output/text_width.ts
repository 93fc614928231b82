/**
 * How wide a text is on the screen, and how it is made to fit.
 *
 * @module
 */

/** The columns a text takes. */
export type Measure = (text: string) => number;

/** Printable ASCII, Latin letters and the signs of our own tables and bars: one column each. */
const NARROW = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2026\u2190-\u2193\u2500-\u25a0\u2713\u2717]*$/;

/** Right for narrow texts only. */
export const measureNarrow: Measure = (text) => text.length;

/** Measures any text; loads the tables of wide characters only when one of `samples` may hold some. */
export async function measureFor(samples: Iterable<string>): Promise<Measure> {
  for (const sample of samples) if (!NARROW.test(sample)) return await loadMeasure();
  return measureNarrow;
}

/** Measures any text, wide and combining characters included. */
export async function loadMeasure(): Promise<Measure> {
  const { default: stringWidth } = await import("string-width");
  return (text) => NARROW.test(text) ? text.length : stringWidth(text);
}

/** Text that is safe to show: control characters, escape sequences among them, become `?`. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "?");
}

function segments(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

/** How {@link fit} shortens. */
export interface FitOptions {
  readonly measure: Measure;
  /** Which part gives way: the end, or the middle, which keeps the telling end of a file name. */
  readonly cut?: "end" | "middle";
}

/** The text, shortened with `…` when it is wider than `width`. */
export function fit(text: string, width: number, { measure, cut = "end" }: FitOptions): string {
  if (measure(text) <= width) return text;
  if (width <= 1) return width === 1 ? "…" : "";
  const parts = segments(text);
  const tailWidth = cut === "middle" ? Math.ceil((width - 1) * 0.6) : 0;
  const tail = takeWidth(parts.toReversed(), tailWidth, measure).toReversed();
  const head = takeWidth(parts, width - 1 - measure(tail.join("")), measure);
  return `${head.join("")}…${tail.join("")}`;
}

function takeWidth(parts: readonly string[], width: number, measure: Measure): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const part of parts) {
    used += measure(part);
    if (used > width) break;
    taken.push(part);
  }
  return taken;
}

/** The text with spaces up to `width`. */
export function pad(text: string, width: number, options: {
  readonly measure: Measure;
  readonly align?: "left" | "right";
}): string {
  const space = " ".repeat(Math.max(0, width - options.measure(text)));
  return options.align === "right" ? space + text : text + space;
}
