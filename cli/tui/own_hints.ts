/**
 * Hints of the command line as they are true inside the terminal UI: pure.
 *
 * @module
 */

/** There is no command here to be run again; what was done is done again by its key. */
export function ownHint(hint: string): string {
  return hint.replace(
    /\b([Rr])un the same command again\b/g,
    (_, first: string) => first === "R" ? "Try it again" : "try it again",
  );
}

/** Whether a hint says nothing but to try it again, which is said here by its key. */
export function saysOnlyAgain(hint: string): boolean {
  return /^(?:then )?(?:run the same command|try it) again(?:: (?:what has arrived is kept|it goes on with what has arrived))?$/i
    .test(hint);
}
