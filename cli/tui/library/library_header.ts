/**
 * What stands above the library: the disk, the daemon, what is being downloaded. Pure.
 *
 * @module
 */
import { formatByteRate, formatByteSize } from "../../../core/base/byte_size.ts";
import { formatDuration } from "../../../core/base/duration.ts";
import type { LibrarySpace } from "../../../core/operations/model_manager.ts";
import { formatPercent, plural } from "../../output/humanize.ts";
import { remainingMs, windowSpeed } from "../../../core/base/speed_window.ts";
import { fit, pad, printable } from "../../output/text_width.ts";
import type { DaemonFact } from "../daemon_fact.ts";
import type { DownloadsState } from "../downloads/downloads_state.ts";
import type { Frame } from "../screen.ts";
import { progressBar } from "../widgets/progress_bar.ts";
import type { LibraryState } from "./library_state.ts";
import { jobBytes } from "./open_jobs.ts";

const NAME_WIDTH = 10;
const BAR_WIDTH = 20;
/** More do not leave room for the list. */
const MAX_ACTIVE = 3;

/** `12 models, 34.2 GB`. */
export function countText(
  { models, space, isLoaded }: Pick<LibraryState, "models" | "space" | "isLoaded">,
): string {
  if (!isLoaded) return "not read yet";
  const bytes = space !== undefined
    ? space.usedBytes + space.sharedBytes
    : models.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return `${plural(models.length, "model")}, ${formatByteSize(bytes)}`;
}

/** `34.2 GB of 100 GB (34 %), 45.0 GB free`. */
export function spaceText({ usedBytes, quotaBytes, freeBytes }: LibrarySpace): string {
  const used = quotaBytes === undefined
    ? `${formatByteSize(usedBytes)} used`
    : `${formatByteSize(usedBytes)} of ${formatByteSize(quotaBytes)} (${
      formatPercent(usedBytes, quotaBytes)
    })` +
      (usedBytes > quotaBytes ? ", too much" : "");
  return freeBytes === undefined ? used : `${used}, ${formatByteSize(freeBytes)} free`;
}

/** `running as process 123`. */
export function daemonText(daemon: DaemonFact): string {
  switch (daemon.kind) {
    case "unknown":
      return "not known";
    case "none":
      return "not running";
    case "running":
      return `running as process ${daemon.pid}`;
    case "silent":
      return `process ${daemon.pid} does not answer`;
  }
}

