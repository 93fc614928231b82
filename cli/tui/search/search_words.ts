/**
 * The search in words, for the eye and for the ear: pure.
 *
 * @module
 */
import type { ModelSummary, SearchQuery } from "../../../mod.ts";
import { countOf, formatCount, formatDateAge, formatNumber, plural } from "../../output/humanize.ts";
import { gatedMark } from "../../output/model_access.ts";
import { SORT_WORDS } from "./search_dialogs.ts";
import { sizeWords } from "./search_filters.ts";
import { currentQuery, isAnswered, type SearchState } from "./search_state.ts";

/** A filter in words. */
export interface FilterWords {
  /** Such as `License`; empty where the value says it all. */
  readonly label: string;
  readonly value: string;
  /** Whether a person has chosen it. */
  readonly isChosen: boolean;
}

/** The filters, each in words. */
export function filterWords(state: Pick<SearchState, "field" | "filters">): readonly FilterWords[] {
  const { author, license, minParameters, maxParameters, sort, allFormats } = state.filters;
  const { sort: effective = "downloads" } = currentQuery(state);
  const isSized = minParameters !== undefined || maxParameters !== undefined;
  return [
    { label: "Author", value: author ?? "any", isChosen: author !== undefined },
    { label: "License", value: license ?? "any", isChosen: license !== undefined },
    { label: "Size", value: sizeWords(state.filters), isChosen: isSized },
    { label: "", value: `${SORT_WORDS[effective]} first`, isChosen: sort !== undefined },
    { label: "", value: allFormats ? "all formats" : "GGUF only", isChosen: allFormats },
  ];
}

/** Of what search the results are. */
export function resultsTitle({ text, sort = "downloads" }: SearchQuery): string {
  if (text !== "") return `Results for "${text}"`;
  return sort === "trending" ? "Trending on the Hub" : `On the Hub, ${SORT_WORDS[sort]} first`;
}

/** What is being asked. */
function askingWords(state: SearchState, dots: string): string {
  const { text } = currentQuery(state);
  return text === "" ? `Asking the Hub${dots}` : `Searching for "${text}"${dots}`;
}

/** What happens, and how many there are; empty where {@link emptyWords} says it. */
export function statusWords(
  state: SearchState,
  { dots, separator }: { readonly dots: string; readonly separator: string },
): string {
  const { phase, rows, hasMore, focus, cursor, problem } = state;
  if (phase === "waiting" || phase === "searching") return rows.length === 0 ? "" : askingWords(state, dots);
  const again = `failed: ${focus === "input" ? "Enter" : "R"} tries again`;
  if (rows.length === 0) return problem === undefined ? "" : again;
  const known = `${formatNumber(rows.length)}${hasMore ? "+" : ""}`;
  const count = focus === "results"
    ? `${formatNumber(cursor.index + 1)} of ${known}`
    : plural(rows.length, "model");
  if (problem !== undefined && phase === "idle") return count + separator + again;
  const more = phase === "loading" ? `loading more${dots}` : hasMore ? "more below" : "no more";
  return count + separator + more;
}

/** What to do when nothing was found, or nothing was asked yet; empty while there is something to see. */
export function emptyWords(state: SearchState, dots: string): readonly string[] {
  const { rows, phase, problem, answered, filters } = state;
  if (rows.length > 0) return [];
  if (phase !== "idle") return [askingWords(state, dots)];
  if (problem !== undefined) return [];
  if (answered === undefined || !isAnswered(state)) return ["Type what you look for."];
  const isNarrowed = filterWords(state).some(({ isChosen, label }) => isChosen && label !== "");
  return [
    answered.text === "" ? "No models match these filters." : `No models match "${answered.text}".`,
    isNarrowed
      ? "Press Ctrl+F to change the filters."
      : filters.allFormats
      ? "Try other words, or fewer."
      : "Try fewer words, or press Ctrl+F and then F to look among all formats.",
  ];
}

/** Facts of a model, each in words. */
export const FACTS = {
  downloads: ({ downloads }: ModelSummary): string => countOf(downloads, "download"),
  likes: ({ likes }: ModelSummary): string => countOf(likes, "like"),
  parameters: ({ parameters }: ModelSummary): string =>
    parameters === undefined ? "" : `${formatCount(parameters)} parameters`,
  license: ({ license }: ModelSummary): string => license === undefined ? "" : `license ${license}`,
  task: ({ task }: ModelSummary): string => task ?? "",
  architecture: ({ architecture }: ModelSummary): string => architecture ?? "",
  access: gatedMark,
} as const;

/** When a model was changed. */
export function updatedWords({ updatedAt }: ModelSummary, nowMs: number): string {
  const age = formatDateAge(updatedAt, nowMs);
  return age === "" ? "" : `updated ${age}`;
}

/** Tags of the Hub's own services, which say nothing of a model that is run at home. */
const SERVICE_TAGS = ["autotrain_compatible", "endpoints_compatible", "text-generation-inference"];

/** Tags that say something which is not said elsewhere. */
export function otherTags({ tags, task, architecture, author }: ModelSummary): readonly string[] {
  const said = new Set(["gguf", task, architecture, author, ...SERVICE_TAGS]);
  return tags.filter((tag) => !said.has(tag) && !tag.includes(":"));
}
