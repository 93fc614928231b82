/**
 * One download of the history, whole: pure.
 *
 * @module
 */
import type { HistoryRecord } from "../../../core/state/history_record.ts";
import { recordFacts } from "../../output/history_view.ts";
import { formatDateAge } from "../../output/humanize.ts";
import { fit, printable } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import { type FactLine, factLines } from "../widgets/fact_lines.ts";
import { scrolledLines } from "../widgets/scroll_text.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import { recordStyle } from "./history_columns.ts";
import { recordAdvice } from "./record_notes.ts";

/** They are in the headline. */
const IN_HEADLINE = ["Download", "Status"];

/** The facts that are not in the headline; on a narrow screen, what only programs need is left out. */
export function shownFacts(record: HistoryRecord, { columns }: Pick<Frame, "columns">): readonly FactLine[] {
  const left = columns < 60
    ? [...IN_HEADLINE, "Repository", "Commit", "Kept by resuming", "ID"]
    : IN_HEADLINE;
  return recordFacts(record).filter(([name]) => !left.includes(name));
}

/** The lines of one download. */
export function recordScreen(record: HistoryRecord, top: number, frame: Frame): readonly string[] {
  const { columns, rows, theme, measure, nowMs } = frame;
  const { status, reference, endedAt } = record;
  const name = theme.bold(fit(printable(reference), columns, { measure, cut: "middle" }));
  const ended = fit(`${status} ${formatDateAge(endedAt, nowMs)}`, columns, { measure });
  const advice = recordAdvice(record).flatMap((line) => wrapText(line, columns, measure)).map(theme.dim);
  const head = [name, recordStyle(record, theme)(ended), ...(rows >= 14 ? [""] : [])];
  const body = [
    ...factLines(shownFacts(record, frame), frame),
    ...(advice.length === 0 ? [] : ["", ...advice]),
  ];
  return [
    ...head,
    ...scrolledLines(body, { of: record, top, frame: { ...frame, rows: rows - head.length } }),
  ];
}
