/**
 * What the screen of the daemon's log looks like.
 *
 * @module
 */
/** @jsxImportSource react */
/** @jsxImportSourceTypes @types/react */
import type { ReactNode } from "react";
import { formatNumber, plural } from "../../output/humanize.ts";
import { levelStyle, localTime } from "../../output/log_view.ts";
import { fit, pad, printable } from "../../output/text_width.ts";
import type { Frame, ViewProps } from "../screen.ts";
import { factLines } from "../widgets/fact_lines.ts";
import { Lines } from "../widgets/lines.tsx";
import { scrolledLines } from "../widgets/scroll_text.ts";
import { fieldText } from "../widgets/text_field.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import { entryFacts, type LogEntry } from "./log_entry.ts";
import { logLines } from "./log_lines.ts";
import { type LogsState, selectedEntry } from "./logs_state.ts";

/** What to do when there is nothing to show. */
export function emptyLogText({ isLoaded, entries, level, field }: LogsState): string {
  if (!isLoaded) return "Reading the log…";
  if (entries.length === 0) {
    return "There is no log yet. It begins when the daemon does: start it on the screen of the schedules (5), " +
      "or type: mm start";
  }
  if (field.text.trim() !== "") {
    return `No line has "${printable(field.text.trim())}" in it. All lines: Esc.`;
  }
  return `Nothing in the log is as severe as ${level}. Level (L) shows others.`;
}

/** `following, warning and worse, 120 of 2000 lines`. */
export function logWords({ isFollowing, newRows, level, field, rows, entries, wraps }: LogsState): string[] {
  const count = rows.length === entries.length
    ? plural(rows.length, "line")
    : `${formatNumber(rows.length)} of ${plural(entries.length, "line")}`;
  return [
    isFollowing ? "following" : newRows === 0 ? "not following" : `not following, ${newRows} new`,
    ...(level === "trace" ? [] : [level === "critical" ? level : `${level} and worse`]),
    ...(field.text.trim() === "" ? [] : [`with "${printable(field.text.trim())}"`]),
    ...(wraps ? ["wrapped"] : []),
    count,
  ];
}

/** Where the log is on the left, what is seen of it on the right. */
function headLine(state: LogsState, { columns, theme, measure }: Frame): string {
  const words = fit(logWords(state).join(", "), columns, { measure });
  const style = state.newRows > 0 ? theme.accent : theme.dim;
  const room = columns - measure(words) - 2;
  // A piece of a path says nothing.
  if (columns < 60 || room < 16) return style(words);
  const path = fit(printable(state.path ?? ""), room, { measure, cut: "middle" });
  return pad(path, room + 2, { measure }) + style(words);
}

function typingLine({ field }: LogsState, { columns, theme, measure, unicode }: Frame): string {
  const label = "Text: ";
  const mark = (sign: string): string => theme.selected(sign === " " && !unicode ? "_" : sign);
  const shown = { ...field, text: printable(field.text) };
  return theme.accent(label) + fieldText(shown, { width: columns - label.length - 1, measure, mark });
}

function wholeLines(entry: LogEntry, top: number, frame: Frame): readonly string[] {
  const { columns, rows, theme, measure } = frame;
  const [, level, part, ...facts] = entryFacts(entry);
  const words = fit(printable([level?.[1], part?.[1]].join(", ")), columns, { measure });
  const head = [levelStyle(entry.level, theme)(words), ...(rows >= 14 ? [""] : [])];
  const body = factLines([["Time", localTime(entry.time)], ...facts], frame);
  return [...head, ...scrolledLines(body, { of: entry, top, frame: { ...frame, rows: rows - head.length } })];
}

/** The lines of the screen. */
export function logsLines(state: LogsState, frame: Frame): readonly string[] {
  const { columns, rows, measure } = frame;
  const entry = selectedEntry(state);
  if (state.isWhole && entry !== undefined) return wholeLines(entry, state.top, frame);
  const head = state.isLoaded ? [headLine(state, frame)] : [];
  const foot = state.isTyping ? [typingLine(state, frame)] : [];
  const room = Math.max(1, rows - head.length - foot.length);
  const list = state.rows.length === 0
    ? ["", ...wrapText(emptyLogText(state), columns, measure)].slice(0, room)
    : logLines(state, { ...frame, rows: room });
  const blank = Array.from({ length: Math.max(0, room - list.length) }, () => "");
  return [...head, ...list, ...blank, ...foot];
}

/** The daemon's log. */
export function LogsView({ state, frame }: ViewProps<LogsState>): ReactNode {
  return <Lines lines={logsLines(state, frame)} rows={frame.rows} />;
}
