/**
 * The search for ears: pure.
 *
 * @module
 */
import type { ModelSummary } from "../../../mod.ts";
import { printable } from "../../output/text_width.ts";
import type { ViewProps } from "../screen.ts";
import type { SearchState } from "./search_state.ts";
import { emptyWords, FACTS, filterWords, resultsTitle, statusWords, updatedWords } from "./search_words.ts";

function describeModel(model: ModelSummary, nowMs: number): string {
  const { downloads, likes, parameters, license, access } = FACTS;
  const facts = [downloads, likes, parameters, license].map((fact) => fact(model));
  return [...facts, updatedWords(model, nowMs), access(model)].filter((fact) => fact !== "").join(", ");
}

/** What was searched for, what came of it, and the models by number. */
export function describeSearch({ state, frame }: ViewProps<SearchState>): readonly string[] {
  const { field, problem, answered, rows } = state;
  const filters = filterWords(state).map(({ label, value }) => label === "" ? value : `${label} ${value}`);
  const status = statusWords({ ...state, focus: "input" }, { dots: "", separator: ", " });
  return [
    field.text.trim() === "" ? "Search: nothing is typed" : `Search: ${field.text}`,
    `Filters: ${filters.join(", ")}`,
    ...(problem === undefined
      ? []
      : [`Error: ${problem.text}`, ...problem.hints.map((hint) => `Hint: ${hint}`)]),
    ...(answered === undefined || rows.length === 0 ? [] : [resultsTitle(answered)]),
    ...rows.map((model, index) => `${index + 1}. ${model.repo}: ${describeModel(model, frame.nowMs)}`),
    ...emptyWords(state, ""),
    ...(status === "" ? [] : [`Now: ${status}`]),
  ].map(printable);
}
