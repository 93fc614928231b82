/**
 * The sums of the history with their charts: pure.
 *
 * @module
 */
import { countFacts, dayChart, successText } from "../../output/history_view.ts";
import { plural } from "../../output/humanize.ts";
import { fit, pad } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import { factLines } from "../widgets/fact_lines.ts";
import { progressBar } from "../widgets/progress_bar.ts";
import { scrolledLines } from "../widgets/scroll_text.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import { choiceWords, nothingText, periodDays } from "./history_choice.ts";
import type { HistoryFigures } from "./history_figures.ts";
import type { HistoryState } from "./history_state.ts";
import { repoLines } from "./statistics_repos.ts";

/** The facts, with a chart beside them. */
const FACT_COLUMNS = 29;
const GAP = 2;
/** Of these, a narrow screen shows the first only. */
const FEW_FACTS = ["Downloads", "Failed", "Success rate", "Fetched", "Average speed"];

function facts({ counts }: HistoryFigures, frame: Frame, names?: readonly string[]): string[] {
  return factLines(countFacts(counts).filter(([name]) => names?.includes(name) ?? true), frame);
}

/** How many of the downloads went well, as a bar. */
function successBar({ counts }: HistoryFigures, frame: Frame, width: number): string {
  const { completed, total } = counts;
  const label = frame.columns < 60 ? "" : "success ";
  return `${label}${progressBar({ part: completed, whole: Math.max(1, total), width }, frame)} ${
    successText(counts)
  }`;
}

function chart(figures: HistoryFigures, { choice }: HistoryState, frame: Frame): string[] {
  const { days, endMs } = figures;
  const { columns, unicode, theme } = frame;
  // A single day is a single bar.
  if (choice.period === "1d") return [];
  const wanted = Math.min(periodDays(choice.period), columns < 60 ? 14 : 30);
  const height = columns < 60 ? 3 : 5;
  return dayChart(days, { endMs, width: columns, unicode, theme, days: wanted, height });
}

/** Facts on the left, the chart on the right. */
function besideEachOther(left: readonly string[], right: readonly string[], frame: Frame): string[] {
  return Array.from(
    { length: Math.max(left.length, right.length) },
    (_, index) =>
      pad(left[index] ?? "", FACT_COLUMNS + GAP, { measure: frame.measure }).concat(right[index] ?? "")
        .trimEnd(),
  );
}

function body(figures: HistoryFigures, state: HistoryState, frame: Frame): string[] {
  const { columns, theme, measure } = frame;
  const repos = repoLines(figures.repos, frame);
  const damaged = figures.damaged === 0
    ? []
    : wrapText(`${plural(figures.damaged, "record")} cannot be read, and count nowhere`, columns, measure)
      .map(
        theme.warning,
      );
  const besideFacts = columns - FACT_COLUMNS - GAP;
  const parts = columns >= 80
    ? [
      besideEachOther(
        facts(figures, { ...frame, columns: FACT_COLUMNS }),
        chart(figures, state, { ...frame, columns: besideFacts }),
        frame,
      ),
      repos,
      damaged,
    ]
    : [
      facts(figures, frame, columns < 60 ? FEW_FACTS : undefined),
      chart(figures, state, frame),
      repos,
      damaged,
    ];
  return parts.filter((lines) => lines.length > 0).flatMap((lines, index) =>
    index === 0 ? lines : ["", ...lines]
  );
}

function head(state: HistoryState, frame: Frame): string[] {
  const { columns, theme, measure, rows } = frame;
  const { figures, choice } = state;
  const words = choiceWords(choice);
  const width = columns < 60 ? 8 : 20;
  const bar = figures === undefined || figures.counts.total === 0 ? "" : successBar(figures, frame, width);
  const left = fit(words, Math.max(0, columns - measure(bar) - 2), { measure });
  const line = bar === ""
    ? theme.bold(left)
    : `${theme.bold(left)}${" ".repeat(Math.max(1, columns - measure(left) - measure(bar)))}${bar}`;
  return [line, ...(rows >= 14 ? [""] : [])];
}

/** What to say when there are no sums. */
export function noFiguresText({ figures, choice }: HistoryState): string | undefined {
  if (figures === undefined) return "Adding up…";
  if (figures.counts.total + figures.damaged > 0) return undefined;
  return nothingText(choice);
}

/** The lines of the sums. */
export function statisticsScreen(state: HistoryState, frame: Frame): readonly string[] {
  const { figures, top } = state;
  const above = head(state, frame);
  const text = noFiguresText(state);
  if (figures === undefined || text !== undefined) {
    return [...above, ...wrapText(text ?? "", frame.columns, frame.measure)].slice(0, frame.rows);
  }
  const rows = frame.rows - above.length;
  return [
    ...above,
    ...scrolledLines(body(figures, state, frame), { of: figures, top, frame: { ...frame, rows } }),
  ];
}
