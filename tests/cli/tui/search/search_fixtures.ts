/**
 * Models and states of searches, for tests.
 *
 * @module
 */
import type { ModelManager, ModelSummary, SearchQuery } from "../../../../mod.ts";
import { NO_FILTERS, searchQuery } from "../../../../cli/tui/search/search_filters.ts";
import {
  NO_SEARCH,
  reduceSearch,
  type SearchAction,
  type SearchState,
} from "../../../../cli/tui/search/search_state.ts";
import type { TuiSession } from "../../../../cli/tui/context.ts";
import { NOW_MS } from "../../../support/tui_screens.ts";

/** A model of which little is said. */
export function model(repo: string, change: Partial<ModelSummary> = {}): ModelSummary {
  return {
    repo,
    author: repo.split("/")[0],
    downloads: 1200,
    likes: 34,
    updatedAt: new Date(NOW_MS - 3 * 86_400_000).toISOString(),
    gated: false,
    private: false,
    task: "text-generation",
    tags: ["gguf", "text-generation", "conversational", "en", "license:mit"],
    license: "mit",
    parameters: 7e9,
    architecture: "llama",
    ...change,
  };
}

/** So many models, named by number. */
export function models(count: number, from = 0): readonly ModelSummary[] {
  return Array.from({ length: count }, (_, index) => model(`acme/model-${from + index}`));
}

/** The state after something has happened, from the very beginning on. */
export function after(...actions: readonly SearchAction[]): SearchState {
  return actions.reduce(reduceSearch, NO_SEARCH);
}

/** Somebody types. */
export function typed(text: string): SearchAction {
  return { type: "edited", edit: { type: "insert", text } };
}

/** Somebody has found something by words. */
export function found(
  words: string,
  rows: readonly ModelSummary[],
  { hasMore = false, filters = NO_FILTERS } = {},
): SearchAction {
  return { type: "found", query: searchQuery(words, filters), rows, hasMore };
}

/** What is asked of a Hub, and its answers when a test gives them. */
export class FakeSearch {
  readonly asked: SearchQuery[] = [];
  /** Signals of the questions, in turn. */
  readonly signals: (AbortSignal | undefined)[] = [];
  /** Pages that were read. */
  pagesRead = 0;
  readonly #answers = new Map<string, () => Promise<readonly ModelSummary[]>[]>();

  /** Says what is found by words: pages, or what stands in their place. */
  answer(words: string, pages: () => readonly (readonly ModelSummary[] | Promise<never> | Error)[]): void {
    this.#answers.set(
      words,
      () => pages().map((page) => page instanceof Error ? Promise.reject(page) : Promise.resolve(page)),
    );
  }

  /** The operation. */
  readonly searchPages: ModelManager["searchPages"] = async function* (
    this: FakeSearch,
    query: SearchQuery,
    options: Parameters<ModelManager["searchPages"]>[1] = {},
  ) {
    const { signal } = options;
    this.asked.push(query);
    this.signals.push(signal);
    const pages = this.#answers.get(query.text)?.() ?? [];
    for (const page of pages) page.catch(() => {});
    for (const page of pages) {
      const stopped = new Promise<never>((_, reject) => {
        if (signal?.aborted) reject(signal.reason);
        signal?.addEventListener("abort", () => reject(signal.reason));
      });
      const models = await Promise.race([page, stopped]);
      this.pagesRead++;
      yield models;
    }
  }.bind(this);

  /** The words that were asked for, in turn. */
  get words(): readonly string[] {
    return this.asked.map(({ text }) => text);
  }
}

/** A session of which the answers of the Hub are kept for so many seconds. */
export function sessionWithCache(seconds: number): Partial<TuiSession> {
  const settings = { settings: { cache: { duration: seconds } } };
  return { settings: () => Promise.resolve(settings) } as unknown as Partial<TuiSession>;
}
