/**
 * The search: models on the Hub by words, while they are typed.
 *
 * @module
 */
import type { ScreenDefinition } from "../screen.ts";
import { startSearch } from "./search_controller.ts";
import { describeSearch } from "./search_describe.ts";
import { SEARCH_KEYS, type SearchCommand } from "./search_keys.ts";
import { NO_SEARCH, reduceSearch, type SearchAction, type SearchState } from "./search_state.ts";
import { SearchView } from "./search_view.tsx";

/** The search. Opened with words, it looks for them. */
export const SEARCH_SCREEN: ScreenDefinition<SearchState, SearchAction, SearchCommand> = {
  name: "search",
  title: "Search",
  initial: NO_SEARCH,
  reduce: reduceSearch,
  keys: SEARCH_KEYS,
  isTyping: ({ focus }) => focus === "input",
  start: startSearch,
  View: SearchView,
  describe: describeSearch,
};
