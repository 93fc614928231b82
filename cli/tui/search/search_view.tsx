/**
 * The search on the screen.
 *
 * @module
 */
/** @jsxImportSource react */
/** @jsxImportSourceTypes @types/react */
import type { ReactNode } from "react";
import type { ViewProps } from "../screen.ts";
import { Lines } from "../widgets/lines.tsx";
import { searchLines } from "./search_lines.ts";
import type { SearchState } from "./search_state.ts";

/** Words and filters above, the models that were found below. */
export function SearchView(props: ViewProps<SearchState>): ReactNode {
  return <Lines lines={searchLines(props)} rows={props.frame.rows} />;
}
