/**
 * A question on the screen: pure.
 *
 * @module
 */
import { wrapText } from "../widgets/wrap_text.ts";
import { fit, type Measure, pad } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import type { TuiTheme } from "../theme.ts";
import { fieldText } from "../widgets/text_field.ts";
import type { Choice } from "./shell.ts";
import type { Dialog } from "./shell_state.ts";

type DialogFrame = Pick<Frame, "columns" | "rows" | "theme" | "measure" | "unicode">;

const WIDEST = 72;

function buttons(choices: readonly Choice[], index: number, frame: DialogFrame, width: number): string[] {
  const { theme, measure } = frame;
  const labels = choices.map(({ label, key }) =>
    key === undefined || label.toLowerCase().startsWith(key.toLowerCase()) ? label : `${label} (${key})`
  );
  const texts = labels.map((label, at) => at === index ? `[${label}]` : ` ${label} `);
  const line = texts.map((text, at) => at === index ? theme.selected(text) : text).join("  ");
  if (measure(texts.join("  ")) <= width) return [line];
  // Narrow: one below the other.
  return texts.map((text, at) => {
    const fitted = fit(text, width, { measure });
    return at === index ? theme.selected(fitted) : fitted;
  });
}

function body(dialog: Dialog, frame: DialogFrame, width: number): string[] {
  const { theme, measure } = frame;
  const lines = dialog.question.lines.flatMap((line) => wrapText(line, width, measure));
  if (dialog.kind === "choice") {
    const { choices } = dialog.question;
    const detail = choices[dialog.index]?.detail;
    return [
      ...lines,
      ...(lines.length > 0 ? [""] : []),
      ...buttons(choices, dialog.index, frame, width),
      ...(detail === undefined ? [] : wrapText(detail, width, measure).map(theme.dim)),
    ];
  }
  const mark = (sign: string): string => theme.selected(sign);
  const field = fieldText(dialog.field, { width: width - 2, measure, mark });
  const problem = dialog.problem === undefined
    ? []
    : wrapText(dialog.problem, width, measure).map(theme.error);
  return [...lines, `> ${field}`, ...problem];
}

function boxed(lines: readonly string[], title: string, frame: DialogFrame, width: number): string[] {
  const { theme, measure, unicode } = frame;
  const [topLeft, line, topRight, wall, bottomLeft, bottomRight] = unicode ? "╭─╮│╰╯" : "+-+|++";
  const head = ` ${fit(title, width - 2, { measure, cut: "middle" })} `;
  const rule = (line ?? "-").repeat(Math.max(0, width + 2 - measure(head) - 1));
  const side = theme.border(wall ?? "|");
  return [
    theme.border(`${topLeft}${line}`) + styledTitle(head, theme) + theme.border(rule + topRight),
    ...lines.map((text) => `${side} ${pad(text, width, { measure })} ${side}`),
    theme.border(`${bottomLeft}${(line ?? "-").repeat(width + 2)}${bottomRight}`),
  ];
}

function styledTitle(head: string, theme: TuiTheme): string {
  return theme.bold(head);
}

function centred(lines: readonly string[], columns: number, width: number): string[] {
  const indent = " ".repeat(Math.max(0, Math.floor((columns - width) / 2)));
  return lines.map((line) => indent + line);
}

/** The lines of a question in the middle of its room; never more than there are rows. */
export function dialogLines(dialog: Dialog, frame: DialogFrame): string[] {
  const { columns, rows, theme, measure } = frame;
  const width = Math.max(10, Math.min(WIDEST, columns - 4));
  const isDangerous = dialog.kind === "choice" && dialog.question.isDangerous === true;
  const title = isDangerous ? `! ${dialog.question.title}` : dialog.question.title;
  const content = body(dialog, frame, width);
  // What has to be answered is at the end: a long explanation gives way.
  const room = Math.max(1, rows - 2);
  const shown = content.length <= room ? content : [
    ...content.slice(0, Math.max(0, room - (content.length - dialogHead(dialog, width, measure)) - 1)),
    theme.dim("…"),
    ...content.slice(dialogHead(dialog, width, measure)),
  ].slice(-room);
  const box = boxed(shown, title, frame, width);
  const above = Math.max(0, Math.floor((rows - box.length) / 2));
  return [...Array.from({ length: above }, () => ""), ...centred(box, columns, width + 4)].slice(0, rows);
}

/** Lines of the explanation, before the field or the buttons. */
function dialogHead(dialog: Dialog, width: number, measure: Measure): number {
  return dialog.question.lines.flatMap((line) => wrapText(line, width, measure)).length;
}

/** The question in words. */
export function describeDialog(dialog: Dialog): string[] {
  const { title, lines } = dialog.question;
  if (dialog.kind === "text") {
    return [title, ...lines, ...(dialog.problem === undefined ? [] : [`Problem: ${dialog.problem}`])];
  }
  const choices = dialog.question.choices.map(({ label, detail }, index) =>
    `${index + 1}. ${label}${detail === undefined ? "" : `: ${detail}`}`
  );
  return [title, ...lines, ...choices];
}
