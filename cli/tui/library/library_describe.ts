/**
 * The library in words.
 *
 * @module
 */
import { formatByteSize } from "../../../core/base/byte_size.ts";
import { formatDateAge, formatNumber, formatPercent } from "../../output/humanize.ts";
import { printable } from "../../output/text_width.ts";
import type { ViewProps } from "../screen.ts";
import { countText, daemonText, downloadsText, spaceText } from "./library_header.ts";
import { stateAdvice } from "./library_notes.ts";
import type { LibraryRow } from "./library_rows.ts";
import { type LibraryState, selectedRow } from "./library_state.ts";
import { emptyText } from "./library_view.tsx";

function describeRow({ reference, sizeBytes, type, date, badge }: LibraryRow, nowMs: number): string {
  const age = formatDateAge(date, nowMs);
  return printable([
    reference,
    badge,
    ...(sizeBytes === 0 ? [] : [formatByteSize(sizeBytes)]),
    ...(type === "" ? [] : [type]),
    ...(age === "" ? [] : [`downloaded ${age}`]),
  ].join(", "));
}

/** The lines of the library for ears. */
export function describeLibrary({ state, frame }: ViewProps<LibraryState>): string[] {
  const { space, daemon, rows, total, filter, sort, isChecking, verifying, cursor } = state;
  const downloads = downloadsText(frame.downloads);
  const selected = selectedRow(state);
  const advice = selected === undefined ? "" : stateAdvice(selected);
  return [
    `Library: ${countText(state)}${space === undefined ? "" : ` in ${printable(space.modelsDir)}`}`,
    ...(space === undefined ? [] : [`Disk: ${spaceText(space)}`]),
    `Daemon: ${daemonText(daemon)}`,
    ...(downloads === "" ? [] : [`Downloads: ${downloads}`]),
    ...(isChecking ? ["Checking for updates"] : []),
    ...(verifying === undefined ? [] : [
      `Verifying ${printable(verifying.reference)}: ${
        formatPercent(verifying.receivedBytes, verifying.totalBytes)
      }`,
    ]),
    ...(filter === ""
      ? []
      : [`Filter "${printable(filter)}": ${formatNumber(rows.length)} of ${formatNumber(total)}`]),
    ...(rows.length > 1 ? [`Ordered by ${sort}`] : []),
    ...(rows.length === 0 ? [emptyText(state)] : []),
    ...rows.map((row, index) => `${index + 1}. ${describeRow(row, frame.nowMs)}`),
    ...(selected === undefined ? [] : [`Selected: ${cursor.index + 1}${advice === "" ? "" : `. ${advice}`}`]),
  ];
}
