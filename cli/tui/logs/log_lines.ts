/**
 * Lines of the log for a screen: pure. Only what is seen is laid out, as there may be thousands.
 *
 * @module
 */
import { levelStyle, localTime, messageText } from "../../output/log_view.ts";
import { fit, pad, printable } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import { placeCursor } from "../widgets/list_cursor.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import type { LogEntry } from "./log_entry.ts";
import type { LogsState } from "./logs_state.ts";

type LineFrame = Pick<Frame, "columns" | "rows" | "theme" | "measure" | "unicode">;

const LEVEL_COLUMNS = 8;
const AREA_COLUMNS = 11;

/** What stands before a message, by the width of the screen. */
interface Head {
  readonly time: string;
  readonly level: string;
  readonly area: string;
}

function headOf(entry: LogEntry, { columns, measure }: LineFrame): Head {
  const time = localTime(entry.time);
  const level = pad(fit(printable(entry.level), LEVEL_COLUMNS - 1, { measure }), LEVEL_COLUMNS, { measure });
  const area = pad(fit(printable(entry.area), AREA_COLUMNS - 1, { measure }), AREA_COLUMNS, { measure });
  // Day and seconds are in the whole line.
  if (columns < 60) return { time: time.slice(11, 16), level, area: "" };
  if (columns < 80) return { time: time.slice(11), level, area: "" };
  return { time: time.slice(5), level, area };
}

/** The lines of one entry, without the sign of the cursor; more than one only when it may go on below. */
function entryLines(entry: LogEntry, frame: LineFrame, options: {
  readonly wraps: boolean;
  readonly isStyled: boolean;
}): string[] {
  const { theme, measure, columns } = frame;
  const { wraps, isStyled } = options;
  const { time, level, area } = headOf(entry, frame);
  const width = measure(time) + 1 + LEVEL_COLUMNS + measure(area);
  const room = Math.max(1, columns - 2 - width);
  const message = messageText(entry.message);
  const [first = "", ...more] = wraps ? wrapText(message, room, measure) : [fit(message, room, { measure })];
  const head = isStyled
    ? `${theme.dim(time)} ${levelStyle(entry.level, theme)(level)}${theme.dim(area)}`
    : `${time} ${level}${area}`;
  return [`${head}${first}`, ...more.map((line) => " ".repeat(width) + line)];
}

/** The rows that are seen: those around the cursor, as many as fit. */
export function logLines({ rows, cursor, wraps }: LogsState, frame: LineFrame): string[] {
  const { theme, measure, columns, unicode } = frame;
  const room = Math.max(1, frame.rows);
  let { top } = placeCursor(cursor, cursor.index, { length: rows.length, rows: room });
  const layOut = (index: number, isSelected: boolean): string[] => {
    const entry = rows[index];
    if (entry === undefined) return [];
    const lines = entryLines(entry, frame, { wraps, isStyled: !isSelected });
    return lines.map((line, at) => {
      if (!isSelected) return `  ${line}`;
      const sign = at > 0 ? " " : unicode ? "›" : ">";
      return theme.selected(pad(`${sign} ${line}`, columns, { measure }));
    });
  };
  const selected = layOut(cursor.index, true);
  const above = Array.from({ length: Math.max(0, cursor.index - top) }, (_, at) => layOut(top + at, false));
  // What goes on below takes rows: then fewer entries before the cursor are seen.
  let height = above.reduce((sum, lines) => sum + lines.length, selected.length);
  while (height > room && above.length > 0) {
    height -= above.shift()?.length ?? 0;
    top++;
  }
  const lines = [...above.flat(), ...selected];
  for (let index = cursor.index + 1; index < rows.length && lines.length < room; index++) {
    lines.push(...layOut(index, false));
  }
  return lines.slice(0, room);
}
