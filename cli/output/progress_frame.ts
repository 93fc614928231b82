/**
 * The lines of bars for one moment: pure.
 *
 * @module
 */
import { formatByteRate, formatByteSize } from "../../core/base/byte_size.ts";
import { formatDuration } from "../../core/base/duration.ts";
import { formatPercent, plural } from "./humanize.ts";
import type { FileProgress, ProgressState } from "./progress_state.ts";
import { remainingMs, windowSpeed } from "../../core/base/speed_window.ts";
import { fit, isShardName, type Measure, pad, printable, SHARD_NAME_WIDTH } from "./text_width.ts";
import type { Theme } from "./theme.ts";

/** Where and how a frame is drawn. */
export interface FrameOptions {
  readonly columns: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly measure: Measure;
  /** On the clock that the state was made with. */
  readonly nowMs: number;
  /** Wall-clock time, in milliseconds since 1970. */
  readonly wallMs: number;
  /** Block characters can be shown. @default {true} */
  readonly unicode?: boolean;
}

/** How one line is drawn. */
export type LineOptions = Omit<FrameOptions, "rows" | "wallMs">;

/** One line before it is laid out. */
interface Bar {
  readonly name: string;
  readonly done: number;
  readonly total: number;
  /** Stands in the place of speed and remaining time. */
  readonly status: string | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly restMs: number | undefined;
}

const SPEED_WIDTH = 9;
const REST_WIDTH = 11;
const SIZES_WIDTH = 17;
const PERCENT_WIDTH = 5;
/** `retry 3 in 4 s`. */
const PHASE_WIDTH = 14;
/** From this width on there is room for the time that is left, and from that on for the speed. */
const TIME_COLUMNS = 36;
const SPEED_COLUMNS = 50;

/** A bar of `width` columns; full only when all is there. */
export function drawBar(
  part: number,
  whole: number,
  width: number,
  { unicode = true }: { readonly unicode?: boolean } = {},
): string {
  const share = whole <= 0 ? 1 : Math.min(1, Math.max(0, part / whole));
  const filled = Math.floor(share * width);
  return (unicode ? "█" : "#").repeat(filled) + (unicode ? "░" : "-").repeat(Math.max(0, width - filled));
}

function details(bar: Bar, columns: number, measure: Measure): string {
  const right = { measure, align: "right" } as const;
  const cells = [pad(formatPercent(bar.done, bar.total), PERCENT_WIDTH, right)];
  // What is worth least goes first: in a narrow terminal the speed, then the time that is left.
  if (columns < TIME_COLUMNS) {
    return bar.status === undefined ? cells.join("") : fit(bar.status, 12, { measure });
  }
  if (columns < SPEED_COLUMNS) {
    const last = bar.status ?? (bar.restMs === undefined ? "" : `ETA ${formatDuration(bar.restMs)}`);
    return [...cells, pad(fit(last, PHASE_WIDTH, { measure }), PHASE_WIDTH, right)].join("  ");
  }
  if (columns >= 90) {
    cells.push(pad(`${formatByteSize(bar.done)} / ${formatByteSize(bar.total)}`, SIZES_WIDTH, right));
  }
  if (bar.status !== undefined) {
    cells.push(
      pad(fit(bar.status, SPEED_WIDTH + 2 + REST_WIDTH, { measure }), SPEED_WIDTH + 2 + REST_WIDTH, right),
    );
  } else {
    const speed = bar.bytesPerSecond === undefined ? "" : formatByteRate(bar.bytesPerSecond);
    const rest = bar.restMs === undefined ? "" : `ETA ${formatDuration(bar.restMs)}`;
    cells.push(pad(speed, SPEED_WIDTH, right), pad(rest, REST_WIDTH, right));
  }
  return cells.join("  ");
}

/** The columns of a bar, 0 for none; the number of a shard is worth more than its bar. */
function barWidthFor(name: string, left: number, measure: Measure): number {
  if (left < 24) return 0;
  const width = Math.min(30, Math.floor((left - 2) * 0.4));
  const rest = left - width - 2;
  return isShardName(name) && rest < SHARD_NAME_WIDTH && measure(name) > rest ? 0 : width;
}

function layOut(bar: Bar, { columns, theme, measure, unicode = true }: LineOptions): string {
  // The last column stays free: a character there would make some terminals wrap.
  const room = columns - 1;
  const right = details(bar, columns, measure);
  const left = room - right.length - 2;
  const name = printable(bar.name);
  if (left < 6) return fit(right.trim(), room, { measure });
  const barWidth = barWidthFor(name, left, measure);
  const nameWidth = left - (barWidth === 0 ? 0 : barWidth + 2);
  const shown = pad(fit(name, nameWidth, { measure, cut: "middle" }), nameWidth, { measure });
  if (barWidth === 0) return `${shown}  ${right}`;
  return `${shown}  ${theme.accent(drawBar(bar.done, bar.total, barWidth, { unicode }))}  ${right}`;
}

