/**
 * The screen of downloads: who works the queue, the list, and the selected one in detail.
 *
 * @module
 */
/** @jsxImportSource react */
/** @jsxImportSourceTypes @types/react */
import type { ReactNode } from "react";
import { fit, pad } from "../../output/text_width.ts";
import type { Frame, ViewProps } from "../screen.ts";
import { Lines } from "../widgets/lines.tsx";
import { wrapText } from "../widgets/wrap_text.ts";
import { downloadDetails } from "./download_details.ts";
import { downloadList } from "./download_list.ts";
import { NOTHING_HERE, rateText, workerText } from "./download_words.ts";
import { type DownloadsScreenState, selectedRow } from "./downloads_screen_state.ts";

/** Below this there is room for the list only; Enter shows the details. */
const LEAST_ROWS_FOR_DETAILS = 15;
/** Of the room, when the list could fill all of it. */
const DETAILS_SHARE = 0.42;

function headLine({ downloads }: DownloadsScreenState, frame: Frame): string {
  const { columns, theme, measure, nowMs } = frame;
  const { text, short, isProblem } = workerText(downloads);
  const rate = downloads.worker.kind === "other" ? "" : rateText(downloads, nowMs);
  const said = measure(text) + measure(rate) + 2 <= columns ? text : short;
  const style = isProblem ? theme.warning : theme.dim;
  const left = fit(said, columns, { measure });
  const room = columns - measure(left);
  if (rate === "" || measure(rate) + 2 > room) return style(left);
  return style(left) + theme.dim(pad(rate, room, { measure, align: "right" }));
}

/** The list above, the details right below it; a long list leaves the details a good part of the room. */
function bodyLines(state: DownloadsScreenState, frame: Frame): string[] {
  const selected = selectedRow(state);
  if (selected === undefined) {
    const lines = state.downloads.isLoading === true ? [] : NOTHING_HERE;
    return ["", ...lines.flatMap((line) => wrapText(line, frame.columns, frame.measure))];
  }
  if (state.isOpen) return downloadDetails(selected, frame);
  const { rows } = frame;
  const least = rows + 1 < LEAST_ROWS_FOR_DETAILS ? 0 : Math.floor(rows * DETAILS_SHARE);
  const list = downloadList(state, { ...frame, rows: rows - least });
  if (least === 0) return list;
  const gap = list.length < rows - least ? [""] : [];
  return [...list, ...gap, ...downloadDetails(selected, { ...frame, rows: rows - list.length - gap.length })];
}

/** The lines of the screen. */
export function downloadsLines(state: DownloadsScreenState, frame: Frame): string[] {
  const body = bodyLines(state, { ...frame, rows: frame.rows - 1 });
  return [headLine(state, frame), ...body].slice(0, frame.rows);
}

/** The screen of downloads. */
export function DownloadsView({ state, frame }: ViewProps<DownloadsScreenState>): ReactNode {
  return <Lines lines={downloadsLines(state, frame)} rows={frame.rows} />;
}
