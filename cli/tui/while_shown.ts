/**
 * What is done again and again, but only while a screen is shown.
 *
 * @module
 */
import type { TuiContext } from "./context.ts";

/** On a slow disk it is done less often: for this part of the time at most. */
const SHARE = 0.05;

/** What is done. */
export interface ShownWork {
  /** Said to whoever uses the screen when it fails; that ends it, until the screen is shown again. */
  readonly look: () => Promise<void>;
  /** The pause before each. */
  readonly everyMs: number;
}

/** Work that follows a screen. */
export interface WhileShown {
  /** The screen is shown. @returns whether it was not before */
  begin(): boolean;
  /** Another screen is shown. */
  end(): void;
}

/** Work that waits for its screen. */
export function whileShown(
  { clock, signal, shell }: Pick<TuiContext, "clock" | "signal" | "shell">,
  { look, everyMs }: ShownWork,
): WhileShown {
  let shown: AbortController | undefined;
  const lookAround = async (ended: AbortSignal): Promise<void> => {
    let tookMs = 0;
    for (;;) {
      await clock.sleep(Math.max(everyMs, tookMs / SHARE), { signal: ended }).catch(() => {});
      if (ended.aborted) return;
      const startMs = clock.monotonic();
      await look();
      tookMs = clock.monotonic() - startMs;
    }
  };
  return {
    begin() {
      if (shown !== undefined) return false;
      shown = new AbortController();
      lookAround(AbortSignal.any([signal, shown.signal])).catch((error) => shell.fail(error));
      return true;
    },
    end() {
      shown?.abort();
      shown = undefined;
    },
  };
}
