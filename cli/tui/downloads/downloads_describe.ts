/**
 * The screen of downloads in words.
 *
 * @module
 */
import { formatByteRate, formatByteSize } from "../../../core/base/byte_size.ts";
import { formatDuration } from "../../../core/base/duration.ts";
import { formatPercent } from "../../output/humanize.ts";
import { printable } from "../../output/text_width.ts";
import { ownHint } from "../own_hints.ts";
import type { ViewProps } from "../screen.ts";
import { downloadFacts } from "./download_details.ts";
import { type DownloadRow, SECTION_TITLES, sectionOf, titleOf } from "./download_rows.ts";
import { failureOf, NOTHING_HERE, rateText, standingOf, type Times, workerText } from "./download_words.ts";
import { type DownloadsScreenState, selectedRow } from "./downloads_screen_state.ts";

function describeRow(row: DownloadRow, times: Times): string {
  const { word, bytesPerSecond, restMs, receivedBytes, totalBytes } = standingOf(row, times);
  const failure = failureOf(row);
  const isRunning = sectionOf(row) === "running";
  const parts = [
    titleOf(row),
    word || "downloading",
    totalBytes > 0 && isRunning
      ? `${formatPercent(receivedBytes, totalBytes)} of ${formatByteSize(totalBytes)}`
      : "",
    bytesPerSecond === undefined ? "" : formatByteRate(bytesPerSecond),
    restMs === undefined ? "" : `${formatDuration(restMs)} left`,
    row.kind === "job" && row.job.priority !== "normal" ? `priority ${row.job.priority}` : "",
    failure ?? "",
  ];
  return printable(parts.filter((part) => part !== "").join(", "));
}

/** One fact a line. */
export function describeDownloads({ state, frame }: ViewProps<DownloadsScreenState>): readonly string[] {
  const { rows, downloads, isOpen } = state;
  const limit = downloads.worker.kind === "other" ? [] : [`Rate: ${rateText(downloads, frame.nowMs)}`];
  const head = [workerText(downloads).text, ...limit];
  if (downloads.isLoading === true) return head;
  if (rows.length === 0) return [...head, ...NOTHING_HERE];
  const lines = rows.flatMap((row, index) => {
    const section = sectionOf(row);
    const before = rows[index - 1];
    const title = before !== undefined && sectionOf(before) === section
      ? []
      : [`${SECTION_TITLES[section]}:`];
    return [...title, `${index + 1}. ${describeRow(row, frame)}`];
  });
  const selected = selectedRow(state);
  if (selected === undefined) return [...head, ...lines];
  const about = printable(`Selected: ${titleOf(selected)}`);
  const facts = isOpen ? downloadFacts(selected, frame).map(printable) : [];
  const hints = isOpen && selected.kind === "job"
    ? selected.job.error?.hints.map((hint) => printable(ownHint(hint))) ?? []
    : [];
  return [...head, ...lines, about, ...facts, ...hints];
}
