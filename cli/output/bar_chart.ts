/**
 * A bar chart of a few lines, drawn with block characters, or with ASCII where the terminal has none.
 *
 * @module
 */

/** How a chart is drawn. */
export interface BarChartOptions {
  /** Columns of the terminal; the chart takes what it needs. */
  readonly width: number;
  /** Whether block characters can be shown. */
  readonly unicode: boolean;
  /** The value beside the axis. */
  readonly format: (value: number) => string;
  /** Below the first and the last bar. */
  readonly labels: readonly [first: string, last: string];
  /** Lines of the bars. @default {5} */
  readonly height?: number;
}

const BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;
const MAX_BAR_COLUMNS = 2;

interface Signs {
  readonly wall: string;
  readonly top: string;
  readonly corner: string;
  readonly floor: string;
  /** What shows a part of a line, from 0 (nothing) to 1; `isLowest` for the line at the bottom. */
  readonly part: (share: number, isLowest: boolean) => string;
}

const UNICODE: Signs = {
  wall: "│",
  top: "┤",
  corner: "┼",
  floor: "─",
  part: (share, isLowest) => {
    const eighths = Math.round(Math.min(1, share) * BLOCKS.length);
    return BLOCKS[Math.max(isLowest && share > 0 ? 1 : 0, eighths) - 1] ?? " ";
  },
};

const ASCII: Signs = {
  wall: "|",
  top: "+",
  corner: "+",
  floor: "-",
  part: (share, isLowest) => share >= 0.5 ? "#" : isLowest && share > 0 ? "." : " ",
};

/** The lines of a chart; every value above zero is seen. Where the room is too small, the first values give way. */
export function barChart(values: readonly number[], options: BarChartOptions): string[] {
  const { width, format, labels, height = 5 } = options;
  const signs = options.unicode ? UNICODE : ASCII;
  const highest = Math.max(0, ...values);
  const scale = format(highest);
  const room = width - scale.length - 2;
  const columns = Math.min(MAX_BAR_COLUMNS, Math.max(1, Math.floor(room / values.length)));
  const shown = values.slice(-Math.max(1, Math.floor(Math.min(room, Number.MAX_SAFE_INTEGER) / columns)));
  const lines: string[] = [];
  for (let line = height - 1; line >= 0; line--) {
    const bars = shown.map((value) => {
      const share = highest === 0 ? 0 : (value / highest) * height - line;
      return signs.part(share, line === 0).padEnd(columns);
    });
    const side = line === height - 1 ? `${scale} ${signs.top}` : `${" ".repeat(scale.length)} ${signs.wall}`;
    lines.push(`${side}${bars.join("")}`.trimEnd());
  }
  const base = shown.length * columns;
  lines.push(`${"0".padStart(scale.length)} ${signs.corner}${signs.floor.repeat(base)}`);
  const [first, last] = labels;
  const lastBegin = Math.max(0, base - (columns - 1) - last.length);
  const caption = shown.length === values.length && first.length < lastBegin
    ? first.padEnd(lastBegin) + last
    : last.padStart(lastBegin + last.length);
  return [...lines, " ".repeat(scale.length + 2) + caption];
}
