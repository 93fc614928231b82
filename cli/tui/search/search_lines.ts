/**
 * The lines of the search: pure.
 *
 * @module
 */
import type { ModelSummary } from "../../../mod.ts";
import { fit, printable } from "../../output/text_width.ts";
import type { Frame, ViewProps } from "../screen.ts";
import { messageLines } from "../shell/message_lines.ts";
import { listTable } from "../widgets/list_table.ts";
import { fieldText } from "../widgets/text_field.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import { searchColumns } from "./search_columns.ts";
import { type SearchRoom, searchRoom } from "./search_room.ts";
import { type SearchState, selectedModel } from "./search_state.ts";
import {
  emptyWords,
  FACTS,
  filterWords,
  otherTags,
  resultsTitle,
  statusWords,
  updatedWords,
} from "./search_words.ts";

const INDENT = "  ";
const PLACEHOLDER = "type what you look for";

/** The signs between words. */
function signs({ unicode }: Pick<Frame, "unicode">): { readonly separator: string; readonly dots: string } {
  return unicode ? { separator: " · ", dots: "…" } : { separator: ", ", dots: "..." };
}

function inputLine({ field, focus }: SearchState, frame: Frame): string {
  const { columns, theme, measure, unicode } = frame;
  const label = "Search: ";
  const isTyped = focus === "input";
  const lead = isTyped ? `${unicode ? "›" : ">"} ` : INDENT;
  const width = columns - lead.length - label.length;
  const mark = isTyped ? theme.selected : (sign: string) => sign;
  const [first = "", rest = ""] = [
    PLACEHOLDER.slice(0, 1),
    fit(PLACEHOLDER.slice(1), width - 1, { measure }),
  ];
  const text = field.text === "" ? mark(first) + theme.dim(rest) : fieldText(field, { width, measure, mark });
  return `${lead}${isTyped ? theme.bold(label) : label}${text}`;
}

/** All filters where there is room; else those that were chosen, the order and the formats. */
function filterLine(state: SearchState, frame: Frame): string {
  const { columns, theme, measure } = frame;
  const { separator } = signs(frame);
  const room = columns - INDENT.length;
  const all = filterWords(state);
  const textOf = ({ label, value }: typeof all[number]): string =>
    printable(label === "" ? value : `${label} ${value}`);
  const choices = [
    all,
    all.filter(({ isChosen, label }) => isChosen || label === ""),
    all.filter(({ isChosen }) => isChosen),
  ];
  const shown = choices.find((words) => measure(words.map(textOf).join(separator)) <= room);
  if (shown === undefined) {
    const text = all.filter(({ isChosen }) => isChosen).map(({ value }) => printable(value)).join(separator);
    return INDENT + theme.accent(fit(text, room, { measure }));
  }
  return INDENT + shown.map((words) => {
    const { label, isChosen } = words;
    const value = printable(words.value);
    if (!isChosen) return theme.dim(textOf(words));
    return label === "" ? theme.accent(value) : `${theme.dim(label)} ${theme.accent(value)}`;
  }).join(theme.dim(separator));
}

function headingLine({ answered }: SearchState, { columns, theme, measure, unicode }: Frame): string {
  const line = unicode ? "─" : "-";
  const title = answered === undefined ? "" : printable(resultsTitle(answered));
  const shown = title === "" ? "" : ` ${fit(title, columns - 6, { measure })} `;
  const rest = line.repeat(Math.max(0, columns - 2 - measure(shown)));
  return `${theme.border(line.repeat(2))}${theme.bold(shown)}${theme.border(rest)}`;
}

/** What the table may have no columns for. */
function factsOf(model: ModelSummary, layout: SearchRoom["layout"], nowMs: number): readonly string[] {
  const { likes, parameters, license, task, architecture } = FACTS;
  switch (layout) {
    case "wide":
    case "medium":
      return [
        ...[parameters, license, task, architecture].map((fact) => fact(model)),
        layout === "wide" ? otherTags(model).join(", ") : "",
      ];
    case "narrow":
      return [likes(model), updatedWords(model, nowMs), parameters(model), model.license ?? ""];
  }
}

/** Facts of the model that the cursor is on: as many lines as there are for them. */
function factsLines(state: SearchState, frame: Frame, { layout, factRows }: SearchRoom): readonly string[] {
  const model = selectedModel(state);
  const { columns, measure, nowMs } = frame;
  const facts = model === undefined
    ? ""
    : factsOf(model, layout, nowMs).filter((fact) => fact !== "").join(signs(frame).separator);
  // Where names are shortened, there is room for the whole of one.
  const texts = factRows === 1 ? [facts] : [model?.repo ?? "", facts];
  const room = columns - INDENT.length;
  return texts.map((text) => INDENT + fit(printable(text), room, { measure }));
}

function problemLines({ problem, phase }: SearchState, frame: Frame): readonly string[] {
  // It says nothing while somebody tries again.
  if (problem === undefined || phase !== "idle") return [];
  const columns = frame.columns - INDENT.length;
  return messageLines(problem, { ...frame, columns }).map((line) => INDENT + line);
}

/** The table, or what to do where there is none. */
function body(state: SearchState, frame: Frame, layout: SearchRoom["layout"]): readonly string[] {
  const { columns, measure, nowMs, theme } = frame;
  const { rows, focus, cursor } = state;
  if (rows.length > 0) {
    const table = { columns: searchColumns(layout, nowMs), rows };
    return listTable(table, { frame, cursor: focus === "results" ? cursor : undefined });
  }
  const [first = "", ...others] = emptyWords(state, signs(frame).dots).map(printable);
  const wrap = (text: string): string[] => wrapText(text, columns - INDENT.length - 1, measure);
  return [...wrap(first), ...others.flatMap(wrap).map(theme.dim)].map((line) => INDENT + line);
}

/** All lines of the search, never more than there is room for. */
export function searchLines({ state, frame }: ViewProps<SearchState>): readonly string[] {
  const { columns, rows, theme, measure } = frame;
  const problem = problemLines(state, frame);
  const room = searchRoom(frame, problem.length);
  const { layout, hasHeading, tableRows } = room;
  const shown = body(state, { ...frame, rows: tableRows }, layout).slice(0, tableRows);
  const blank = Array.from({ length: Math.max(0, tableRows - shown.length) }, () => "");
  const status = printable(statusWords(state, signs(frame)));
  return [
    inputLine(state, frame),
    filterLine(state, frame),
    ...(hasHeading ? [headingLine(state, frame)] : []),
    ...problem,
    ...shown,
    ...blank,
    ...factsLines(state, frame, room),
    INDENT + theme.dim(fit(status, columns - INDENT.length, { measure })),
  ].slice(0, rows);
}
