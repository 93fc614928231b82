/**
 * The keys of the filter of a list, for screens in which letters are added to its end and taken from there.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";

/** What a screen knows of its filter. */
export interface FilterState {
  readonly filter: string;
  /** Letters go into the filter. */
  readonly isFiltering: boolean;
}

/** What happens to a filter. */
export type FilterAction =
  | { readonly type: "filtered"; readonly filter: string }
  | { readonly type: "filtering"; readonly isFiltering: boolean };

const BEGIN = "filter";
const COMMANDS = ["filterDone", "filterErase", "filterClear", "filterBackspace"] as const;

/** What the keys of a filter do; the one that begins it is the screen's own. */
export type FilterCommand = typeof BEGIN | typeof COMMANDS[number];

const isFiltering = (state: FilterState): boolean => state.isFiltering;

/** The bindings of a filter while it is typed. They come first: what is no letter ends it, or erases. */
export const FILTER_KEYS: readonly KeyBinding<FilterState, FilterCommand>[] = [
  {
    keys: ["enter"],
    command: "filterDone",
    label: "done",
    help: "Keep the filter, and go back to the list",
    when: isFiltering,
  },
  {
    keys: ["ctrl+u"],
    command: "filterErase",
    label: "erase all",
    help: "Erase the whole filter, and go on typing",
    when: isFiltering,
    inFooter: false,
  },
  {
    keys: ["escape", "ctrl+u"],
    command: "filterClear",
    label: "show all",
    help: "Take the filter away",
    when: (state) => state.isFiltering || state.filter !== "",
  },
  {
    keys: ["backspace", "ctrl+h"],
    command: "filterBackspace",
    label: "erase",
    help: "Erase the last character of the filter",
    when: isFiltering,
    inFooter: false,
  },
];

/** Whether a command is one of a filter. */
export function isFilterCommand(command: string): command is FilterCommand {
  return command === BEGIN || (COMMANDS as readonly string[]).includes(command);
}

/** What a command does to the filter. */
export function filterActions(command: FilterCommand, filter: string): readonly FilterAction[] {
  switch (command) {
    case "filter":
      return [{ type: "filtering", isFiltering: true }];
    case "filterDone":
      return [{ type: "filtering", isFiltering: false }];
    case "filterErase":
      return [{ type: "filtered", filter: "" }];
    case "filterClear":
      return [{ type: "filtered", filter: "" }, { type: "filtering", isFiltering: false }];
    case "filterBackspace":
      return [{ type: "filtered", filter: withoutLast(filter) }];
  }
}

/** Without its last sign, as a person counts them. */
function withoutLast(text: string): string {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment).slice(0, -1).join("");
}
