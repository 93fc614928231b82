/**
 * What goes wrong again and again, said once.
 *
 * @module
 */
import { isModelManagerError } from "../../../core/base/errors.ts";
import type { TuiContext } from "../context.ts";

/** Says what is wrong. */
export interface Complaint {
  /** Says it, unless it was said last: it is tried again each second. */
  say(error: unknown): void;
  /** It went well meanwhile: the same is worth saying again. */
  forget(): void;
}

/** Nothing is wrong so far. */
export function createComplaint({ shell, signal }: Pick<TuiContext, "shell" | "signal">): Complaint {
  let said = "";
  return {
    say(error) {
      if (signal.aborted || (isModelManagerError(error) && error.code === "CANCELLED")) return;
      const text = error instanceof Error ? error.message : String(error);
      if (text === said) return;
      said = text;
      shell.fail(error);
    },
    forget() {
      said = "";
    },
  };
}
