/**
 * The shell at work: opens screens, asks questions, says what happened.
 *
 * @module
 */
import { isModelManagerError } from "../../../core/base/errors.ts";
import { missingRightOf } from "../../../core/base/missing_right.ts";
import { ownHint } from "../own_hints.ts";
import type { ScreenName } from "../screen_names.ts";
import type { Store } from "../store.ts";
import type { Message, Question, Shell, TextQuestion } from "./shell.ts";
import { choiceDialog, type Dialog, type ShellAction, type ShellState, textDialog } from "./shell_state.ts";

/** What the shell is made of. */
export interface ShellParts {
  readonly store: Store<ShellState, ShellAction>;
  /** Told when another screen is shown, or the same one anew. */
  readonly onScreen: (screen: ScreenName, argument: string | undefined) => void;
  /** Somebody wants to leave. */
  readonly onQuit: () => void;
}

/** The shell, and what the keys of dialogs do. */
export interface ShellControl extends Shell {
  /** Takes the choice that is marked, or the text that was typed. */
  accept(): void;
  /** Takes a choice by its letter. @returns whether there is one */
  choose(key: string): boolean;
  /** Answers the question with nothing. */
  dismiss(): void;
}

/** An error as a person reads it at the foot of the screen. */
export function errorMessage(error: unknown): Message {
  if (isModelManagerError(error)) {
    return { kind: "error", text: error.message, hints: error.hints.map(ownHint) };
  }
  const missing = missingRightOf(error);
  if (missing !== undefined) {
    return { kind: "error", text: missing.message, hints: missing.hints.map(ownHint) };
  }
  const text = error instanceof Error ? error.message : String(error);
  return {
    kind: "error",
    text: `Something went wrong inside mm: ${text}`,
    hints: ["See more of it in the log: mm -v COMMAND"],
  };
}

/** Makes the shell. */
export function createShell({ store, onScreen, onQuit }: ShellParts): ShellControl {
  const answers = new Map<number, (answer: string | undefined) => void>();
  let lastId = 0;
  const ask = (make: (id: number) => Dialog): Promise<string | undefined> => {
    const id = ++lastId;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    answers.set(id, resolve);
    store.dispatch({ type: "asked", dialog: make(id) });
    return promise;
  };
  const answer = (id: number, text: string | undefined): void => {
    store.dispatch({ type: "answered", id });
    answers.get(id)?.(text);
    answers.delete(id);
  };
  return {
    open(screen, argument) {
      store.dispatch({ type: "opened", screen });
      onScreen(screen, argument);
    },
    back() {
      const before = store.get().screen;
      store.dispatch({ type: "left" });
      const { screen } = store.get();
      if (screen !== before) onScreen(screen, undefined);
    },
    confirm: (question: Question) => ask((id) => choiceDialog(id, question)),
    ask: (question: TextQuestion) => ask((id) => textDialog(id, question)),
    say(text, hints = []) {
      store.dispatch({ type: "said", message: { kind: "note", text, hints } });
    },
    fail(error) {
      if (isModelManagerError(error) && error.code === "CANCELLED") return;
      store.dispatch({ type: "said", message: errorMessage(error) });
    },
    useTheme: (theme) => store.dispatch({ type: "themeChanged", theme }),
    quit: onQuit,
    accept() {
      const [dialog] = store.get().dialogs;
      if (dialog === undefined) return;
      if (dialog.kind === "choice") return answer(dialog.id, dialog.question.choices[dialog.index]?.id);
      const problem = dialog.question.check?.(dialog.field.text);
      if (problem === undefined) answer(dialog.id, dialog.field.text);
      else store.dispatch({ type: "refused", problem });
    },
    choose(key) {
      const [dialog] = store.get().dialogs;
      if (dialog?.kind !== "choice") return false;
      const choice = dialog.question.choices.find((each) => each.key?.toLowerCase() === key.toLowerCase());
      if (choice === undefined) return false;
      answer(dialog.id, choice.id);
      return true;
    },
    dismiss() {
      const [dialog] = store.get().dialogs;
      if (dialog !== undefined) answer(dialog.id, undefined);
    },
  };
}
