/**
 * What is said of one record besides its figures: pure.
 *
 * @module
 */
import type { HistoryRecord } from "../../../core/state/history_record.ts";
import { fallbackHint } from "../../output/error_view.ts";
import { plural } from "../../output/humanize.ts";
import { fit, printable } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import { wrapText } from "../widgets/wrap_text.ts";

/** Lines that notes take at most. */
export const NOTE_LINES = 3;

/** What to do about a download that did not end well; empty for others. */
export function recordAdvice({ status, error }: HistoryRecord): readonly string[] {
  if (status === "completed") return [];
  const hint = error === undefined ? undefined : fallbackHint(error.code);
  return [
    ...(hint === undefined || error?.code === "CANCELLED" ? [] : [hint]),
    "Try again (X): what has been fetched is kept",
  ];
}

/** What became of it, in a sentence. */
export function recordOutcome({ status, error, files, retries }: HistoryRecord): string {
  const tries = retries === 0 ? "" : `, after ${retries} ${retries === 1 ? "retry" : "retries"}`;
  if (error !== undefined) return `${error.code}: ${error.message}${tries}`;
  if (status !== "completed") return `It was ${status}${tries}`;
  const [first] = files;
  if (first === undefined) return `It was completed${tries}`;
  return files.length === 1 ? `${first}${tries}` : `${plural(files.length, "file")}: ${files.join(", ")}`;
}

/** The notes below the list: never more than {@link NOTE_LINES}. */
export function recordNotes(
  record: HistoryRecord,
  { columns, theme, measure }: Pick<Frame, "columns" | "theme" | "measure">,
): string[] {
  const outcome = printable(recordOutcome(record));
  if (record.status === "completed") return [theme.dim(fit(outcome, columns, { measure }))];
  const advice = recordAdvice(record).map((line) => theme.dim(fit(line, columns, { measure })));
  const room = Math.max(1, NOTE_LINES - advice.length);
  const [first = "", ...more] = wrapText(outcome, columns, measure);
  const said = room === 1 || more.length === 0
    ? [fit(outcome, columns, { measure })]
    : [first, fit(more.join(" "), columns, { measure })];
  return [...said.map(theme.warning), ...advice].slice(0, NOTE_LINES);
}
