/**
 * The state of the details of a model: pure.
 *
 * @module
 */
import type { ModelDetails } from "../../../core/operations/model_manager.ts";
import { type OpenJob, showSame } from "../library/open_jobs.ts";
import {
  type CursorAction,
  cursorAfter,
  cursorOn,
  FIRST_ROW,
  type ListCursor,
} from "../widgets/list_cursor.ts";
import { type ReadmeBlock, readmeBlocks } from "./readme_blocks.ts";
import { selectedIds, type UnitRow, unitRows } from "./unit_rows.ts";

/** What is known of the page that comes with the model. */
export type Page =
  | { readonly kind: "loading" }
  | { readonly kind: "none" }
  | { readonly kind: "here"; readonly blocks: readonly ReadmeBlock[] };

/** The state of the details. */
export interface DetailsState {
  /** `org/name` or `org/name@revision`, as it was asked for; `undefined` before anything was. */
  readonly reference: string | undefined;
  /** The Hub is being asked. */
  readonly isLoading: boolean;
  /** `undefined` until the Hub has answered, or when it does not. */
  readonly model: ModelDetails | undefined;
  readonly page: Page;
  readonly jobs: readonly OpenJob[];
  /** The same array until it changes. */
  readonly rows: readonly UnitRow[];
  readonly cursor: ListCursor;
  /** Ids of rows that were marked. */
  readonly marked: ReadonlySet<string>;
  /** The projector is to come along. */
  readonly withMmproj: boolean;
  /** The page has the screen to itself. */
  readonly isReading: boolean;
  /** The first line of the page that is seen. */
  readonly scroll: number;
  /** What a download would fetch is being found out. */
  readonly isPlanning: boolean;
}

/** What can happen. */
export type DetailsAction =
  | { readonly type: "asked"; readonly reference: string }
  | { readonly type: "asking"; readonly isLoading: boolean }
  | { readonly type: "found"; readonly model: ModelDetails; readonly selector: string | undefined }
  | { readonly type: "page"; readonly text: string | undefined }
  | { readonly type: "jobs"; readonly jobs: readonly OpenJob[] }
  | CursorAction
  | { readonly type: "scrolled"; readonly to: number }
  | { readonly type: "toggled" }
  | { readonly type: "unmarked" }
  | { readonly type: "mmproj" }
  | { readonly type: "reading"; readonly isReading: boolean }
  | { readonly type: "planning"; readonly isPlanning: boolean };

/** Before anything was asked for. */
export const NO_DETAILS: DetailsState = {
  reference: undefined,
  isLoading: false,
  model: undefined,
  page: { kind: "loading" },
  jobs: [],
  rows: [],
  cursor: FIRST_ROW,
  marked: new Set(),
  withMmproj: false,
  isReading: false,
  scroll: 0,
  isPlanning: false,
};

/** The row that the cursor is on. */
export function selectedUnit({ rows, cursor }: Pick<DetailsState, "rows" | "cursor">): UnitRow | undefined {
  return rows[cursor.index];
}

/** What a download takes: what was marked, else the row of the cursor. */
export function chosenUnits(state: DetailsState): readonly UnitRow[] {
  const marked = state.rows.filter(({ id }) => state.marked.has(id));
  const selected = selectedUnit(state);
  return marked.length > 0 ? marked : selected === undefined ? [] : [selected];
}

/** Whether the repository has a projector that could come along. */
export function hasMmproj({ model }: Pick<DetailsState, "model">): boolean {
  return model?.companions.some(({ path }) => /mmproj[^/]*\.gguf$/i.test(path)) ?? false;
}

function isSameRow(a: UnitRow, b: UnitRow | undefined): boolean {
  return b !== undefined && (Object.keys(a) as (keyof UnitRow)[]).every((key) => a[key] === b[key]);
}

function withRows(state: DetailsState): DetailsState {
  const { model, jobs } = state;
  if (model === undefined) return state.rows.length === 0 ? state : { ...state, rows: [] };
  const rows = unitRows(model, jobs);
  const isUnchanged = rows.length === state.rows.length &&
    rows.every((row, at) => isSameRow(row, state.rows[at]));
  return isUnchanged ? state : { ...state, rows };
}

/** Where the cursor begins: what was asked for, else what a plain pull would take. */
function firstIndex(rows: readonly UnitRow[], wanted: readonly string[]): number {
  const at = rows.findIndex(({ id }) => wanted.includes(id));
  return Math.max(0, at >= 0 ? at : rows.findIndex(({ isDefault }) => isDefault));
}

function found(state: DetailsState, model: ModelDetails, selector: string | undefined): DetailsState {
  const isNew = state.model === undefined;
  const next = withRows({ ...state, model, isLoading: false });
  const ids = new Set(next.rows.map(({ id }) => id));
  const marked = new Set([...state.marked].filter((id) => ids.has(id)));
  const index = isNew ? firstIndex(next.rows, selectedIds(model, selector)) : next.cursor.index;
  return {
    ...next,
    marked,
    cursor: cursorOn(next.cursor, index, next.rows.length),
    withMmproj: next.withMmproj && hasMmproj(next),
  };
}

function toggled(state: DetailsState): DetailsState {
  const selected = selectedUnit(state);
  if (selected === undefined || selected.refused !== undefined) return state;
  const marked = new Set(state.marked);
  if (!marked.delete(selected.id)) marked.add(selected.id);
  return { ...state, marked, cursor: cursorOn(state.cursor, state.cursor.index + 1, state.rows.length) };
}

/** The state after something has happened. */
export function reduceDetails(state: DetailsState, action: DetailsAction): DetailsState {
  switch (action.type) {
    case "asked":
      return { ...NO_DETAILS, reference: action.reference, isLoading: true, jobs: state.jobs };
    case "asking":
      return state.isLoading === action.isLoading ? state : { ...state, isLoading: action.isLoading };
    case "found":
      return found(state, action.model, action.selector);
    case "page":
      return {
        ...state,
        page: action.text === undefined
          ? { kind: "none" }
          : { kind: "here", blocks: readmeBlocks(action.text) },
      };
    case "jobs":
      return showSame(action.jobs, state.jobs) ? state : withRows({ ...state, jobs: action.jobs });
    case "moved":
    case "placed":
      return { ...state, cursor: cursorAfter(state.cursor, action, state.rows.length) };
    case "scrolled":
      return { ...state, scroll: Math.max(0, action.to) };
    case "toggled":
      return toggled(state);
    case "unmarked":
      return state.marked.size === 0 ? state : { ...state, marked: new Set() };
    case "mmproj":
      return hasMmproj(state) ? { ...state, withMmproj: !state.withMmproj } : state;
    case "reading":
      return { ...state, isReading: action.isReading, scroll: 0 };
    case "planning":
      return { ...state, isPlanning: action.isPlanning };
  }
}
