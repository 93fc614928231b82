/**
 * What the screen of the schedules looks like.
 *
 * @module
 */
/** @jsxImportSource react */
/** @jsxImportSourceTypes @types/react */
import type { ReactNode } from "react";
import type { ScheduleInfo } from "../../../core/operations/model_manager.ts";
import type { Column } from "../../output/column_layout.ts";
import { RESULT_STYLES, timingText, workText } from "../../output/schedule_view.ts";
import { fit, pad, printable } from "../../output/text_width.ts";
import type { Style, Theme } from "../../output/theme.ts";
import type { Frame, ViewProps } from "../screen.ts";
import { Lines } from "../widgets/lines.tsx";
import { listTable } from "../widgets/list_table.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import { type Fact, nextShort, scheduleFacts, standingText } from "./schedule_facts.ts";
import { type SchedulesState, selectedSchedule } from "./schedules_state.ts";
import { daemonShort, daemonWords, emptyWords, isDaemonMissing } from "./schedules_words.ts";

const MINUTE_MS = 60_000;
/** Facts below the list, when there is room for both. */
const FACT_ROOM = 8;

function standingStyle({ enabled, run }: ScheduleInfo, theme: Theme): Style {
  return !enabled ? theme.dim : run === undefined ? theme.good : theme.accent;
}

const NAME: Column<ScheduleInfo> = {
  header: "NAME",
  cell: ({ name }) => name,
  minimum: 8,
  cut: "middle",
  style: (_row, theme) => theme.bold,
};
const WHEN: Column<ScheduleInfo> = { header: "WHEN", cell: timingText, minimum: 12 };
const STATE: Column<ScheduleInfo> = { header: "STATE", cell: standingText, style: standingStyle };
const FETCHES: Column<ScheduleInfo> = {
  header: "FETCHES",
  cell: workText,
  minimum: 12,
  cut: "middle",
  expendable: 2,
};
const RESULT: Column<ScheduleInfo> = {
  header: "LAST RESULT",
  cell: ({ last }) => last?.status ?? "",
  style: ({ last }, theme) => last === undefined ? undefined : RESULT_STYLES[last.status](theme),
  expendable: 1,
};

interface Columns {
  readonly narrow: readonly Column<ScheduleInfo>[];
  readonly middle: readonly Column<ScheduleInfo>[];
  readonly wide: readonly Column<ScheduleInfo>[];
}

let known: { readonly minute: number; readonly columns: Columns } | undefined;

/** Times change by the minute: until then, the columns are the same and need not be laid out anew. */
function columnsAt(nowMs: number): Columns {
  const minute = Math.floor(nowMs / MINUTE_MS);
  if (known?.minute !== minute) {
    const next: Column<ScheduleInfo> = {
      header: "NEXT RUN",
      cell: (schedule) => nextShort(schedule, minute * MINUTE_MS),
      style: standingStyle,
    };
    const columns = {
      narrow: [NAME, next],
      middle: [NAME, WHEN, next],
      wide: [NAME, STATE, WHEN, next, FETCHES, RESULT],
    };
    known = { minute, columns };
  }
  return known.columns;
}

function columnsFor({ columns, nowMs }: Frame): readonly Column<ScheduleInfo>[] {
  const all = columnsAt(nowMs);
  return columns < 60 ? all.narrow : columns < 80 ? all.middle : all.wide;
}

function factLines([name, text]: Fact, { columns, theme, measure }: Frame): string[] {
  const width = columns < 60 ? 9 : 11;
  const lines = wrapText(printable(text), Math.max(1, columns - width), measure);
  return lines.map((line, index) => theme.dim(pad(index === 0 ? name : "", width, { measure })) + line);
}

/** One schedule on the whole screen. */
function openLines(schedule: ScheduleInfo, frame: Frame): string[] {
  const { columns, rows, measure, theme } = frame;
  const lines = [
    theme.bold(fit(printable(schedule.name), columns, { measure })),
    ...(rows >= 14 ? [""] : []),
    ...scheduleFacts(schedule, frame.nowMs).flatMap((fact) => factLines(fact, frame)),
  ];
  return lines.length <= rows ? lines : [...lines.slice(0, rows - 1), frame.unicode ? "…" : "..."];
}

/** The one under the cursor in short, below the list. */
function factPane(schedule: ScheduleInfo, frame: Frame): string[] {
  const { columns, measure, theme } = frame;
  const facts = scheduleFacts(schedule, frame.nowMs).filter(([name]) => name !== "State");
  const lines = facts.map(([name, text]) =>
    theme.dim(pad(name, 11, { measure })) + fit(printable(text), columns - 11, { measure })
  );
  const room = frame.rows >= 20 ? FACT_ROOM : FACT_ROOM - 1;
  // As many lines for each schedule: the list above stays where it is.
  const sized = Array.from({ length: room }, (_, index) => lines[index] ?? "");
  return ["", theme.border((frame.unicode ? "─" : "-").repeat(columns)), ...sized];
}

function head(state: SchedulesState, frame: Frame): string[] {
  const { columns, rows, measure, theme } = frame;
  const style: Style = isDaemonMissing(state) ? theme.warning : theme.dim;
  const text = columns < 60 || rows < 14 ? daemonShort(state) : daemonWords(state);
  const line = style(fit(text, columns, { measure }));
  return rows < 14 ? [line] : [line, ""];
}

/** The lines of the screen. */
export function scheduleLines(state: SchedulesState, frame: Frame): string[] {
  const { columns, rows, measure } = frame;
  const selected = selectedSchedule(state);
  if (state.isOpen && selected !== undefined) return openLines(selected, frame);
  const above = head(state, frame);
  if (selected === undefined) {
    return [...above, ...wrapText(emptyWords(state), columns, measure)].slice(0, rows);
  }
  const pane = rows >= 18 ? factPane(selected, frame) : [];
  const room = rows - above.length - pane.length;
  const list = listTable({ columns: columnsFor(frame), rows: state.schedules }, {
    frame: { ...frame, rows: room },
    cursor: state.cursor,
  });
  const blank = Array.from({ length: Math.max(0, room - list.length) }, () => "");
  return [...above, ...list, ...blank, ...pane];
}

/** The schedules. */
export function SchedulesView({ state, frame }: ViewProps<SchedulesState>): ReactNode {
  return <Lines lines={scheduleLines(state, frame)} rows={frame.rows} />;
}
