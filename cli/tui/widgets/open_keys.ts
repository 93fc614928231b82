/**
 * The keys that give one row of a list the whole screen, and go back to the list.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";

/** What can be opened. */
export interface OpenKeysOptions<State> {
  /** What is said of the key that opens it. */
  readonly help: string;
  /** The command line that shows the same. */
  readonly twin: string;
  /** Whether there is a row to open. */
  readonly canOpen: (state: State) => boolean;
}

/** The bindings of both. */
export function openKeys<State extends { readonly isOpen: boolean }>(
  { help, twin, canOpen }: OpenKeysOptions<State>,
): readonly KeyBinding<State, "open" | "close">[] {
  return [
    {
      keys: ["enter"],
      command: "open",
      label: "details",
      help,
      twin,
      when: (state) => canOpen(state) && !state.isOpen,
    },
    {
      keys: ["escape", "enter"],
      command: "close",
      label: "list",
      help: "Go back to the list",
      when: ({ isOpen }) => isOpen,
    },
  ];
}
