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
import { fit, loadMeasure, type Measure, printable } from "./text_width.ts";

/** Follows hashing until disposed. */
export interface HashingView extends Disposable {
  handle(event: VerifyEvent): void;
}

const VERBS: Readonly<Record<VerifyEvent["type"], string>> = {
  verifying: "Verifying",
  repairing: "Repairing",
  hashing: "Hashing",
};

/** What one line says: of all files together where that is known, else of the one. */
export function hashingLine(
  { type, file, overall, ...own }: VerifyEvent,
  screen: { readonly columns: number; readonly measure: Measure },
): string {
  const { columns, measure } = screen;
  const { receivedBytes, totalBytes } = overall ?? own;
  const bar = drawBar(receivedBytes, totalBytes, 20);
  const right = `${bar}  ${formatPercent(receivedBytes, totalBytes)}  ${formatByteSize(totalBytes)}`;
  const count = overall === undefined || overall.files < 2 ? "" : ` ${overall.filesDone}/${overall.files}`;
  const room = Math.max(10, columns - 1 - right.length - 2);
  const what = fit(`${VERBS[type]}${count} ${printable(file)}`, room, { measure, cut: "middle" });
  return fit(`${what}  ${right}`, columns - 1, { measure });
}

/** One bar for all files that are being hashed, with the name of the one that was told of last. */
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
      return current === undefined ? [] : [hashingLine(current, { columns, measure })];
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
