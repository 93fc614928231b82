/**
 * A line of values, a character each.
 *
 * @module
 */

const BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;
const ASCII = ["_", ".", ":", "-", "=", "+", "*", "#"] as const;

/** How a sparkline is drawn. */
export interface SparklineOptions {
  /** Columns: of more values, the last ones are shown. */
  readonly width: number;
  /** Whether block characters can be shown. */
  readonly unicode: boolean;
}

/** The values as heights, the highest in full; all zero is a flat line. */
export function sparkline(values: readonly number[], { width, unicode }: SparklineOptions): string {
  const shown = values.slice(-Math.max(1, width));
  const highest = Math.max(0, ...shown);
  const signs = unicode ? BLOCKS : ASCII;
  return shown.map((value) => {
    const share = highest === 0 ? 0 : Math.max(0, value) / highest;
    return signs[Math.min(signs.length - 1, Math.ceil(share * (signs.length - 1)))] ?? signs[0];
  }).join("");
}
