/**
 * The keys of the library's screen.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { cursorKeys } from "../widgets/cursor_keys.ts";
import { FILTER_KEYS, type FilterCommand } from "../widgets/filter_keys.ts";
import type { CursorMove } from "../widgets/list_cursor.ts";
import { type LibraryState, selectedRow } from "./library_state.ts";

/** What the keys of the library do. */
export type LibraryCommand =
  | CursorMove
  | FilterCommand
  | "details"
  | "search"
  | "refresh"
  | "update"
  | "delete"
  | "pin"
  | "verify"
  | "stopVerifying"
  | "sort";

type Binding = KeyBinding<LibraryState, LibraryCommand>;

const hasRow = (state: LibraryState): boolean => !state.isFiltering && selectedRow(state) !== undefined;
const hasModel = (state: LibraryState): boolean =>
  !state.isFiltering && selectedRow(state)?.model !== undefined;
const isWhole = (state: LibraryState): boolean =>
  hasModel(state) && selectedRow(state)?.model?.status !== "downloading";

const ACTS: readonly Binding[] = [
  {
    keys: ["enter"],
    command: "details",
    label: "details",
    help: "Show the model, its quants and its page",
    twin: "mm show REF",
    when: hasRow,
  },
  { keys: ["s"], command: "search", label: "search", help: "Search the Hub", twin: "mm search QUERY" },
  {
    keys: ["u"],
    command: "update",
    label: "update",
    help: "Fetch what has changed of the model on the Hub",
    twin: "mm update REF",
    when: isWhole,
  },
  {
    keys: ["d", "delete"],
    command: "delete",
    label: "delete",
    help: "Delete the model from the disk, after a question",
    twin: "mm remove REF",
    when: hasModel,
  },
  {
    keys: ["r"],
    command: "refresh",
    label: "check",
    help: "Read the library again, and ask the Hub for updates of all models",
    twin: "mm update --check",
    when: (state) => !state.isChecking,
  },
  {
    keys: ["p"],
    command: "pin",
    label: "pin",
    help: "Keep the model as it is: no update and no quota takes it; again takes the pin away",
    twin: "mm models pin REF",
    when: isWhole,
  },
  {
    keys: ["v"],
    command: "verify",
    label: "verify",
    help: "Hash the files of the model again, and compare them with what was downloaded",
    twin: "mm verify REF",
    when: (state) => isWhole(state) && state.verifying === undefined,
  },
  {
    keys: ["v"],
    command: "stopVerifying",
    label: "stop verifying",
    help: "Stop the verification that runs",
    twin: "mm verify REF",
    when: (state) => !state.isFiltering && state.verifying !== undefined,
  },
  {
    keys: ["o"],
    command: "sort",
    label: "order",
    help: "Order by name, size or date",
    twin: "mm list --sort size",
  },
  {
    keys: ["/"],
    command: "filter",
    label: "filter",
    help: "Show only models with a text in their names",
    twin: "mm list NAME",
  },
];

/** All of them. */
export const LIBRARY_KEYS: readonly Binding[] = [...FILTER_KEYS, ...ACTS, ...cursorKeys({ row: "model" })];
