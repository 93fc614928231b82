/**
 * What is said of a screen, in as few lines as will do: pure.
 *
 * @module
 */

/** Lines that are said at once; for the others there is `more`. */
export const PAGE_LINES = 30;

/** A part of what there is to say. */
export interface PlainPage {
  readonly lines: readonly string[];
  /** What `more` says. */
  readonly rest: readonly string[];
}

/** The first lines of many. */
export function firstPage(lines: readonly string[]): PlainPage {
  // The line about what is left out takes the place of one.
  if (lines.length <= PAGE_LINES + 1) return { lines, rest: [] };
  const rest = lines.slice(PAGE_LINES);
  return { lines: [...lines.slice(0, PAGE_LINES), `${rest.length} more lines: type more`], rest };
}

/** Lines that were not there before, each as often as it is new. */
export function newLines(before: readonly string[], after: readonly string[]): string[] {
  const known = new Map<string, number>();
  for (const line of before) known.set(line, (known.get(line) ?? 0) + 1);
  return after.filter((line) => {
    const count = known.get(line) ?? 0;
    if (count > 0) known.set(line, count - 1);
    return count === 0;
  });
}

/** What to say when a screen has changed: what is new, or all of it when much of it is new, or has gone. */
export function changedLines(before: readonly string[], after: readonly string[]): readonly string[] {
  const added = newLines(before, after);
  const removed = newLines(after, before);
  return added.length + removed.length > after.length / 2 ? after : added;
}
