/**
 * The daemon's log in words.
 *
 * @module
 */
import { localTime, messageText } from "../../output/log_view.ts";
import { printable } from "../../output/text_width.ts";
import type { ViewProps } from "../screen.ts";
import { spokenRows } from "../widgets/spoken_rows.ts";
import { entryFacts } from "./log_entry.ts";
import { type LogsState, selectedEntry } from "./logs_state.ts";
import { emptyLogText, logWords } from "./logs_view.tsx";

/** The lines of the log for ears. */
export function describeLogs({ state }: ViewProps<LogsState>): string[] {
  const { rows, cursor, isWhole, isTyping, field, path } = state;
  const selected = selectedEntry(state);
  if (isWhole && selected !== undefined) {
    return entryFacts(selected).map(([name, ...values]) => printable(`${name}: ${values.join(", ")}`));
  }
  const typing = isTyping ? [`Text that is typed: ${printable(field.text)}`] : [];
  const spoken = spokenRows(rows, cursor);
  return [
    `Log: ${path === undefined ? "" : `${printable(path)}, `}${logWords(state).join(", ")}`,
    ...typing,
    ...(rows.length === 0 ? [emptyLogText(state)] : []),
    ...spoken.note,
    ...spoken.rows.map(({ time, level, area, message }, index) =>
      `${spoken.first + index + 1}. ${printable(`${level}, ${area}, ${localTime(time)}`)}: ${
        messageText(message)
      }`
    ),
    ...(selected === undefined ? [] : [`Selected: ${cursor.index + 1}`]),
  ];
}
