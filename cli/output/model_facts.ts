/**
 * The facts of a model on the Hub, for people.
 *
 * @module
 */
import type { ModelDetails, UnitDetails } from "../../core/operations/model_manager.ts";
import { formatCount, formatDateAge, plural } from "./humanize.ts";

/** A fact by its name; `undefined` where it is not known, or not worth a word. */
export type ModelFact = readonly [name: string, value: string | undefined];

/** Everything that is known of a model as a whole. */
export function modelFacts(model: ModelDetails, nowMs: number): readonly ModelFact[] {
  const access = [
    ...(model.private ? ["private"] : []),
    ...(model.gated === false
      ? []
      : [`gated (${model.gated === "auto" ? "granted at once" : "granted by the authors"})`]),
  ];
  return [
    ["Model", model.repo],
    ["Renamed from", model.renamedFrom],
    ["Page", model.url],
    ["Revision", `${model.revision} (${model.commit.slice(0, 12)})`],
    ["Access", access.length === 0 ? undefined : access.join(", ")],
    ["Task", model.task],
    ["Parameters", model.parameters === undefined ? undefined : formatCount(model.parameters)],
    ["Architecture", model.architecture],
    [
      "Context length",
      model.contextLength === undefined ? undefined : plural(model.contextLength, "token"),
    ],
    ["License", model.license],
    ["Base model", model.baseModels.length === 0 ? undefined : model.baseModels.join(", ")],
    ["Downloads", formatCount(model.downloads)],
    ["Likes", formatCount(model.likes)],
    ["Updated", formatDateAge(model.updatedAt, nowMs) || undefined],
  ];
}

/** Whether a plain pull takes the unit. */
export function isDefaultUnit(
  model: ModelDetails,
  { label, quant }: Pick<UnitDetails, "label" | "quant">,
): boolean {
  return model.defaultQuant !== undefined && (model.defaultQuant === label || model.defaultQuant === quant);
}

/** Units are of GGUF files, or else of safetensors, which are of no use without the other files. */
export function isGguf({ units }: ModelDetails): boolean {
  return units.some(({ files }) => files.some(({ path }) => /\.gguf$/i.test(path)));
}
