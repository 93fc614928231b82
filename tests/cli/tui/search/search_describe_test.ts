import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { describeSearch } from "../../../../cli/tui/search/search_describe.ts";
import type { SearchState } from "../../../../cli/tui/search/search_state.ts";
import { testFrame } from "../../../support/tui_screens.ts";
import { after, found, model, typed } from "./search_fixtures.ts";

const frame = testFrame();
const say = (state: SearchState) => describeSearch({ state, frame });

Deno.test("describeSearch() says what was found, by number", () => {
  const rows = [model("acme/tiny"), model("acme/big", { gated: "auto", likes: 1, parameters: undefined })];
  deepStrictEqual(say(after(typed("acme"), found("acme", rows, { hasMore: true }))), [
    "Search: acme",
    "Filters: Author any, License any, Size any, most downloaded first, GGUF only",
    'Results for "acme"',
    "1. acme/tiny: 1.2k downloads, 34 likes, 7.0B parameters, license mit, updated 3 days ago",
    "2. acme/big: 1.2k downloads, 1 like, license mit, updated 3 days ago, gated",
    "Now: 2 models, more below",
  ]);
});

Deno.test("describeSearch() says what is asked for, and what to do", () => {
  deepStrictEqual(say(after({ type: "asked", phase: "waiting" })).slice(2), ["Asking the Hub"]);
  deepStrictEqual(say(after(typed("xyz"), found("xyz", []))).slice(2), [
    'No models match "xyz".',
    "Try fewer words, or press Ctrl+F and then F to look among all formats.",
  ]);
});

Deno.test("describeSearch() says what went wrong, and what is still there", () => {
  const problem = { kind: "error", text: "Cannot reach the Hub", hints: ["See why: mm doctor"] } as const;
  deepStrictEqual(say(after(found("", [model("acme/tiny")]), { type: "failed", problem })).slice(2), [
    "Error: Cannot reach the Hub",
    "Hint: See why: mm doctor",
    "Trending on the Hub",
    "1. acme/tiny: 1.2k downloads, 34 likes, 7.0B parameters, license mit, updated 3 days ago",
    "Now: 1 model, failed: Enter tries again",
  ]);
});

Deno.test("describeSearch() lets no control characters through", () => {
  const text = say(after(found("", [model("evil/\x1b[31mred\x07")]))).join("");
  // deno-lint-ignore no-control-regex
  strictEqual(/[\x00-\x1f]/.test(text), false);
});
