/**
 * Lines that have been laid out already, as Ink draws them.
 *
 * @module
 */
/** @jsxImportSource react */
/** @jsxImportSourceTypes @types/react */
import { Box, Text } from "ink";
import { memo, type ReactNode } from "react";

/** One line: drawn anew only when its text changes. */
const Line = memo(function Line({ text }: { readonly text: string }): ReactNode {
  return <Text wrap="truncate">{text === "" ? " " : text}</Text>;
});

/** What {@link Lines} takes. */
export interface LinesProps {
  /** Styled texts, none wider than the room. */
  readonly lines: readonly string[];
  /** Lines of the room: what is beyond is left out, what is missing is blank. @default as many as there are */
  readonly rows?: number;
}

/** Lines below each other. */
export function Lines({ lines, rows = lines.length }: LinesProps): ReactNode {
  const shown = Array.from({ length: Math.max(0, rows) }, (_, index) => lines[index] ?? "");
  return (
    <Box flexDirection="column" height={shown.length}>
      {shown.map((text, index) => <Line key={index} text={text} />)}
    </Box>
  );
}
