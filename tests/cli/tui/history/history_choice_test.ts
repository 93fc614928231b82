import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  choiceWords,
  EVERYTHING,
  filterOf,
  isNarrowed,
  isOfRepo,
  nextOf,
  PERIODS,
} from "../../../../cli/tui/history/history_choice.ts";

Deno.test("filterOf() asks for status and time, and leaves the name to the screen", () => {
  deepStrictEqual(filterOf(EVERYTHING, 1e12), {});
  deepStrictEqual(filterOf({ status: "failed", period: "7d", repo: "llama" }, 1e12), {
    status: "failed",
    endedFromMs: 1e12 - 7 * 86_400_000,
  });
});

Deno.test("isOfRepo() compares parts of names in either case, without the spaces around them", () => {
  strictEqual(isOfRepo({ repo: "acme/Llama-GGUF" }, " LLAMA "), true);
  strictEqual(isOfRepo({ repo: "acme/Llama-GGUF" }, "llama-gguf-2"), false);
  strictEqual(isOfRepo({ repo: "acme/Llama-GGUF" }, ""), true);
});

Deno.test("isNarrowed() is true of everything but all of it", () => {
  strictEqual(isNarrowed(EVERYTHING), false);
  strictEqual(isNarrowed({ ...EVERYTHING, repo: "  " }), false);
  for (const change of [{ status: "failed" }, { period: "1d" }, { repo: "a" }] as const) {
    strictEqual(isNarrowed({ ...EVERYTHING, ...change }), true);
  }
});

Deno.test("choiceWords() says what is looked at, with nothing that a terminal would obey", () => {
  strictEqual(choiceWords(EVERYTHING), "All downloads");
  strictEqual(
    choiceWords({ status: "failed", period: "30d", repo: "\u001b[2J" }),
    'Failed downloads of the last 30 days with "?[2J" in the name',
  );
});

Deno.test("nextOf() goes through all values and begins again", () => {
  deepStrictEqual(PERIODS.map((period) => nextOf(PERIODS, period)), ["1d", "7d", "30d", "all"]);
});
