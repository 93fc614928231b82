/**
 * Small facts that follow from a model's record.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { HostedModel, JsonValue } from "./model_source.ts";

/** Whether anyone may have the files without asking. */
export function isModelPublic(model: HostedModel): boolean {
  return !model.private && model.gated === false;
}

/** The repository's inner number: 24 hexadecimal digits, the same for the same name. */
export function repositoryNumber(repo: string): string {
  return createHash("sha1").update(`repository ${repo}`).digest("hex").slice(0, 24);
}

/** Who published the model: what stands before the slash, when nothing else is said. */
export function authorOf(model: HostedModel): string | undefined {
  return model.author ?? (model.id.includes("/") ? model.id.split("/")[0] : undefined);
}

/** The models it was made from, as its card names them. */
export function baseModelsOf(model: HostedModel): readonly string[] {
  const value: JsonValue | undefined = model.cardData?.["base_model"];
  const list = Array.isArray(value) ? value : [value];
  return list.filter((item) => typeof item === "string");
}
