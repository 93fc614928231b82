/**
 * The help of plain mode: pure.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";

/** How plain mode is used, and what can be done on the screen. */
export function plainHelp(
  title: string,
  keys: readonly Pick<KeyBinding<never>, "label" | "help" | "inFooter">[],
): string[] {
  const seen = new Set<string>();
  const acts = keys.filter(({ label, inFooter = true }) => {
    if (!inFooter || seen.has(label)) return false;
    seen.add(label);
    return true;
  });
  return [
    "Type a number to open the row of that number.",
    "Type a command, or a command and the number of a row, such as: delete 2",
    "Where text is typed, a line is that text; a colon before it makes it a command, such as: :filters",
    "Everywhere: library, search WORDS, details ORG/NAME, downloads, history, schedules, settings, logs.",
    "Also: again (or an empty line), more, back, wait, help, quit.",
    ...(acts.length === 0 ? [] : [`On this screen (${title}):`]),
    ...acts.map(({ label, help }) => `${label}: ${help}`),
  ];
}
