/**
 * The keys of the details of a model.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { cursorKeys } from "../widgets/cursor_keys.ts";
import type { CursorMove } from "../widgets/list_cursor.ts";
import { type DetailsState, hasMmproj } from "./details_state.ts";

/** What the keys of the details do. */
export type DetailsCommand =
  | CursorMove
  | "mark"
  | "download"
  | "mmproj"
  | "gated"
  | "revision"
  | "refresh"
  | "read"
  | "closePage";

type Binding = KeyBinding<DetailsState, DetailsCommand>;

const hasRows = ({ rows }: DetailsState): boolean => rows.length > 0;
const canMark = ({ rows, isReading }: DetailsState): boolean => rows.length > 1 && !isReading;

/** All of them. */
export const DETAILS_KEYS: readonly Binding[] = [
  {
    keys: ["enter", "d"],
    command: "download",
    label: "download",
    help: "Download what is marked, or the quant of the cursor, after a question that says how much it is",
    twin: "mm pull REF",
    when: (state) => hasRows(state) && !state.isPlanning,
  },
  {
    keys: ["space"],
    command: "mark",
    label: "mark",
    help: "Mark the quant, to download several at once",
    twin: "mm pull REF REF",
    when: canMark,
  },
  {
    keys: ["escape"],
    command: "closePage",
    label: "quants",
    help: "Back from the README to the quants",
    when: ({ isReading }) => isReading,
  },
  {
    keys: ["i"],
    command: "read",
    label: "README",
    help: "Read the page that comes with the model; again goes back to the quants",
    twin: "mm show REF --readme",
    when: ({ page }) => page.kind === "here",
  },
  {
    keys: ["m"],
    command: "mmproj",
    label: "mmproj",
    help: "Take the projector for images along, or leave it",
    twin: "mm pull REF --with-mmproj",
    when: hasMmproj,
  },
  {
    keys: ["g"],
    command: "gated",
    label: "access",
    help: "Say how to get access to a model that has to be asked for",
    twin: "mm login",
    when: ({ model }) => model !== undefined && model.gated !== false,
  },
  {
    keys: ["o"],
    command: "revision",
    label: "revision",
    help: "Open another revision: a branch, a tag or a commit",
    twin: "mm show REF --revision main",
    when: ({ reference }) => reference !== undefined,
  },
  {
    keys: ["r"],
    command: "refresh",
    label: "refresh",
    help: "Ask the Hub again",
    twin: "mm show REF",
    when: ({ reference, isLoading }) => reference !== undefined && !isLoading,
  },
  ...cursorKeys({
    row: "quant, or one line,",
    help: { home: "To the first one", end: "To the last one" },
  }),
];
