/**
 * Where a person is in the terminal UI: the screen, the way to it, the question that is asked, what was said. Pure.
 *
 * @module
 */
import type { ThemeName } from "../theme.ts";
import type { ScreenName } from "../screen_names.ts";
import { editText, type TextEdit, type TextField, textField } from "../widgets/text_field.ts";
import type { Message, Question, TextQuestion } from "./shell.ts";

/** A question that waits for its answer. */
export type Dialog =
  | {
    readonly kind: "choice";
    readonly id: number;
    readonly question: Question;
    /** The choice that Enter takes. */
    readonly index: number;
  }
  | {
    readonly kind: "text";
    readonly id: number;
    readonly question: TextQuestion;
    readonly field: TextField;
    /** What is wrong with the text. */
    readonly problem: string | undefined;
  };

/** The state of the shell. */
export interface ShellState {
  readonly screen: ScreenName;
  /** The screens to go back to, the latest last. */
  readonly trail: readonly ScreenName[];
  /** The first is asked. */
  readonly dialogs: readonly Dialog[];
  readonly message: (Message & { readonly saidAtMs: number }) | undefined;
  readonly theme: ThemeName;
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since 1970, moved by a clock: what is shown of times follows it. */
  readonly nowMs: number;
  /** The same of a clock that never goes back: what is shown of speeds follows it. */
  readonly monotonicMs: number;
}

/** What happens in the shell. */
export type ShellAction =
  | { readonly type: "opened"; readonly screen: ScreenName }
  | { readonly type: "left" }
  | { readonly type: "asked"; readonly dialog: Dialog }
  | { readonly type: "answered"; readonly id: number }
  | { readonly type: "choiceMoved"; readonly by: 1 | -1 }
  | { readonly type: "edited"; readonly edit: TextEdit }
  | { readonly type: "refused"; readonly problem: string }
  | { readonly type: "said"; readonly message: Message }
  | { readonly type: "heard" }
  | { readonly type: "themeChanged"; readonly theme: ThemeName }
  | { readonly type: "resized"; readonly columns: number; readonly rows: number }
  | { readonly type: "ticked"; readonly nowMs: number; readonly monotonicMs: number };

/** Notes that were seen for so long go at the next key. */
export const NOTE_MS = 4_000;
/** And after this long by themselves. */
export const LONGEST_NOTE_MS = 8_000;
/** What was said just before another screen is opened is meant to be read there. */
const FRESH_NOTE_MS = 500;
/** More screens than anybody remembers having come through. */
const MAX_TRAIL = 20;

/** The first screen, before anything has happened. */
export function startShell(
  start: Pick<ShellState, "theme" | "columns" | "rows" | "nowMs" | "monotonicMs"> & {
    readonly screen?: ScreenName;
  },
): ShellState {
  return { screen: "library", trail: [], dialogs: [], message: undefined, ...start };
}

/** The dialog for a question of either kind. */
export function choiceDialog(id: number, question: Question): Dialog {
  const found = question.choices.findIndex((choice) => choice.id === question.initial);
  return { kind: "choice", id, question, index: found < 0 ? question.choices.length - 1 : found };
}

/** The dialog for a question that is answered with a text. */
export function textDialog(id: number, question: TextQuestion): Dialog {
  return { kind: "text", id, question, field: textField(question.initial), problem: undefined };
}

function changeFirst(state: ShellState, change: (dialog: Dialog) => Dialog): ShellState {
  const [first, ...others] = state.dialogs;
  return first === undefined ? state : { ...state, dialogs: [change(first), ...others] };
}

function open(state: ShellState, screen: ScreenName): ShellState {
  if (screen === state.screen) return state;
  // Going to and fro between two screens is one step back, not many.
  const trail = state.trail.at(-1) === screen ? state.trail.slice(0, -1) : [...state.trail, state.screen];
  return { ...withoutOldNote(state), screen, trail: trail.slice(-MAX_TRAIL) };
}

/** A note is of the screen where it was said. */
function withoutOldNote(state: ShellState): ShellState {
  const { message, nowMs } = state;
  const isOld = message?.kind === "note" && nowMs - message.saidAtMs >= FRESH_NOTE_MS;
  return isOld ? { ...state, message: undefined } : state;
}

function back(state: ShellState): ShellState {
  const screen = state.trail.at(-1) ?? "library";
  return screen === state.screen ? state : { ...state, screen, trail: state.trail.slice(0, -1) };
}

function moveChoice(dialog: Dialog, by: 1 | -1): Dialog {
  if (dialog.kind !== "choice") return dialog;
  const { length } = dialog.question.choices;
  return { ...dialog, index: (dialog.index + by + length) % length };
}

function tick(
  state: ShellState,
  { nowMs, monotonicMs }: Pick<ShellState, "nowMs" | "monotonicMs">,
): ShellState {
  const { message } = state;
  const isOver = message?.kind === "note" && nowMs - message.saidAtMs >= LONGEST_NOTE_MS;
  return { ...state, nowMs, monotonicMs, message: isOver ? undefined : message };
}

/** The state after something has happened. */
export function reduceShell(state: ShellState, action: ShellAction): ShellState {
  switch (action.type) {
    case "opened":
      return open(state, action.screen);
    case "left":
      return back(state);
    case "asked":
      return { ...state, dialogs: [...state.dialogs, action.dialog] };
    case "answered":
      return { ...state, dialogs: state.dialogs.filter(({ id }) => id !== action.id) };
    case "choiceMoved":
      return changeFirst(state, (dialog) => moveChoice(dialog, action.by));
    case "edited":
      return changeFirst(
        state,
        (dialog) =>
          dialog.kind === "text"
            ? { ...dialog, field: editText(dialog.field, action.edit), problem: undefined }
            : dialog,
      );
    case "refused":
      return changeFirst(
        state,
        (dialog) => dialog.kind === "text" ? { ...dialog, problem: action.problem } : dialog,
      );
    case "said":
      return { ...state, message: { ...action.message, saidAtMs: state.nowMs } };
    case "heard":
      return state.message === undefined ? state : { ...state, message: undefined };
    case "themeChanged":
      return { ...state, theme: action.theme };
    case "resized":
      return { ...state, columns: action.columns, rows: action.rows };
    case "ticked":
      return tick(state, action);
  }
}

/** Whether a message has been seen for long enough to go at the next key. */
export function isStale({ message, nowMs }: ShellState): boolean {
  return message?.kind === "note" && nowMs - message.saidAtMs >= NOTE_MS;
}
