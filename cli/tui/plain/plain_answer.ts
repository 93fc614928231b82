/**
 * Questions in lines, and what the lines after them answer: pure.
 *
 * @module
 */
import type { Dialog } from "../shell/shell_state.ts";
import { describeDialog } from "../shell/dialog_view.ts";

/** What a line answers. */
export type PlainAnswer =
  /** The choice of that place. */
  | { readonly type: "choice"; readonly index: number }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "dismiss" }
  | { readonly type: "unknown" };

/** What to type, after the question itself. */
function advice(dialog: Dialog): string {
  if (dialog.kind === "text") {
    const { text } = dialog.field;
    return text === ""
      ? 'Type the answer, or cancel. "" is an empty one.'
      : `Type the answer, or cancel. Enter alone takes: ${text}`;
  }
  const initial = dialog.question.choices[dialog.index];
  return `Type a number, or cancel.${initial === undefined ? "" : ` Enter alone means: ${initial.label}`}`;
}

/** The lines of a question. */
export function questionLines(dialog: Dialog): string[] {
  const isDangerous = dialog.kind === "choice" && dialog.question.isDangerous === true;
  const [title = "", ...lines] = describeDialog(dialog);
  const choices = dialog.kind === "choice" ? dialog.question.choices.length : 0;
  const said = lines.slice(0, lines.length - choices);
  return [
    `Question: ${title}${isDangerous ? " (something is lost by it)" : ""}`,
    ...said,
    // What is said before may be numbered, too.
    ...(choices === 0 ? [] : ["Answers:", ...lines.slice(said.length)]),
    advice(dialog),
  ];
}

/** What a line answers to a question. */
export function readAnswer(line: string, dialog: Dialog): PlainAnswer {
  const text = line.trim();
  const word = text.toLowerCase();
  if (["cancel", "back", "escape"].includes(word) && !namesChoice(word, dialog)) return { type: "dismiss" };
  if (dialog.kind === "text") {
    if (text === '""') return { type: "text", text: "" };
    return { type: "text", text: text === "" ? dialog.field.text : text };
  }
  const { choices } = dialog.question;
  if (text === "") return { type: "choice", index: dialog.index };
  const index = /^\d+$/.test(text)
    ? Number(text) - 1
    : choices.findIndex(({ id, label, key }) =>
      [id, label, key].some((name) => name?.toLowerCase() === word)
    );
  return choices[index] === undefined ? { type: "unknown" } : { type: "choice", index };
}

function namesChoice(word: string, dialog: Dialog): boolean {
  return dialog.kind === "choice" &&
    dialog.question.choices.some(({ id, label }) =>
      id.toLowerCase() === word || label.toLowerCase() === word
    );
}
