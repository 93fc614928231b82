/**
 * What stands above the quants: the facts of the model. Pure.
 *
 * @module
 */
import { formatByteSize } from "../../../core/base/byte_size.ts";
import type { ModelDetails } from "../../../core/operations/model_manager.ts";
import { countOf, formatCount } from "../../output/humanize.ts";
import { type ModelFact, modelFacts } from "../../output/model_facts.ts";
import { fit, pad, printable } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import { wrapText } from "../widgets/wrap_text.ts";

/** They have lines of their own. */
const ELSEWHERE: readonly string[] = ["Model", "Page", "Revision"];
const GAP = 3;
/** Of the names of facts. */
const NAME_WIDTH = 14;

/** Memory that the quants are judged by. */
export function memoryText({ memoryBytes, gpuMemoryBytes }: ModelDetails): string | undefined {
  const parts = [
    ...(memoryBytes === undefined ? [] : [`RAM ${formatByteSize(memoryBytes)}`]),
    ...(gpuMemoryBytes === undefined ? [] : [`GPU ${formatByteSize(gpuMemoryBytes)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(", ");
}

/** The facts that are known, with the memory of this machine. */
export function knownFacts(model: ModelDetails, nowMs: number): readonly (readonly [string, string])[] {
  const facts: readonly ModelFact[] = [...modelFacts(model, nowMs), ["This machine", memoryText(model)]];
  return facts.flatMap(([name, value]) => value === undefined ? [] : [[name, printable(value)] as const]);
}

function titleLine({ repo, revision, commit }: ModelDetails, { columns, theme, measure }: Frame): string {
  const at = ` @ ${revision.slice(0, 40)}${commit.startsWith(revision) ? "" : ` (${commit.slice(0, 12)})`}`;
  const name = printable(repo);
  if (measure(name) + measure(at) <= columns) return theme.bold(name) + theme.dim(printable(at));
  return theme.bold(fit(name, columns, { measure, cut: "middle" }));
}

/** Facts beside each other, read downward. */
function grid(facts: readonly (readonly [string, string])[], { columns, theme, measure }: Frame): string[] {
  const width = Math.floor((columns - GAP) / 2);
  const height = Math.ceil(facts.length / 2);
  const cell = ([name, value]: readonly [string, string]): string =>
    pad(theme.dim(name.padEnd(NAME_WIDTH)) + fit(` ${value}`, width - NAME_WIDTH, { measure }), width, {
      measure,
    });
  return Array.from({ length: height }, (_, index) => {
    const left = facts[index];
    const right = facts[index + height];
    return `${left === undefined ? "" : cell(left)}${" ".repeat(GAP)}${
      right === undefined ? "" : cell(right)
    }`.trimEnd();
  });
}

/** The facts in a sentence. */
function compactFacts(model: ModelDetails): string {
  const { parameters, architecture, license, downloads, likes, gated, task } = model;
  return [
    ...(gated === false ? [] : ["gated"]),
    ...(model.private ? ["private"] : []),
    ...(architecture === undefined ? [] : [architecture]),
    ...(parameters === undefined ? [] : [`${formatCount(parameters)} parameters`]),
    ...(license === undefined ? [] : [license]),
    countOf(downloads, "download"),
    countOf(likes, "like"),
    ...(task === undefined ? [] : [task]),
  ].map(printable).join(", ");
}

/** The lines above the table: fewer where there is less room. */
export function detailsHeader(model: ModelDetails, frame: Frame): string[] {
  const { columns, rows, nowMs, theme, measure } = frame;
  const title = titleLine(model, frame);
  if (columns >= 80 && rows >= 20) {
    const facts = knownFacts(model, nowMs).filter(([name]) => !ELSEWHERE.includes(name));
    const page = theme.dim(fit(printable(model.url), columns, { measure, cut: "middle" }));
    return [title, page, ...grid(facts, frame), ""];
  }
  const most = rows < 14 ? 1 : columns >= 60 ? 2 : 3;
  const facts = wrapText(compactFacts(model), columns, measure);
  const shown = facts.length <= most
    ? facts
    : [...facts.slice(0, most - 1), fit(facts.slice(most - 1).join(" "), columns, { measure })];
  return [title, ...shown.map((line) => theme.dim(line)), ...(rows < 14 ? [] : [""])];
}
