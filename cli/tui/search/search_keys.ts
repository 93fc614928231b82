/**
 * The keys of the search.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { cursorKeys } from "../widgets/cursor_keys.ts";
import type { CursorMove } from "../widgets/list_cursor.ts";
import { type TextEditCommand, textFieldKeys } from "../widgets/text_field_keys.ts";
import { isFiltered } from "./search_filters.ts";
import type { SearchState } from "./search_state.ts";

/** What the keys of the search do. */
export type SearchCommand =
  | CursorMove
  | TextEditCommand
  | "clearFilters"
  | "filter"
  | "formats"
  | "open"
  | "refresh"
  | "sort"
  | "submit"
  | "toInput"
  | "toResults";

type Binding = KeyBinding<SearchState, SearchCommand>;

const inInput = ({ focus }: SearchState): boolean => focus === "input";
const inResults = ({ focus }: SearchState): boolean => focus === "results";

const TYPING_KEYS: readonly Binding[] = [
  {
    keys: ["enter"],
    command: "submit",
    label: "search",
    help: "Search at once, and go to the results",
    twin: "mm search QUERY",
    when: inInput,
  },
  {
    keys: ["down", "pagedown"],
    command: "toResults",
    label: "results",
    help: "Go to the results",
    when: (state) => inInput(state) && state.rows.length > 0,
  },
  {
    keys: ["ctrl+f"],
    command: "filter",
    label: "filters",
    help: "Choose author, license, size, order and formats while typing",
    twin: "mm search QUERY --author NAME --license ID --min-params N --max-params N",
    when: inInput,
  },
];

const RESULT_KEYS: readonly Binding[] = [
  {
    keys: ["enter"],
    command: "open",
    label: "details",
    help: "Show the model and its quants, and download some",
    twin: "mm show REF",
    when: inResults,
  },
  {
    keys: ["f"],
    command: "filter",
    label: "filters",
    help: "Choose author, license, size, order and formats",
    twin: "mm search QUERY --author NAME --license ID --min-params N --max-params N",
    when: inResults,
  },
  {
    keys: ["o"],
    command: "sort",
    label: "order",
    help: "Choose what comes first",
    twin: "mm search QUERY --sort likes",
    when: inResults,
  },
  {
    keys: ["a"],
    command: "formats",
    label: "formats",
    help: "Look among all formats, or only among GGUF models",
    twin: "mm search QUERY --all-formats",
    when: inResults,
  },
  {
    keys: ["c"],
    command: "clearFilters",
    label: "clear filters",
    help: "Leave out nothing any more",
    twin: "mm search QUERY",
    when: (state) => inResults(state) && isFiltered(state.filters),
  },
  {
    keys: ["/", "s"],
    command: "toInput",
    label: "words",
    help: "Go back to the words",
    when: inResults,
  },
  {
    keys: ["escape"],
    command: "toInput",
    label: "words",
    help: "Go back to the words",
    when: inResults,
    inFooter: false,
  },
  {
    keys: ["up", "k"],
    command: "toInput",
    label: "words",
    help: "Go back to the words, from the first model",
    when: (state) => inResults(state) && state.cursor.index === 0,
    inFooter: false,
  },
  ...cursorKeys({
    row: "model",
    when: inResults,
    help: {
      down: "One model down; near the end, more are loaded",
      end: "To the last model that was loaded",
    },
  }),
  {
    keys: ["r"],
    command: "refresh",
    label: "refresh",
    help: "Search again, and try again what has failed",
    twin: "mm search QUERY",
    when: inResults,
  },
];

/** The keys of the search: those of the text while it is typed, else those of the results. */
export const SEARCH_KEYS: readonly Binding[] = [
  ...TYPING_KEYS,
  ...textFieldKeys<SearchState>({ when: inInput, twin: "mm search QUERY" }),
  ...RESULT_KEYS,
];
