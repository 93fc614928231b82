/**
 * The keys of a text field, for the key maps of screens in which text is typed.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { editOfKey, TEXT_EDIT_KEYS, type TextEdit } from "./text_field.ts";

type EditType = Exclude<TextEdit["type"], "insert">;

/** What a key does to the text. */
export type TextEditCommand = `edit.${EditType}`;

const WORDS: Readonly<Record<EditType, readonly [label: string, help: string]>> = {
  left: ["left", "Move left in the text"],
  right: ["right", "Move right in the text"],
  home: ["start", "Go to the start of the text"],
  end: ["end", "Go to the end of the text"],
  backspace: ["erase", "Erase the character before the cursor"],
  delete: ["erase next", "Erase the character under the cursor"],
  deleteWord: ["erase word", "Erase the word before the cursor"],
  clear: ["clear", "Erase the whole text"],
};

/**
 * The bindings that edit a field, while `when` says so: one command a kind of edit, all of them out of the footer.
 *
 * @param twin The command line that takes the same text.
 */
export function textFieldKeys<State>(
  { when, twin }: { readonly when: (state: State) => boolean; readonly twin?: string },
): readonly KeyBinding<State, TextEditCommand>[] {
  return (Object.keys(WORDS) as EditType[]).map((type) => {
    const [label, help] = WORDS[type];
    const keys = TEXT_EDIT_KEYS.filter((key) => editOfKey(key)?.type === type);
    const shown = { label, help, inFooter: false, ...(twin === undefined ? {} : { twin }) };
    return { keys, command: `edit.${type}` as const, when, ...shown };
  });
}

/** The edit that a command of {@link textFieldKeys} stands for; `undefined` for other commands. */
export function editOfCommand(command: string): TextEdit | undefined {
  const type = command.startsWith("edit.") ? command.slice("edit.".length) : "";
  return Object.hasOwn(WORDS, type) ? { type: type as EditType } : undefined;
}
