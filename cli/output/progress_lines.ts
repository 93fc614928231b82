/**
 * The lines of a pull that stay: what was planned, resumed, finished, what failed.
 *
 * @module
 */
import { formatByteRate, formatByteSize } from "../../core/base/byte_size.ts";
import { formatDuration } from "../../core/base/duration.ts";
import { redactText } from "../../core/base/redact.ts";
import type { DownloadEvent, FileEvent, ReferenceEvent } from "../../core/download/events.ts";
import { formatPercent, plural } from "./humanize.ts";
import { type FileProgress, isFileEvent, type ProgressState } from "./progress_state.ts";
import { printable } from "./text_width.ts";
import type { Theme } from "./theme.ts";

/** From this size on it is worth a line where a file was taken from. */
const NAMED_BYTES = 1_000_000;

function plannedLines(event: ReferenceEvent & { readonly type: "planned" }, options: LineOptions): string[] {
  const { theme, plans = true } = options;
  const wanted = event.files.filter(({ action }) => action !== "present");
  const reused = wanted.filter(({ from }) => from !== undefined);
  const fetched = wanted.length - reused.length;
  const here = formatByteSize(reused.reduce((sum, { totalBytes }) => sum + totalBytes, 0));
  const text = wanted.length === 0 ? `${event.repo}: already complete, nothing to fetch` : [
    `${event.repo}:`,
    ...(reused.length === 0 ? [] : [
      `${here} in ${plural(reused.length, "file")} ${reused.length === 1 ? "is" : "are"} on this machine,`,
    ]),
    fetched === 0
      ? "nothing to fetch"
      : `${formatByteSize(event.fetchBytes)} to fetch in ${plural(fetched, "file")}`,
  ].join(" ");
  return [
    ...event.notices.map((notice) => `${theme.warning("note:")} ${printable(redactText(notice))}`),
    ...(plans ? [printable(text)] : []),
  ];
}

function finishedLine(file: FileProgress | undefined, event: FileEvent, options: LineOptions): string {
  const { theme, nowMs } = options;
  const size = formatByteSize(event.totalBytes);
  const head = `${theme.good("✓")} ${printable(event.file)}  ${size}`;
  const elapsedMs = file === undefined ? 0 : nowMs - file.startedAtMs;
  if (file === undefined || elapsedMs < 1000) return head;
  const fetched = event.totalBytes - file.resumedBytes;
  return `${head} in ${formatDuration(elapsedMs)}, ${formatByteRate(fetched / elapsedMs * 1000)}`;
}

/** What lines are made with. */
export interface LineOptions {
  readonly theme: Theme;
  /** On the clock that the state was made with. */
  readonly nowMs: number;
  /** Whether what is planned gets a line; its notices always do. @default {true} */
  readonly plans?: boolean;
}

/** The lasting lines of an event; `state` is the one before it. */
export function announce(
  state: ProgressState,
  event: DownloadEvent,
  options: LineOptions,
): readonly string[] {
  const { theme } = options;
  if (!isFileEvent(event)) {
    if (event.type === "planned") return plannedLines(event, options);
    if (event.type !== "waiting" || state.waiting?.message === event.message) return [];
    return [`${theme.warning("waiting:")} ${printable(redactText(event.message))}`];
  }
  const name = printable(event.file);
  switch (event.type) {
    case "started": {
      if (event.from !== undefined) {
        // Small files are many.
        return event.totalBytes < NAMED_BYTES ? [] : [`${name}: is here as ${printable(event.from)}`];
      }
      if (event.resumedBytes <= 0) return [];
      const percent = formatPercent(event.resumedBytes, event.totalBytes);
      return [`${name}: resumed at ${percent} (${formatByteSize(event.resumedBytes)})`];
    }
    case "retrying": {
      const reason = printable(redactText(event.error.message));
      const seconds = Math.ceil(event.delayMs / 1000);
      return [`${theme.warning("retry:")} ${name}: ${reason} (attempt ${event.attempt}, in ${seconds} s)`];
    }
    case "verified": {
      if (event.mended === undefined) return [];
      const where = event.mended.map(({ start, end }) => `${start} to ${end}`).join(", ");
      return [
        `${
          theme.warning("mended:")
        } ${name}: wrong bytes were found from ${where} and have been fetched again`,
      ];
    }
    case "finished":
      return [finishedLine(state.active.get(`${event.reference}\0${event.file}`), event, options)];
    case "failed":
      // Why stands in the error that ends the pull: said twice, it would look like two failures.
      return [
        `${theme.error("✗")} ${name}  failed at ${formatPercent(event.receivedBytes, event.totalBytes)}`,
      ];
    default:
      return [];
  }
}
