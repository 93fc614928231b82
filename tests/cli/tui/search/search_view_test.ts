import { strictEqual } from "node:assert/strict";
import { SEARCH_SCREEN } from "../../../../cli/tui/search/search_screen.ts";
import { NO_FILTERS } from "../../../../cli/tui/search/search_filters.ts";
import type { SearchState } from "../../../../cli/tui/search/search_state.ts";
import { tuiTheme } from "../../../../cli/tui/theme.ts";
import { drawScreen, FRAME_SIZES, NOW_MS, testFrame } from "../../../support/tui_screens.ts";
import { searchLines } from "../../../../cli/tui/search/search_lines.ts";
import { after, found, model, models, typed } from "./search_fixtures.ts";

const DAY_MS = 86_400_000;
const KNOWN = [
  model("bartowski/Qwen2.5-7B-Instruct-GGUF", { downloads: 3_412_345, likes: 1234, license: "apache-2.0" }),
  model("lmstudio-community/Meta-Llama-3.1-8B-Instruct-GGUF", {
    downloads: 871_000,
    likes: 456,
    parameters: 8_030_261_248,
    license: "llama3.1",
    gated: "manual",
    updatedAt: new Date(NOW_MS - 400 * DAY_MS).toISOString(),
  }),
  model("日本語モデル研究所/とても長い名前の日本語モデル-13B-GGUF", {
    downloads: 12,
    likes: 1,
    license: undefined,
  }),
  model("emoji/🦙🦙👩‍👩‍👧‍👦-llama-GGUF", { private: true, parameters: undefined, architecture: undefined }),
  model(`evil/\x1b[31mred\x1b[0m\u202e${"x".repeat(300)}`, {
    license: "\x07bell",
    task: "\x1b]0;title\x07",
    updatedAt: "never",
    tags: ["\x1b[2J", "a\nb"],
  }),
  ...models(60),
];

const down = { type: "moved", move: "down", rows: 10 } as const;
const listed = [typed("qwen"), found("qwen", KNOWN, { hasMore: true })];
const problem = {
  kind: "error",
  text: "Cannot reach https://huggingface.co: connection refused",
  hints: ["See what is wrong: mm doctor"],
} as const;
const filters = {
  ...NO_FILTERS,
  author: "lmstudio-community",
  license: "apache-2.0",
  minParameters: 1e9,
  maxParameters: 8e9,
  sort: "likes",
  allFormats: true,
} as const;

const STATES: Readonly<Record<string, SearchState>> = {
  "before anything was asked": after(),
  "what is trending, being asked for": after({ type: "asked", phase: "searching" }),
  "what is trending": after(found("", KNOWN.slice(0, 5))),
  "other words, waiting": after(...listed, typed("2"), { type: "asked", phase: "waiting" }),
  "the first result": after(...listed, down, { type: "moved", move: "up", rows: 10 }),
  "a hostile result": after(...listed, down, down, down, down),
  "the last result, loading more": after(...listed, { type: "moved", move: "end", rows: 10 }, {
    type: "asked",
    phase: "loading",
  }),
  "the last of all": after(found("", KNOWN), { type: "moved", move: "end", rows: 10 }),
  "all filters": after(typed("qwen"), { type: "filtered", filters }, found("qwen", KNOWN, { filters })),
  "nothing found": after(typed("xyzzy"), found("xyzzy", [])),
  "nothing found by filters": after({ type: "filtered", filters }, found("", [], { filters })),
  "a failure": after(...listed, down, typed("3"), { type: "failed", problem }),
  "a failure at first": after({ type: "failed", problem }),
  "a long and wide text": after(typed(`${"日本語 ".repeat(20)}the end`)),
};

for (const [name, state] of Object.entries(STATES)) {
  Deno.test(`the search shows ${name}`, async (t) => {
    for (const size of FRAME_SIZES) {
      await t.step(`${size.columns}x${size.rows}`, async (t) => {
        // deno-lint-ignore no-control-regex
        strictEqual(/[\x00-\x09\x0b-\x1f\u202e]/.test(drawScreen(SEARCH_SCREEN, state, size)), false);
        await t.assertSnapshot(drawScreen(SEARCH_SCREEN, state, size));
      });
    }
  });
}

Deno.test("the search fits whatever room there is, in every theme", () => {
  for (const state of Object.values(STATES)) {
    for (let columns = 40; columns <= 130; columns += 6) {
      for (const rows of [10, 13, 14, 24, 60]) drawScreen(SEARCH_SCREEN, state, { columns, rows });
      for (const name of ["dark", "light", "high-contrast"] as const) {
        const theme = tuiTheme(name, { noColor: false });
        const frame = testFrame({ columns, rows: 20, theme });
        const lines = searchLines({ state, frame });
        strictEqual(lines.every((line) => frame.measure(line) <= columns), true);
      }
    }
  }
});

Deno.test("the search draws with ASCII where nothing else can be shown", () => {
  const frame = testFrame({ unicode: false });
  const state = after(typed("x"), found("x", models(3), { hasMore: true }), down);
  const lines = searchLines({ state, frame }).join("\n");
  strictEqual(/^[\x20-\x7e\n]*$/.test(lines), true, lines);
});

Deno.test("the search lays its table out once for the same rows in the same minute", () => {
  const state = after(found("", models(500)), down);
  let measured = 0;
  const measure = (text: string): number => {
    measured++;
    return text.length;
  };
  const draw = (nowMs: number): number => {
    measured = 0;
    searchLines({ state, frame: testFrame({ measure, nowMs }) });
    return measured;
  };
  const first = draw(NOW_MS);
  strictEqual(draw(NOW_MS + 1000) * 5 < first, true);
});
