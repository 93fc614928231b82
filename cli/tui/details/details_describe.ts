/**
 * The details of a model in words.
 *
 * @module
 */
import { formatByteSize } from "../../../core/base/byte_size.ts";
import { plural } from "../../output/humanize.ts";
import { printable } from "../../output/text_width.ts";
import { BARE_THEME } from "../theme.ts";
import type { Frame, ViewProps } from "../screen.ts";
import { knownFacts } from "./details_header.ts";
import type { DetailsState } from "./details_state.ts";
import { emptyText, footText } from "./details_view.tsx";
import { readmeLines } from "./readme_lines.ts";
import type { UnitRow } from "./unit_rows.ts";

/** What is read aloud of a page, when nobody has asked for it. */
const EXCERPT_LINES = 3;

function describeUnit(row: UnitRow, isMarked: boolean): string {
  const { label, isDefault, sizeBytes, files, bitsPerWeight, fits, fitsGpu, local, refused } = row;
  return printable([
    label,
    ...(isMarked ? ["marked"] : []),
    ...(isDefault ? ["the default"] : []),
    formatByteSize(sizeBytes),
    plural(files, "file"),
    ...(bitsPerWeight === undefined ? [] : [`${bitsPerWeight.toFixed(1)} bits a weight`]),
    ...(fits === undefined ? [] : [fits ? "fits the memory" : "too big for the memory"]),
    ...(fitsGpu === undefined ? [] : [fitsGpu ? "fits the GPU" : "too big for the GPU"]),
    ...(local === "" ? [] : [local]),
    ...(refused === undefined ? [] : [`cannot be downloaded: ${refused}`]),
  ].join(", "));
}

function describePage({ page, isReading }: DetailsState, frame: Frame): string[] {
  if (page.kind !== "here") return [];
  const lines = readmeLines(page.blocks, { ...frame, theme: BARE_THEME }).filter((line) => line !== "");
  return ["README:", ...(isReading ? lines : lines.slice(0, EXCERPT_LINES))];
}

/** The lines of the details for ears. */
export function describeDetails({ state, frame }: ViewProps<DetailsState>): string[] {
  const { model, rows, marked, cursor, isReading } = state;
  if (model === undefined) return [emptyText(state)];
  if (isReading) return describePage(state, frame);
  const foot = footText(state);
  return [
    ...knownFacts(model, frame.nowMs).map(([name, value]) => `${name}: ${value}`),
    ...describePage(state, frame),
    "To download:",
    ...rows.map((row, index) => `${index + 1}. ${describeUnit(row, marked.has(row.id))}`),
    ...(rows.length > 1 ? [`Selected: ${cursor.index + 1}`] : []),
    ...(foot === "" ? [] : [foot]),
  ];
}
