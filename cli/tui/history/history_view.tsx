/**
 * What the history's screen looks like.
 *
 * @module
 */
/** @jsxImportSource react */
/** @jsxImportSourceTypes @types/react */
import type { ReactNode } from "react";
import { plural } from "../../output/humanize.ts";
import { fit, pad, printable } from "../../output/text_width.ts";
import type { Frame, ViewProps } from "../screen.ts";
import { Lines } from "../widgets/lines.tsx";
import { listTable } from "../widgets/list_table.ts";
import { fieldText } from "../widgets/text_field.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import { choiceWords, nothingText } from "./history_choice.ts";
import { historyColumns } from "./history_columns.ts";
import { type HistoryState, selectedRecord } from "./history_state.ts";
import { NOTE_LINES, recordNotes } from "./record_notes.ts";
import { recordScreen } from "./record_screen.ts";
import { statisticsScreen } from "./statistics_screen.ts";

/** From so many lines on, what is selected is explained. */
const ROWS_FOR_NOTES = 16;

/** What to do when there is nothing to show. */
export function emptyText({ isLoaded, choice }: HistoryState): string {
  return isLoaded ? nothingText(choice) : "Reading the history…";
}

/** `120 records`, as far as they were read. */
export function countText({ records, hasMore, isLoading, isLoaded }: HistoryState): string {
  if (isLoading && isLoaded && hasMore) return "reading more…";
  return hasMore ? `${records.length} read, more below` : plural(records.length, "record");
}

/** What is looked at on the left, how much of it there is on the right. */
function headLine(state: HistoryState, frame: Frame): string {
  const { columns, theme, measure } = frame;
  const count = state.isLoaded ? countText(state) : "";
  const words = fit(choiceWords(state.choice), Math.max(0, columns - measure(count) - 2), { measure });
  return theme.bold(words) + pad("", Math.max(1, columns - measure(words) - measure(count)), { measure }) +
    theme.dim(count);
}

/** The name that is looked for, while it is typed. */
export function typingLine({ field }: HistoryState, { columns, theme, measure, unicode }: Frame): string {
  const label = "Name: ";
  const mark = (sign: string): string => theme.selected(sign === " " && !unicode ? "_" : sign);
  const shown = { ...field, text: printable(field.text) };
  return theme.accent(label) + fieldText(shown, { width: columns - label.length - 1, measure, mark });
}

function listScreen(state: HistoryState, frame: Frame): string[] {
  const { columns, rows, measure } = frame;
  const head = [headLine(state, frame), ...(rows >= ROWS_FOR_NOTES ? [""] : [])];
  const foot = state.isTyping ? [typingLine(state, frame)] : [];
  const noteRoom = rows >= ROWS_FOR_NOTES ? NOTE_LINES + 1 : 0;
  const room = Math.max(2, rows - head.length - foot.length - noteRoom);
  const record = selectedRecord(state);
  const list = record === undefined
    ? ["", ...wrapText(emptyText(state), columns, measure)].slice(0, room)
    : listTable({ columns: historyColumns(frame), rows: state.records }, {
      frame: { ...frame, rows: room },
      cursor: state.cursor,
    });
  const blank = Array.from({ length: Math.max(0, room - list.length) }, () => "");
  const notes = noteRoom === 0 || record === undefined ? [] : ["", ...recordNotes(record, frame)];
  const below = Array.from({ length: Math.max(0, noteRoom - notes.length) }, () => "");
  return [...head, ...list, ...blank, ...notes, ...below, ...foot];
}

/** The lines of the screen. */
export function historyLines(state: HistoryState, frame: Frame): readonly string[] {
  const record = selectedRecord(state);
  if (state.look === "record" && record !== undefined) return recordScreen(record, state.top, frame);
  if (state.look === "statistics") {
    if (!state.isTyping) return statisticsScreen(state, frame);
    const above = statisticsScreen(state, { ...frame, rows: frame.rows - 1 });
    const blank = Array.from({ length: Math.max(0, frame.rows - 1 - above.length) }, () => "");
    return [...above, ...blank, typingLine(state, frame)];
  }
  return listScreen(state, frame);
}

/** The history. */
export function HistoryView({ state, frame }: ViewProps<HistoryState>): ReactNode {
  return <Lines lines={historyLines(state, frame)} rows={frame.rows} />;
}
