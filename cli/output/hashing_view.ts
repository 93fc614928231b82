/**
 * How hashing is followed on standard error: one bar on a terminal, nothing elsewhere.
 *
 * @module
 */
import type { VerifyEvent } from "../../core/operations/model_manager.ts";
import type { Session } from "../session.ts";
import { formatByteSize } from "../../core/base/byte_size.ts";
import { asciiSigns } from "./ascii.ts";
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
  screen: {
    readonly columns: number;
    readonly measure: Measure;
    /** Block characters can be shown. @default {true} */
    readonly unicode?: boolean;
  },
): string {
  const { columns, measure, unicode = true } = screen;
  const { receivedBytes, totalBytes } = overall ?? own;
  const room = columns - 1;
  // In a narrow terminal the name of the file is worth more than its size, and that more than the bar.
  const cells = [
    ...(columns < 60 ? [] : [drawBar(receivedBytes, totalBytes, 20, { unicode })]),
    formatPercent(receivedBytes, totalBytes),
    ...(columns < 40 ? [] : [formatByteSize(totalBytes)]),
  ];
  const right = cells.join("  ");
  const count = overall === undefined || overall.files < 2 ? "" : ` ${overall.filesDone}/${overall.files}`;
  const what = fit(`${VERBS[type]}${count} ${printable(file)}`, Math.max(0, room - right.length - 2), {
    measure,
    cut: "middle",
  });
  const line = fit(`${what}  ${right}`, room, { measure });
  return unicode ? line : asciiSigns(line);
}

/** One bar for all files that are being hashed, with the name of the one that was told of last. */
export async function showHashing(
  { globals, output, terminal, clock }: Pick<Session, "globals" | "output" | "terminal" | "clock">,
): Promise<HashingView> {
  if (!output.canRedraw || !globals.progress || output.mode === "quiet" || globals.verbose > 0) {
    return { handle: () => {}, [Symbol.dispose]: () => {} };
  }
  const measure = await loadMeasure();
  let current: VerifyEvent | undefined;
  const view = new LiveView({
    terminal,
    clock,
    measure,
    frame({ columns }) {
      return current === undefined
        ? []
        : [hashingLine(current, { columns, measure, unicode: output.unicode })];
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
