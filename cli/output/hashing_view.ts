/**
 * How hashing is followed on standard error: one bar on a terminal, nothing elsewhere.
 *
 * @module
 */
import type { VerifyEvent } from "../../core/operations/model_manager.ts";
import type { Session } from "../session.ts";
import { formatByteSize } from "../../core/base/byte_size.ts";
import { formatPercent } from "./humanize.ts";
import { LiveView } from "./live_view.ts";
import { drawBar } from "./progress_frame.ts";
import { fit, loadMeasure, printable } from "./text_width.ts";

/** Follows hashing until disposed. */
export interface HashingView extends Disposable {
  handle(event: VerifyEvent): void;
}

/** One bar for the file that is being hashed. */
export async function showHashing(
  { globals, output, terminal, clock }: Pick<Session, "globals" | "output" | "terminal" | "clock">,
): Promise<HashingView> {
  if (!terminal.stderrIsTerminal || !globals.progress || output.mode === "quiet" || globals.verbose > 0) {
    return { handle: () => {}, [Symbol.dispose]: () => {} };
  }
  const measure = await loadMeasure();
  let current: VerifyEvent | undefined;
  const view = new LiveView({
    terminal,
    clock,
    measure,
    frame({ columns }) {
      if (current === undefined) return [];
      const { receivedBytes, totalBytes } = current;
      const bar = drawBar(receivedBytes, totalBytes, 20);
      const right = `${bar}  ${formatPercent(receivedBytes, totalBytes)}  ${formatByteSize(totalBytes)}`;
      const verb = current.type === "repairing" ? "Repairing" : "Verifying";
      const name = fit(`${verb} ${printable(current.file)}`, Math.max(10, columns - 1 - right.length - 2), {
        measure,
        cut: "middle",
      });
      return [fit(`${name}  ${right}`, columns - 1, { measure })];
    },
  });
  const attached = output.attach(view);
  return {
    handle: (event) => current = event,
    [Symbol.dispose]() {
      attached[Symbol.dispose]();
      view[Symbol.dispose]();
    },
  };
}
