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
  /**
   * Which part gives way: the end, or the middle, which keeps the telling end of a file name: its last part, and of
   * the shards of one model always the whole number.
   */
  readonly cut?: "end" | "middle";
}

/** The text, shortened with `…` when it is wider than `width`. */
export function fit(text: string, width: number, { measure, cut = "end" }: FitOptions): string {
  if (measure(text) <= width) return text;
  if (width <= 1) return width === 1 ? "…" : "";
  const parts = segments(text);
  const shard = cut === "middle" ? shardTail(text, width - 1) : undefined;
  const tailWidth = cut === "middle" ? Math.ceil((width - 1) * 0.6) : 0;
  const tail = shard ?? takeWidth(parts.toReversed(), tailWidth, measure).toReversed().join("");
  const head = takeWidth(parts, width - 1 - measure(tail), measure);
  return `${head.join("")}…${tail}`;
}

const SHARD_TAIL = /-0*(\d+)-of-0*(\d+)(\.[a-z]+)$/i;

/** Columns below which the name of a shard loses what comes before its number. */
export const SHARD_NAME_WIDTH = 24;

/** Whether a file is one of the shards of a model, by its name. */
export function isShardName(text: string): boolean {
  return SHARD_TAIL.test(text);
}

/** The end of a shard's name that fits: with extension, without it, or the bare numbers. */
function shardTail(text: string, width: number): string | undefined {
  const [tail, shard, total, extension] = SHARD_TAIL.exec(text) ?? [];
  if (tail === undefined || extension === undefined) return undefined;
  const short = tail.slice(0, -extension.length);
  return [tail, short, `-${shard}-of-${total}`, `${shard}/${total}`].find((end) => end.length <= width);
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