/** `2 downloading, 1 waiting, 1 paused`; empty when there is nothing. */
export function downloadsText({ jobs, activities }: DownloadsState): string {
  const count = (status: string): number => jobs.filter((job) => job.status === status).length;
  const running = activities.filter(({ ended }) => ended === undefined).length;
  const parts = [
    [count("downloading") + running, "downloading"],
    [count("pending"), "waiting"],
    [count("paused"), "paused"],
  ] as const;
  return parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`).join(", ");
}

/** One that is being downloaded. */
interface Active {
  readonly name: string;
  readonly receivedBytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number | undefined;
}

function activeOnes(downloads: DownloadsState, monotonicMs: number): Active[] {
  const jobs = downloads.jobs.filter(({ status }) => status === "downloading").map((job): Active => {
    const known = downloads.progress.get(job.id)?.progress;
    return {
      name: job.reference,
      ...jobBytes(job, downloads),
      bytesPerSecond: known === undefined ? undefined : windowSpeed(known.window, monotonicMs),
    };
  });
  const others = downloads.activities.filter(({ ended }) => ended === undefined).map((each): Active => ({
    name: each.title,
    receivedBytes: each.progress?.receivedBytes ?? 0,
    totalBytes: each.progress?.totalBytes ?? 0,
    bytesPerSecond: each.progress === undefined ? undefined : windowSpeed(each.progress.window, monotonicMs),
  }));
  return [...jobs, ...others];
}

function activeLine({ name, receivedBytes, totalBytes, bytesPerSecond }: Active, frame: Frame): string {
  const { columns, measure } = frame;
  const isKnown = totalBytes > 0;
  const rest = remainingMs(totalBytes - receivedBytes, bytesPerSecond);
  const figures = [
    pad(isKnown ? formatPercent(receivedBytes, totalBytes) : "", 5, { measure, align: "right" }),
    pad(bytesPerSecond === undefined ? "" : formatByteRate(bytesPerSecond), 9, { measure, align: "right" }),
    pad(!isKnown || rest === undefined ? "" : `ETA ${formatDuration(rest)}`, 11, { measure, align: "right" }),
  ].join("  ");
  const bar = isKnown
    ? progressBar({ part: receivedBytes, whole: totalBytes, width: BAR_WIDTH }, frame)
    : " ".repeat(BAR_WIDTH);
  const room = columns - NAME_WIDTH - BAR_WIDTH - measure(figures) - 4;
  const shown = pad(fit(printable(name), room, { measure, cut: "middle" }), room, { measure });
  return `${" ".repeat(NAME_WIDTH)}${shown}  ${bar}  ${figures}`;
}

function row(name: string, text: string, { theme, columns, measure }: Frame): string {
  return theme.dim(name.padEnd(NAME_WIDTH)) + fit(text, columns - NAME_WIDTH, { measure });
}

/** The disk with a bar of what the library may take, or of what is taken of the disk. */
function diskLine(space: LibrarySpace, frame: Frame): string {
  const { usedBytes, quotaBytes, freeBytes } = space;
  const whole = quotaBytes ?? (freeBytes === undefined ? undefined : usedBytes + freeBytes);
  const text = spaceText(space);
  const styled = quotaBytes !== undefined && usedBytes > quotaBytes ? frame.theme.warning(text) : text;
  if (whole === undefined || whole === 0) return frame.theme.dim("Disk".padEnd(NAME_WIDTH)) + styled;
  const bar = progressBar({ part: usedBytes, whole, width: BAR_WIDTH }, frame);
  return `${frame.theme.dim("Disk".padEnd(NAME_WIDTH))}${bar}  ${styled}`;
}

function wideHeader(state: LibraryState, frame: Frame): string[] {
  const { downloads, theme, monotonicMs } = frame;
  const { space, daemon } = state;
  const folder = space === undefined ? "" : ` in ${printable(space.modelsDir)}`;
  const active = activeOnes(downloads, monotonicMs);
  const queue = downloadsText(downloads);
  return [
    row("Library", `${countText(state)}${folder}`, frame),
    ...(space === undefined ? [] : [diskLine(space, frame)]),
    theme.dim("Daemon".padEnd(NAME_WIDTH)) + daemonStyle(daemon, frame)(daemonText(daemon)),
    ...(queue === "" ? [] : [row("Downloads", queue, frame)]),
    ...active.slice(0, MAX_ACTIVE).map((each) => activeLine(each, frame)),
    "",
  ];
}

function daemonStyle({ kind }: DaemonFact, { theme }: Frame): (text: string) => string {
  return kind === "running" ? theme.good : kind === "silent" ? theme.warning : (text) => text;
}

/** The lines above the list: fewer where there is less room. */
export function libraryHeader(state: LibraryState, frame: Frame): string[] {
  const { columns, rows, downloads, measure, theme } = frame;
  if (columns >= 80 && rows >= 18) return wideHeader(state, frame);
  const { space, daemon } = state;
  const disk = space === undefined
    ? countText(state)
    : `${plural(state.models.length, "model")}, ${spaceText(space)}`;
  const first = fit(disk, columns, { measure });
  const quiet = [`daemon ${daemonText(daemon)}`, downloadsText(downloads)].filter((text) => text !== "").join(
    ", ",
  );
  const second = theme.dim(fit(quiet, columns, { measure }));
  if (columns < 60 || rows < 14) return [first];
  return [first, second, ""];
}