/** What is done to a file while no bytes come; `undefined` while they do. */
export function fileStatus(file: FileProgress, nowMs: number): string | undefined {
  if (file.phase === "downloading") return undefined;
  if (file.phase !== "retrying" || file.retry === undefined) return file.phase;
  const seconds = Math.max(0, Math.ceil((file.retry.atMs - nowMs) / 1000));
  return `retry ${file.retry.attempt} in ${seconds} s`;
}

function fileBar(file: FileProgress, nowMs: number): Bar {
  const verifying = file.phase === "verifying";
  const bytesPerSecond = windowSpeed(file.window, nowMs);
  return {
    name: file.path,
    done: verifying ? file.verifiedBytes : file.receivedBytes,
    total: file.totalBytes,
    status: fileStatus(file, nowMs),
    bytesPerSecond,
    restMs: remainingMs(file.totalBytes - file.receivedBytes, bytesPerSecond),
  };
}

/** Why the whole waits, and how long still. */
export function waitingText(waiting: NonNullable<ProgressState["waiting"]>, wallMs: number): string {
  if (waiting.untilMs === undefined) return waiting.message;
  return `${waiting.message} (${formatDuration(waiting.untilMs - wallMs)} left)`;
}

function totalBar(state: ProgressState, nowMs: number): Bar {
  const bytesPerSecond = windowSpeed(state.window, nowMs);
  const count = `${state.finishedFiles}/${state.totalFiles}`;
  return {
    name: `Total ${count}, ${formatDuration(nowMs - state.startedAtMs)}`,
    done: state.receivedBytes,
    total: state.totalBytes,
    // When all that is left is hashing or filing, a speed of zero would look like a fault.
    status: commonPhase(state),
    bytesPerSecond,
    restMs: remainingMs(state.totalBytes - state.receivedBytes, bytesPerSecond),
  };
}

/** The line of a file that is worked on. */
export function fileLine(file: FileProgress, options: LineOptions): string {
  return layOut(fileBar(file, options.nowMs), options);
}

/** The line of all files together. */
export function totalLine(state: ProgressState, options: LineOptions): string {
  return layOut(totalBar(state, options.nowMs), options);
}

/** What all files that are worked on have in common, when that is no transfer: hashing or filing. */
export function commonPhase(state: ProgressState): string | undefined {
  const phases = new Set([...state.active.values()].map(({ phase }) => phase));
  const [only] = phases;
  return phases.size === 1 && (only === "verifying" || only === "publishing") ? only : undefined;
}

/** The lines of one moment: the files that are worked on, as many as fit, and the total. */
export function renderFrame(state: ProgressState, options: FrameOptions): readonly string[] {
  if (state.totalFiles === 0) {
    const text = state.waiting === undefined
      ? "Asking the Hub…"
      : `Waiting: ${waitingText(state.waiting, options.wallMs)}`;
    return [options.theme.dim(fit(printable(text), options.columns - 1, options))];
  }
  const files = [...state.active.values()];
  // The total, the line for the rest and the line of the cursor need room as well.
  const room = Math.max(1, options.rows - 3);
  const shown = files.length <= room ? files : files.slice(0, room);
  const lines = shown.map((file) => fileLine(file, options));
  if (shown.length < files.length) {
    const more = fit(`+${files.length - shown.length} more`, options.columns - 1, options);
    lines.push(options.theme.dim(more));
  }
  if (state.waiting !== undefined) {
    const text = `Waiting: ${waitingText(state.waiting, options.wallMs)}`;
    lines.push(options.theme.warning(fit(printable(text), options.columns - 1, options)));
  }
  return [...lines, totalLine(state, options)];
}

/** The same in one line, for logs and pipes. */
export function renderProgressLine(
  state: ProgressState,
  options: Pick<FrameOptions, "nowMs" | "wallMs">,
): string {
  const bar = totalBar(state, options.nowMs);
  const parts = [
    formatPercent(bar.done, bar.total),
    `${formatByteSize(bar.done)} of ${formatByteSize(bar.total)}`,
    `${state.finishedFiles} of ${plural(state.totalFiles, "file")}`,
  ];
  if (state.waiting !== undefined) parts.push(`waiting: ${waitingText(state.waiting, options.wallMs)}`);
  else if (bar.status !== undefined) parts.push(bar.status);
  else if (bar.done < bar.total) {
    if (bar.bytesPerSecond !== undefined) parts.push(formatByteRate(bar.bytesPerSecond));
    if (bar.restMs !== undefined) parts.push(`ETA ${formatDuration(bar.restMs)}`);
  }
  return `${parts.join(", ")}, ${formatDuration(options.nowMs - state.startedAtMs)} elapsed`;
}
