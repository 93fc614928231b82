/**
 * The rows of the table of quants: pure.
 *
 * @module
 */
import { formatReference } from "../../../core/base/reference.ts";
import type { ModelDetails, UnitDetails } from "../../../core/operations/model_manager.ts";
import { formatPercent } from "../../output/humanize.ts";
import { isDefaultUnit, isGguf } from "../../output/model_facts.ts";
import type { OpenJob } from "../library/open_jobs.ts";

/** One thing that can be downloaded. */
export interface UnitRow {
  /** Tells it from the others. */
  readonly id: string;
  /** Such as `Q4_K_M`. */
  readonly label: string;
  /** What selects it in a reference; `undefined` for the whole repository. */
  readonly selector: string | undefined;
  /** What a plain pull takes. */
  readonly isDefault: boolean;
  readonly files: number;
  readonly sizeBytes: number;
  /** Bits that a weight takes on the average; `undefined` when the number of weights is not known. */
  readonly bitsPerWeight: number | undefined;
  readonly fits: boolean | undefined;
  readonly fitsGpu: boolean | undefined;
  /** What of it is here, in a word or two; empty when nothing is. */
  readonly local: string;
  readonly tone: "good" | "warning" | "busy";
  /** All of it is here, as the Hub has it. */
  readonly isHere: boolean;
  /** Why it cannot be downloaded; `undefined` when it can. */
  readonly refused: string | undefined;
}

/** More is no number of bits that a weight could have: the number of weights is of another model then. */
const MAX_BITS = 65;

function bitsOf(sizeBytes: number, parameters: number | undefined): number | undefined {
  if (parameters === undefined || parameters <= 0) return undefined;
  const bits = (sizeBytes * 8) / parameters;
  return bits > MAX_BITS || bits < 0.5 ? undefined : bits;
}

type Local = Pick<UnitRow, "local" | "tone" | "isHere">;

function jobLocal({ status, receivedBytes, totalBytes }: OpenJob): Local {
  const word = status === "pending" ? "waiting" : status;
  const share = totalBytes === 0 || receivedBytes === 0 ? "" : ` ${formatPercent(receivedBytes, totalBytes)}`;
  return { local: `${word}${share}`, tone: "busy", isHere: false };
}

function unitLocal({ local, update, refused, complete }: UnitDetails): Local {
  if (refused !== undefined) return { local: "cannot be pulled", tone: "warning", isHere: false };
  if (!complete) return { local: "shards missing on the Hub", tone: "warning", isHere: false };
  if (update === "update available") return { local: update, tone: "warning", isHere: false };
  if (local === "complete") {
    return { local: update === "pinned" ? "here, pinned" : "here", tone: "good", isHere: true };
  }
  return { local: local === "partial" ? "partly here" : "", tone: "warning", isHere: false };
}

function sameText(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
}

/** The job that fetches a unit. */
function jobOf(unit: UnitDetails, model: ModelDetails, jobs: readonly OpenJob[]): OpenJob | undefined {
  return jobs.find(({ target: { repo, selector } }) => {
    if (repo !== model.repo && repo !== model.renamedFrom) return false;
    if (selector === undefined) return isDefaultUnit(model, unit);
    return sameText(selector, unit.label) || sameText(selector, unit.quant) ||
      unit.files.some(({ path }) => path === selector);
  });
}

/** Everything that the repository has, as one row. */
function wholeRow(model: ModelDetails, jobs: readonly OpenJob[]): UnitRow {
  // What belongs to git only is of no use outside of it.
  const others = [...model.companions, ...model.otherFiles].filter(({ path }) => !/(?:^|\/)\.git/.test(path));
  const unitFiles = model.units.flatMap(({ files }) => files);
  const files = [...unitFiles, ...others];
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const weights = model.units.reduce((sum, unit) => sum + unit.sizeBytes, 0);
  const locals = new Set([...model.units, ...others].map(({ local }) => local));
  const job = jobs.find(({ target: { repo, selector } }) => repo === model.repo && selector === undefined);
  const isHere = files.length > 0 && locals.size === 1 && locals.has("complete");
  const isPartly = locals.has("complete") || locals.has("partial");
  return {
    id: "",
    label: "whole repository",
    selector: undefined,
    isDefault: false,
    files: files.length,
    sizeBytes,
    bitsPerWeight: weights === 0 ? undefined : bitsOf(weights, model.parameters),
    fits: model.units.length === 1 ? model.units[0]?.fits : undefined,
    fitsGpu: model.units.length === 1 ? model.units[0]?.fitsGpu : undefined,
    ...(job === undefined
      ? { local: isHere ? "here" : isPartly ? "partly here" : "", tone: isHere ? "good" : "warning", isHere }
      : jobLocal(job)),
    refused: files.length === 0
      ? "it has no files"
      : [...model.units, ...others].map(({ refused }) => refused).find((each) => each !== undefined),
  };
}

/** The rows of a model: its quants, or all of it where there are none to choose from. */
export function unitRows(model: ModelDetails, jobs: readonly OpenJob[]): readonly UnitRow[] {
  if (!isGguf(model)) return [wholeRow(model, jobs)];
  return model.units.map((unit): UnitRow => {
    const job = jobOf(unit, model, jobs);
    const { label, files, sizeBytes, fits, fitsGpu, refused, complete } = unit;
    return {
      id: label,
      label,
      selector: label,
      isDefault: isDefaultUnit(model, unit),
      files: files.length,
      sizeBytes,
      bitsPerWeight: bitsOf(sizeBytes, model.parameters),
      // What cannot be pulled is not going to be run here, whatever its size is.
      fits: refused === undefined ? fits : undefined,
      fitsGpu: refused === undefined ? fitsGpu : undefined,
      ...(job === undefined ? unitLocal(unit) : jobLocal(job)),
      refused: refused ?? (complete ? undefined : "shards of it are missing on the Hub"),
    };
  });
}

/** The reference that downloads a row, as a person would type it. */
export function rowReference(
  { repo, revision }: Pick<ModelDetails, "repo" | "revision">,
  { selector }: Pick<UnitRow, "selector">,
): string {
  return formatReference({ repo, revision: revision === "main" ? undefined : revision, selector });
}

/** Rows that a selector of a reference means: a label, a quant or a file. */
export function selectedIds(model: ModelDetails, selector: string | undefined): readonly string[] {
  if (selector === undefined || !isGguf(model)) return [];
  return model.units.filter(({ label, quant, files }) =>
    sameText(label, selector) || sameText(quant, selector) || files.some(({ path }) => path === selector)
  ).map(({ label }) => label);
}
