/**
 * The keys of all screens, in the order of the help: pure.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { SCREEN_NAMES, type ScreenName } from "../screen_names.ts";
import { SHELL_KEYS } from "../shell/shell_keys.ts";
import { editOfCommand } from "../widgets/text_field_keys.ts";

/** What the help says of a key. */
export type HelpKey = Pick<KeyBinding<never>, "keys" | "help" | "twin">;

/** A key of a screen, as far as the help wants to know. */
export type KnownKey = HelpKey & Pick<KeyBinding<never>, "command">;

/** The keys of one screen, or those that hold in one place. */
export interface HelpSection {
  readonly title: string;
  readonly keys: readonly HelpKey[];
}

/** The keys of questions, which have no map: they are those of buttons and of fields everywhere. */
const QUESTION_KEYS: readonly HelpKey[] = [
  { keys: ["enter"], help: "Take the answer that is marked, or the text" },
  { keys: ["left", "right", "tab"], help: "Go to another answer; its letter takes it at once" },
  { keys: ["escape"], help: "Leave the question: nothing is done" },
];

/** Keys that do the same are told together, and so are those that edit a text: everybody knows them. */
function joined(bindings: readonly KnownKey[]): readonly HelpKey[] {
  const byHelp = new Map<string, HelpKey>();
  const [edits, others] = [bindings.filter(isEdit), bindings.filter((binding) => !isEdit(binding))];
  for (const { keys, help, twin } of [...others, ...edits.map((edit) => ({ ...edit, help: EDIT_HELP }))]) {
    const known = byHelp.get(help);
    const all = [...new Set([...(known?.keys ?? []), ...keys])];
    const command = twin ?? known?.twin;
    byHelp.set(help, { keys: all, help, ...(command === undefined ? {} : { twin: command }) });
  }
  return [...byHelp.values()];
}

const EDIT_HELP = "Edit the text that is typed";

function isEdit({ command }: KnownKey): boolean {
  return editOfCommand(command) !== undefined;
}

/** What the screen is called. */
function screenTitle(name: ScreenName): string {
  return `${name[0]?.toUpperCase() ?? ""}${name.slice(1)}`;
}

/** All keys: of the screen one comes from, of everywhere, of the others. */
export function helpSections(
  keysOf: (name: ScreenName) => readonly KnownKey[],
  from: ScreenName | undefined,
): readonly HelpSection[] {
  const section = (name: ScreenName, title = screenTitle(name)): HelpSection => ({
    title,
    keys: joined(keysOf(name)),
  });
  const others = SCREEN_NAMES.filter((name) => name !== from);
  return [
    ...(from === undefined ? [] : [section(from, `${screenTitle(from)} (where you are)`)]),
    { title: "Everywhere", keys: joined(SHELL_KEYS) },
    { title: "In questions", keys: QUESTION_KEYS },
    ...others.map((name) => section(name)),
  ].filter(({ keys }) => keys.length > 0);
}
