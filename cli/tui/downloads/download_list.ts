/**
 * The list of downloads in sections: pure. Its columns have fixed widths, so that nothing moves while numbers change.
 *
 * @module
 */
import { formatByteRate, formatByteSize } from "../../../core/base/byte_size.ts";
import { formatDuration } from "../../../core/base/duration.ts";
import { formatPercent } from "../../output/humanize.ts";
import { drawBar } from "../../output/progress_frame.ts";
import { fit, pad, printable } from "../../output/text_width.ts";
import type { Style } from "../../output/theme.ts";
import type { Frame } from "../screen.ts";
import { type DownloadRow, type Section, SECTION_TITLES, sectionOf, titleOf } from "./download_rows.ts";
import { endedText, failureOf, type Standing, standingOf } from "./download_words.ts";
import type { DownloadsScreenState } from "./downloads_screen_state.ts";

/** What of a download has room. */
interface Widths {
  readonly bar: number;
  readonly size: number;
  readonly priority: number;
  readonly percent: number;
  readonly status: number;
  /** The remaining time stands beside the speed. */
  readonly hasRest: boolean;
}

const PERCENT_WIDTH = 5;

function widthsFor(columns: number, rows: readonly DownloadRow[]): Widths {
  const isPlain = rows.every((row) => row.kind === "activity" || row.job.priority === "normal");
  const priority = isPlain ? 0 : 6;
  if (columns >= 100) {
    return { bar: 12, size: 8, priority, percent: PERCENT_WIDTH, status: 21, hasRest: true };
  }
  if (columns >= 80) return { bar: 10, size: 0, priority, percent: PERCENT_WIDTH, status: 21, hasRest: true };
  if (columns >= 60) {
    return { bar: 8, size: 0, priority: 0, percent: PERCENT_WIDTH, status: 11, hasRest: false };
  }
  return { bar: 0, size: 0, priority: 0, percent: PERCENT_WIDTH, status: 10, hasRest: false };
}

function statusText(standing: Standing, { hasRest }: Widths): string {
  if (standing.word !== "") return standing.word;
  const { bytesPerSecond, restMs } = standing;
  const speed = bytesPerSecond === undefined ? "" : formatByteRate(bytesPerSecond);
  if (!hasRest) return speed;
  const rest = restMs === undefined ? "" : `ETA ${formatDuration(restMs)}`;
  return `${speed}  ${rest.padStart(10)}`;
}

const STATUS_STYLES: Readonly<Record<string, (theme: Frame["theme"]) => Style>> = {
  completed: ({ good }) => good,
  failed: ({ error }) => error,
  paused: ({ warning }) => warning,
  cancelled: ({ dim }) => dim,
};

type Cell = readonly [text: string, style: Style];

const plain: Style = (text) => text;

/** Why it failed, or when it ended: in the place of bar, per cent and size. */
function finishedCells(row: DownloadRow, standing: Standing, widths: Widths, frame: Frame): Cell[] {
  const { measure, theme, nowMs } = frame;
  const size = standing.totalBytes === 0 ? "" : formatByteSize(standing.totalBytes);
  const failure = failureOf(row);
  const barWidth = widths.bar === 0 ? 0 : widths.bar + 2;
  const width = barWidth + widths.percent;
  const whole = width + (widths.size === 0 ? 0 : widths.size + 2);
  if (widths.bar === 0) return [[" ".repeat(width), plain]];
  if (failure !== undefined) {
    return [[pad(fit(printable(failure), whole, { measure }), whole, { measure }), theme.dim]];
  }
  const ended = pad(endedText(row, nowMs), width, { measure, align: "right" });
  return [[fit(ended, width, { measure }), theme.dim], ...sizeCell(size, widths, frame)];
}

function sizeCell(size: string, widths: Widths, { measure }: Frame): Cell[] {
  return widths.size === 0 ? [] : [[pad(size, widths.size, { measure, align: "right" }), plain]];
}

/** Bar, per cent and size; blank before they are known. */
function openCells(standing: Standing, widths: Widths, frame: Frame): Cell[] {
  const { theme, unicode } = frame;
  const { receivedBytes, totalBytes } = standing;
  const isKnown = totalBytes > 0;
  const bar = isKnown ? drawBar(receivedBytes, totalBytes, widths.bar, { unicode }) : " ".repeat(widths.bar);
  const percent = isKnown ? formatPercent(receivedBytes, totalBytes) : "";
  return [
    ...(widths.bar === 0 ? [] : [[bar, theme.bar] as const]),
    [percent.padStart(widths.percent), plain],
    ...sizeCell(isKnown ? formatByteSize(totalBytes) : "", widths, frame),
  ];
}

function cellsOf(row: DownloadRow, widths: Widths, frame: Frame): Cell[] {
  const { measure, theme } = frame;
  const standing = standingOf(row, frame);
  const status = fit(statusText(standing, widths), widths.status, { measure });
  const priority = row.kind === "job" && row.job.priority !== "normal" ? row.job.priority : "";
  return [
    ...(widths.priority === 0 ? [] : [[pad(priority, widths.priority, { measure }), theme.accent] as const]),
    ...(sectionOf(row) === "finished"
      ? finishedCells(row, standing, widths, frame)
      : openCells(standing, widths, frame)),
    [pad(status, widths.status, { measure, align: "right" }), STATUS_STYLES[standing.word]?.(theme) ?? plain],
  ];
}

function rowLine(row: DownloadRow, widths: Widths, frame: Frame, isSelected: boolean): string {
  const { columns, measure, theme } = frame;
  const cells = cellsOf(row, widths, frame);
  const room = Math.max(1, columns - 2 - cells.reduce((sum, [text]) => sum + 2 + measure(text), 0));
  const name = pad(fit(printable(titleOf(row)), room, { measure, cut: "middle" }), room, { measure });
  if (!isSelected) return `  ${[name, ...cells.map(([text, style]) => style(text))].join("  ")}`;
  const sign = frame.unicode ? "›" : ">";
  return theme.selected(`${sign} ${[name, ...cells.map(([text]) => text)].join("  ")}`);
}

type Line =
  | { readonly section: Section; readonly count: number }
  | { readonly row: DownloadRow; readonly index: number };

function linesOf(rows: readonly DownloadRow[]): Line[] {
  const counts = new Map<Section, number>();
  for (const row of rows) counts.set(sectionOf(row), (counts.get(sectionOf(row)) ?? 0) + 1);
  const lines: Line[] = [];
  let before: Section | undefined;
  rows.forEach((row, index) => {
    const section = sectionOf(row);
    if (section !== before) lines.push({ section, count: counts.get(section) ?? 0 });
    before = section;
    lines.push({ row, index });
  });
  return lines;
}

/** The list, never more lines than there is room; the selected one is seen. */
export function downloadList({ rows, cursor }: DownloadsScreenState, frame: Frame): string[] {
  const lines = linesOf(rows);
  const at = lines.findIndex((line) => "row" in line && line.index === cursor.index);
  const top = Math.max(0, Math.min(at - Math.floor(frame.rows / 2), lines.length - frame.rows));
  const widths = widthsFor(frame.columns, rows);
  return lines.slice(top, top + frame.rows).map((line) =>
    "row" in line
      ? rowLine(line.row, widths, frame, line.index === cursor.index)
      : frame.theme.bold(`${SECTION_TITLES[line.section]} (${line.count})`)
  );
}
