/**
 * How much of something is done, as a bar: pure.
 *
 * @module
 */
import { drawBar } from "../../output/progress_frame.ts";
import type { Frame } from "../screen.ts";

/** A bar of so many columns; full only when all is done. What is done and what is left differ without colours, too. */
export function progressBar(
  { part, whole, width }: { readonly part: number; readonly whole: number; readonly width: number },
  { theme, unicode }: Pick<Frame, "theme" | "unicode">,
): string {
  const bar = drawBar(part, whole, width);
  const filled = bar.lastIndexOf("█") + 1;
  const [done, rest] = unicode ? ["█", "░"] : ["#", "-"];
  return theme.bar(done.repeat(filled)) + theme.barRest(rest.repeat(Math.max(0, width - filled)));
}
