/**
 * The keys of the filter of a list, for screens in which it is a whole field of text with a cursor in it.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import type { TextEdit, TextField } from "./text_field.ts";
import { editOfCommand, type TextEditCommand, textFieldKeys } from "./text_field_keys.ts";

/** What a screen knows of its field. */
export interface FilterFieldState {
  /** The text that is looked for, while it is typed and after. */
  readonly field: TextField;
  /** Letters go into the field. */
  readonly isTyping: boolean;
}

/** What happens to the field. */
export type FilterFieldAction =
  | { readonly type: "typing"; readonly isTyping: boolean }
  | { readonly type: "edited"; readonly edit: TextEdit };

/** What the keys of the field do; the one that begins it is the screen's own. */
export type FilterFieldCommand = TextEditCommand | "filter" | "filterClear" | "filterDone";

/** What the field is of. */
export interface FilterFieldOptions<State> {
  /** What is said of the key that keeps the text. */
  readonly done: string;
  /** What is said of the key that takes the text away. */
  readonly all: readonly [label: string, help: string];
  /** Whether there is a text to take away while nothing is typed. */
  readonly isSet: (state: State) => boolean;
  /** The command line that takes the same text. */
  readonly twin: string;
}

/** The bindings of the field. While letters go into it, other keys end it. */
export function filterFieldKeys<State extends FilterFieldState>(
  { done, all: [label, help], isSet, twin }: FilterFieldOptions<State>,
): readonly KeyBinding<State, FilterFieldCommand>[] {
  const when = (state: State): boolean => state.isTyping;
  return [
    { keys: ["enter", "down"], command: "filterDone", label: "done", help: done, when },
    {
      keys: ["escape"],
      command: "filterClear",
      label,
      help,
      when: (state) => state.isTyping || isSet(state),
    },
    ...textFieldKeys<State>({ when, twin }),
  ];
}

/** What a command does to the field; `undefined` for other commands. */
export function filterFieldActions(command: string): readonly FilterFieldAction[] | undefined {
  const edit = editOfCommand(command);
  if (edit !== undefined) return [{ type: "edited", edit }];
  switch (command) {
    case "filter":
      return [{ type: "typing", isTyping: true }];
    case "filterDone":
      return [{ type: "typing", isTyping: false }];
    case "filterClear":
      return [{ type: "typing", isTyping: false }, { type: "edited", edit: { type: "clear" } }];
    default:
      return undefined;
  }
}
