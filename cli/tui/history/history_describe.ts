/**
 * The history in words.
 *
 * @module
 */
import { formatByteSize } from "../../../core/base/byte_size.ts";
import type { HistoryRecord } from "../../../core/state/history_record.ts";
import { countFacts, elapsedText, recordFacts, speedText, successText } from "../../output/history_view.ts";
import { formatDateAge, plural } from "../../output/humanize.ts";
import { printable } from "../../output/text_width.ts";
import type { ViewProps } from "../screen.ts";
import type { FactLine } from "../widgets/fact_lines.ts";
import { spokenRows } from "../widgets/spoken_rows.ts";
import { choiceWords } from "./history_choice.ts";
import { type HistoryState, selectedRecord } from "./history_state.ts";
import { countText, emptyText } from "./history_view.tsx";
import { recordAdvice } from "./record_notes.ts";
import { noFiguresText } from "./statistics_screen.ts";

/** More models are not read out. */
const MAX_REPOS = 10;

function describeRecord(record: HistoryRecord, nowMs: number): string {
  const { reference, status, bytesFetched, averageBytesPerSecond, files, endedAt, error } = record;
  return printable([
    reference,
    status,
    ...(error === undefined ? [] : [error.message]),
    ...(files.length === 0 ? [] : [plural(files.length, "file")]),
    ...(bytesFetched === 0 ? [] : [`${formatByteSize(bytesFetched)} fetched`]),
    ...(averageBytesPerSecond === 0 ? [] : [speedText(averageBytesPerSecond)]),
    ...(elapsedText(record) === "" ? [] : [`took ${elapsedText(record)}`]),
    ...(formatDateAge(endedAt, nowMs) === "" ? [] : [formatDateAge(endedAt, nowMs)]),
  ].join(", "));
}

function sayFacts(facts: readonly FactLine[]): string[] {
  return facts.map(([name, ...values]) =>
    printable(`${name}: ${values.map((value) => value === "-" ? "none" : value).join(", ")}`)
  );
}

function describeSums(state: HistoryState): string[] {
  const { figures } = state;
  const text = noFiguresText(state);
  if (figures === undefined || text !== undefined) return [text ?? ""];
  const { counts, repos, days, damaged } = figures;
  const best = days.toSorted((a, b) => b.bytesFetched - a.bytesFetched)[0];
  const rest = repos.length - MAX_REPOS;
  return [
    ...sayFacts(countFacts(counts)),
    ...(damaged === 0 ? [] : [`Damaged: ${plural(damaged, "record")} that cannot be read`]),
    ...(best === undefined || best.bytesFetched === 0
      ? []
      : [`Busiest day: ${best.date}, ${formatByteSize(best.bytesFetched)}`]),
    ...repos.slice(0, MAX_REPOS).map((repo) =>
      printable(
        `${repo.repo}: ${plural(repo.total, "download")}, ${
          formatByteSize(repo.bytesFetched)
        } fetched, success rate ${successText(repo)}`,
      )
    ),
    ...(rest > 0 ? [`And ${rest} more models`] : []),
  ];
}

/** The lines of the history for ears. */
export function describeHistory({ state, frame }: ViewProps<HistoryState>): string[] {
  const { records, cursor, look, choice, isTyping, field } = state;
  const selected = selectedRecord(state);
  const words = printable(choiceWords(choice));
  const typing = isTyping ? [`Name that is typed: ${printable(field.text)}`] : [];
  if (look === "statistics") return [`Statistics: ${words}`, ...describeSums(state), ...typing];
  if (look === "record" && selected !== undefined) {
    return [...sayFacts(recordFacts(selected)), ...recordAdvice(selected)];
  }
  const spoken = spokenRows(records, cursor);
  return [
    `History: ${words}, ${countText(state)}`,
    ...typing,
    ...(records.length === 0 ? [emptyText(state)] : []),
    ...spoken.note,
    ...spoken.rows.map((record, index) =>
      `${spoken.first + index + 1}. ${describeRecord(record, frame.nowMs)}`
    ),
    ...(selected === undefined
      ? []
      : [[`Selected: ${cursor.index + 1}`, ...recordAdvice(selected)].join(". ")]),
  ];
}
