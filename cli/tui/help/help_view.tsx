/**
 * What the help looks like.
 *
 * @module
 */
/** @jsxImportSource react */
/** @jsxImportSourceTypes @types/react */
import type { ReactNode } from "react";
import type { Frame, ViewProps } from "../screen.ts";
import { Lines } from "../widgets/lines.tsx";
import { scrolledLines } from "../widgets/scroll_text.ts";
import { helpLines } from "./help_lines.ts";
import type { HelpState } from "./help_state.ts";

/** The lines of the screen. */
export function helpScreenLines({ sections, top }: HelpState, frame: Frame): readonly string[] {
  return scrolledLines(helpLines(sections, frame), { of: sections, top, frame });
}

/** The help. */
export function HelpView({ state, frame }: ViewProps<HelpState>): ReactNode {
  return <Lines lines={helpScreenLines(state, frame)} rows={frame.rows} />;
}
