/**
 * When it is time to tell what came of a line.
 *
 * @module
 */
import type { Clock } from "../../../core/base/clock.ts";
import type { Tui } from "../tui.ts";

/** How often what is under way is looked at. */
const LOOK_MS = 50;
/** Nothing has changed for so long: it is time to tell. Text that is typed is looked for after 500 ms. */
const QUIET_MS = { interactive: 200, piped: 700 } as const;
/** It is told then, whatever is still under way. */
const PATIENCE_MS = { interactive: 3_000, piped: 30_000 } as const;

/** How it is waited. */
export interface SettleOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Somebody types: they can see for themselves whether it is time for the next line. */
  readonly isInteractive: boolean;
  /** Not longer than this. @default 3 s where somebody types, else 30 s */
  readonly patienceMs?: number | undefined;
  /** What the screen says, to be compared. */
  readonly shape: () => unknown;
  /** Something has to change first. @default {false} */
  readonly forChange?: boolean | undefined;
}

/** Everything that may change, to be compared. */
function facts(tui: Tui, shape: () => unknown): readonly unknown[] {
  const { screen, dialogs, message } = tui.store.get();
  return [screen, dialogs[0], message, shape()];
}

/** Returns when nothing changes any more, somebody is asked something, or it takes too long. */
export async function settlePlain(tui: Tui, options: SettleOptions): Promise<void> {
  const { clock, signal, isInteractive, patienceMs, shape, forChange = false } = options;
  const kind = isInteractive ? "interactive" : "piped";
  const startMs = clock.monotonic();
  let before = facts(tui, shape);
  let changedMs: number | undefined = forChange ? undefined : startMs;
  for (;;) {
    try {
      await clock.sleep(LOOK_MS, { signal });
    } catch {
      return;
    }
    const nowMs = clock.monotonic();
    const now = facts(tui, shape);
    if (now.some((fact, index) => fact !== before[index])) changedMs = nowMs;
    before = now;
    if (tui.store.get().dialogs.length > 0) return;
    if (nowMs - startMs >= (patienceMs ?? PATIENCE_MS[kind])) return;
    const isQuiet = changedMs !== undefined && nowMs - changedMs >= QUIET_MS[kind];
    if (isQuiet && !tui.current.isBusy()) return;
  }
}
