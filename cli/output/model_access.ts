/**
 * Who may have a model, in a word.
 *
 * @module
 */
import type { ModelSummary } from "../../mod.ts";

/** Marks a model that has to be asked for, or that only its owners see; empty for what everybody can have. */
export function gatedMark(
  { gated, private: hidden }: Pick<ModelSummary, "gated" | "private">,
): "" | "gated" | "private" {
  return hidden ? "private" : gated === false ? "" : "gated";
}
