/**
 * What every screen can ask of the shell around it: other screens, dialogs, messages.
 *
 * @module
 */
import type { ScreenName } from "../screen_names.ts";
import type { ThemeName } from "../theme.ts";

/** One answer to a question. */
export interface Choice {
  /** What {@link Shell.confirm} gives back. */
  readonly id: string;
  /** On the button, such as `Delete`. */
  readonly label: string;
  /** A letter that chooses it at once. */
  readonly key?: string;
  /** What it means, below the buttons. */
  readonly detail?: string;
}

/** A question with a few answers; Escape gives none of them. */
export interface Question {
  /** Such as `Delete acme/tiny:Q4_K_M?`. */
  readonly title: string;
  /** What a person should know before. */
  readonly lines: readonly string[];
  /** In the order of the buttons. */
  readonly choices: readonly Choice[];
  /** The answer of the Enter key, by its id: never one that destroys. @default the last choice */
  readonly initial?: string;
  /** Something is lost by it. @default {false} */
  readonly isDangerous?: boolean;
}

/** A question that is answered with a line of text. */
export interface TextQuestion {
  /** Such as `Limit the rate`. */
  readonly title: string;
  /** What is wanted, with an example. */
  readonly lines: readonly string[];
  /** What stands in the field at first. @default {""} */
  readonly initial?: string;
  /** What is wrong with a text; `undefined` when nothing is. It is shown, and the question stays. */
  readonly check?: (text: string) => string | undefined;
}

/** Something said at the foot of the screen. */
export interface Message {
  readonly kind: "note" | "error";
  readonly text: string;
  /** What to do next, each a sentence. */
  readonly hints: readonly string[];
}

/** The shell, as screens see it. */
export interface Shell {
  /** Shows another screen; `back` comes back from it. */
  open(screen: ScreenName, argument?: string): void;
  /** Shows the screen before. */
  back(): void;
  /** Asks; gives the id of the answer, or `undefined` for Escape. Questions that come together are asked in turn. */
  confirm(question: Question): Promise<string | undefined>;
  /** Asks for a line of text; `undefined` for Escape. */
  ask(question: TextQuestion): Promise<string | undefined>;
  /** Says something at the foot of the screen, until a key is pressed after a few seconds. */
  say(text: string, hints?: readonly string[]): void;
  /** Says what went wrong, with its hints, until Escape or the next message. Silent for what was cancelled. */
  fail(error: unknown): void;
  /** Shows everything in other colours from now on; it is not kept for the next time. */
  useTheme(theme: ThemeName): void;
  /** Ends the terminal UI; asks first while downloads run here. */
  quit(): void;
}
