/**
 * SIGHUP: the terminal is gone. Whoever was started to outlive it has it ignored (`nohup`), and that stays so.
 *
 * @module
 */

/** SIGHUP among the bits of a signal mask. */
const HANGUP_BIT = 1n;

/**
 * Whether a process ignores SIGHUP, by its `/proc/PID/status`.
 *
 * @returns `undefined` when the text does not say.
 */
export function ignoresHangup(status: string): boolean | undefined {
  const mask = /^SigIgn:\s*([0-9a-f]+)\s*$/im.exec(status)?.[1];
  return mask === undefined ? undefined : (BigInt(`0x${mask}`) & HANGUP_BIT) !== 0n;
}

/**
 * Whether to stop when the terminal goes.
 *
 * @param facts.status The text of `/proc/self/status`; `undefined` where there is none, or it may not be read.
 * @param facts.hasTerminal Whether standard output or standard error is a terminal: `nohup` leaves neither.
 */
export function heedsHangup(
  facts: { readonly os: string; readonly status: string | undefined; readonly hasTerminal: boolean },
): boolean {
  if (facts.os === "windows") return false;
  const ignored = facts.status === undefined ? undefined : ignoresHangup(facts.status);
  return ignored === undefined ? facts.hasTerminal : !ignored;
}
