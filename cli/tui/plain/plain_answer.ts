/**
 * Questions in lines, and what the lines after them answer: pure.
 *
 * @module
 */
import type { Choice } from "../shell/shell.ts";
import type { Dialog } from "../shell/shell_state.ts";
import { describeDialog } from "../shell/dialog_view.ts";

/** What a line answers. */
export type PlainAnswer =
  /** The choice of that place. */
  | { readonly type: "choice"; readonly index: number }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "dismiss" }
  | { readonly type: "help" }
  | { readonly type: "quit" }
  | { readonly type: "unknown" };

/** Words that are no answers, unless an answer is called so. */
const MEANINGS: ReadonlyMap<string, "dismiss" | "help" | "quit"> = new Map([
  ["cancel", "dismiss"],
  ["back", "dismiss"],
  ["escape", "dismiss"],
  ["help", "help"],
  ["?", "help"],
  ["quit", "quit"],
  ["exit", "quit"],
]);

/** Answers that leave everything as it is. */
const DECLINES: readonly string[] = ["cancel", "keep", "leave"];

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
  const meaning = MEANINGS.get(word);
  if (meaning !== undefined && !namesChoice(word, dialog)) return { type: meaning };
  if (dialog.kind === "text") {
    if (text === '""') return { type: "text", text: "" };
    const quoted = /^"(.+)"$/.exec(word)?.[1];
    // What would mean something else without the marks.
    if (quoted !== undefined && MEANINGS.has(quoted)) return { type: "text", text: text.slice(1, -1) };
    return { type: "text", text: text === "" ? dialog.field.text : text };
  }
  const { choices } = dialog.question;
  if (text === "") return { type: "choice", index: dialog.index };
  const index = /^\d+$/.test(text)
    ? Number(text) - 1
    : choices.findIndex(({ id, label, key }) =>
      [id, label, key].some((name) => name?.toLowerCase() === word)
    );
  if (choices[index] !== undefined) return { type: "choice", index };
  const meant = yesOrNo(word, choices);
  return meant === undefined ? { type: "unknown" } : { type: "choice", index: meant };
}

/** Of two answers of which the second changes nothing, the first is a yes. */
function yesOrNo(word: string, choices: readonly Choice[]): number | undefined {
  if (choices.length !== 2 || !DECLINES.includes(choices[1]?.id ?? "")) return undefined;
  return ["yes", "y"].includes(word) ? 0 : ["no", "n"].includes(word) ? 1 : undefined;
}

function namesChoice(word: string, dialog: Dialog): boolean {
  return dialog.kind === "choice" &&
    dialog.question.choices.some(({ id, label }) =>
      id.toLowerCase() === word || label.toLowerCase() === word
    );
}
