/**
 * The state of the help: pure.
 *
 * @module
 */
import type { HelpSection } from "./help_sections.ts";

/** The state of the help. */
export interface HelpState {
  readonly sections: readonly HelpSection[];
  /** The first line that is seen. */
  readonly top: number;
}

/** What can happen. */
export type HelpAction =
  | { readonly type: "opened"; readonly sections: readonly HelpSection[] }
  | { readonly type: "scrolled"; readonly top: number };

/** Before it was opened. */
export const NO_HELP: HelpState = { sections: [], top: 0 };

/** The state after something has happened. */
export function reduceHelp(state: HelpState, action: HelpAction): HelpState {
  switch (action.type) {
    case "opened":
      return { sections: action.sections, top: 0 };
    case "scrolled":
      return state.top === action.top ? state : { ...state, top: action.top };
  }
}
