/**
 * The findings of `mm doctor` for a person: a line each, in groups, with what to do below.
 *
 * @module
 */
import type { Check, CheckGroup, DoctorReport } from "../../core/operations/model_manager.ts";
import { plural } from "./humanize.ts";
import { type Measure, pad, printable } from "./text_width.ts";
import type { Style, Theme } from "./theme.ts";

const HEADINGS: Readonly<Record<CheckGroup, string>> = {
  program: "Program",
  settings: "Settings",
  disk: "Folders",
  state: "State",
  library: "Library",
  network: "Network",
  machine: "Machine",
};

/** How the findings are shown. */
export interface DoctorViewOptions {
  readonly theme: Theme;
  readonly measure: Measure;
  /** Columns; `Infinity` where nothing is wrapped. */
  readonly width: number;
  /** Also the further lines. */
  readonly verbose: boolean;
}

function mark({ status, skipped }: Check, theme: Theme): { readonly text: string; readonly style: Style } {
  if (status === "problem") return { text: "FAIL", style: (text) => theme.error(theme.bold(text)) };
  if (status === "warning") return { text: "warn", style: theme.warning };
  return skipped ? { text: "skip", style: theme.dim } : { text: "ok", style: theme.good };
}

const MARK_COLUMNS = 4;
/** Less than this beside the title is no room for a sentence. */
const LEAST_DETAIL_COLUMNS = 30;

/** The text in lines of at most `width` columns where words allow it, the first after `first`, others after `rest`. */
function wrap(
  text: string,
  { first, rest, width, measure }: {
    readonly first: number;
    readonly rest: number;
    readonly width: number;
    readonly measure: Measure;
  },
): string[] {
  const lines: string[] = [];
  let line = "";
  let room = width - first;
  for (const word of printable(text).split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && measure(longer) > room) {
      lines.push(line);
      line = word;
      room = width - rest;
    } else line = longer;
  }
  return [...lines, line].map((text, index) => index === 0 ? text : " ".repeat(rest) + text);
}

/** One finding: its line, and what to do. */
export function checkLines(
  check: Check,
  options: DoctorViewOptions & { readonly titleColumns: number },
): string[] {
  const { theme, measure, width, verbose, titleColumns } = options;
  const { text, style } = mark(check, theme);
  const title = pad(check.title, titleColumns, { measure });
  const indent = 2 + MARK_COLUMNS + 2;
  const first = indent + titleColumns + 2;
  const rest = width - first < LEAST_DETAIL_COLUMNS ? indent : first;
  const [detail = "", ...more] = wrap(check.detail, { first, rest, width, measure });
  // A program that is well does not need advice; one that was not looked at may.
  const hints = check.status === "ok" && !check.skipped && !verbose ? [] : check.hints;
  const space = " ".repeat(indent);
  return [
    `  ${style(text)}${" ".repeat(MARK_COLUMNS - text.length)}  ${title}  ${detail}`,
    ...more,
    ...(verbose ? check.more : []).map((line) => space + theme.dim(printable(line))),
    // Not wrapped: a command in it is to be copied in one piece.
    ...hints.map((hint) => `${space}${theme.accent("hint:")} ${printable(hint)}`),
  ];
}

/** All findings, a heading over each group. */
export function reportLines({ checks }: DoctorReport, options: DoctorViewOptions): string[] {
  const titleColumns = Math.max(0, ...checks.map(({ title }) => options.measure(title)));
  const lines: string[] = [];
  for (const [group, members] of Map.groupBy(checks, ({ group }) => group)) {
    if (lines.length > 0) lines.push("");
    lines.push(options.theme.bold(HEADINGS[group]));
    lines.push(...members.flatMap((check) => checkLines(check, { ...options, titleColumns })));
  }
  return lines;
}

/** What a shell loop wants to know: what is not well, a line each. */
export function quietLines({ checks }: DoctorReport): string[] {
  return checks.filter(({ status }) => status !== "ok")
    .map(({ status, id, detail }) => `${status} ${id}: ${printable(detail)}`);
}

/** `1 problem, 2 warnings, 20 ok, 3 not checked`. */
export function summaryLine({ checks }: DoctorReport): string {
  const count = (test: (check: Check) => boolean): number => checks.filter(test).length;
  const problems = count(({ status }) => status === "problem");
  const warnings = count(({ status }) => status === "warning");
  const skipped = count(({ skipped }) => skipped);
  const parts = [
    ...(problems > 0 ? [plural(problems, "problem")] : []),
    ...(warnings > 0 ? [plural(warnings, "warning")] : []),
    `${checks.length - problems - warnings - skipped} ok`,
    ...(skipped > 0 ? [`${skipped} not checked`] : []),
  ];
  const all = problems + warnings === 0 ? "All is well: " : "";
  return `${all}${parts.join(", ")}`;
}
