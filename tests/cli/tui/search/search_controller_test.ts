import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import { DEBOUNCE_MS } from "../../../../cli/tui/search/search_controller.ts";
import { PAGE_SIZE } from "../../../../cli/tui/search/search_listing.ts";
import { SEARCH_SCREEN } from "../../../../cli/tui/search/search_screen.ts";
import { isAnswered, selectedModel } from "../../../../cli/tui/search/search_state.ts";
import { settle } from "../../../support/test_clock.ts";
import { startTestScreen } from "../../../support/tui_screens.ts";
import { FakeSearch, models, sessionWithCache } from "./search_fixtures.ts";

const OFFLINE = new ModelManagerError("NETWORK_ERROR", "Cannot reach the Hub", {
  hints: ["See why: mm doctor"],
});

/** A Hub that knows `llama` (three models), `many` (three pages) and what is trending (two). */
function start({ cacheSeconds = 300 } = {}) {
  const search = new FakeSearch();
  search.answer("", () => [models(2, 900)]);
  search.answer("llama", () => [models(3)]);
  search.answer("many", () => [0, 1, 2].map((page) => models(PAGE_SIZE, page * PAGE_SIZE)));
  const screen = startTestScreen(SEARCH_SCREEN, {
    manager: { searchPages: search.searchPages },
    session: sessionWithCache(cacheSeconds),
  });
  return {
    search,
    ...screen,
    type: (text: string) => screen.controller.type?.(text),
    enter: async (words?: string) => await screen.controller.enter?.(words),
    get state() {
      return screen.store.get();
    },
  };
}

Deno.test("the search shows what is trending before anything is typed", async () => {
  const screen = start();
  await screen.enter();
  deepStrictEqual(screen.search.asked, [{ text: "", sort: "trending", allFormats: false }]);
  deepStrictEqual([screen.state.rows.length, screen.state.focus], [2, "input"]);
});

Deno.test("the search asks once, half a second after the last key", async () => {
  const screen = start();
  await screen.enter();
  for (const letter of "llama") {
    screen.type(letter);
    await screen.clock.advance(DEBOUNCE_MS - 1);
  }
  deepStrictEqual([screen.search.words, screen.state.phase], [[""], "waiting"]);
  await screen.clock.advance(1);
  await settle();
  deepStrictEqual([screen.search.words, screen.state.phase, screen.state.rows.length], [
    ["", "llama"],
    "idle",
    3,
  ]);
  strictEqual(DEBOUNCE_MS, 500);
  strictEqual(screen.clock.sleeping, 0);
});

Deno.test("the search asks nothing for spaces and moves in the text", async () => {
  const screen = start();
  await screen.enter("llama");
  screen.type(" ");
  for (const key of ["left", "home", "end", "backspace"]) await screen.press(key);
  await screen.clock.advance(5000);
  deepStrictEqual(screen.search.words, ["llama"]);
});

Deno.test("the search drops the answer to words that are not those any more", async () => {
  const screen = start();
  await screen.enter();
  const slow = Promise.withResolvers<never>();
  screen.search.answer("slow", () => [slow.promise]);
  screen.type("slow");
  await screen.clock.advance(DEBOUNCE_MS);
  strictEqual(screen.state.phase, "searching");
  await screen.press("ctrl+u");
  await settle();
  strictEqual(screen.search.signals[1]?.aborted, true);
  screen.type("llama");
  await screen.clock.advance(DEBOUNCE_MS);
  await settle();
  deepStrictEqual([screen.state.answered?.text, screen.state.rows.length, screen.state.problem], [
    "llama",
    3,
    undefined,
  ]);
});

Deno.test("the search shows a search that was made a short time ago at once", async () => {
  const screen = start();
  await screen.enter("llama");
  await screen.enter("many");
  await screen.press("ctrl+u");
  screen.type("llama");
  await settle();
  deepStrictEqual([screen.state.answered?.text, screen.state.phase], ["llama", "idle"]);
  deepStrictEqual(screen.search.words, ["llama", "many"]);
  const uncached = start({ cacheSeconds: 0 });
  await uncached.enter("llama");
  await uncached.enter("many");
  await uncached.enter("llama");
  deepStrictEqual(uncached.search.words, ["llama", "many", "llama"]);
});

Deno.test("the search asks at once on Enter, and goes to the results", async () => {
  const screen = start();
  await screen.enter();
  screen.type("llama");
  await screen.press("enter");
  deepStrictEqual([screen.state.focus, screen.state.rows.length], ["results", 3]);
  await screen.clock.advance(5000);
  deepStrictEqual(screen.search.words, ["", "llama"]);
  // What is there already is not asked for again.
  await screen.press("/");
  await screen.press("enter");
  deepStrictEqual([screen.state.focus, screen.search.words.length], ["results", 2]);
});

Deno.test("the search goes between words and results, and opens the details", async () => {
  const screen = start();
  await screen.enter("llama");
  for (const key of ["down", "down", "enter"]) strictEqual(await screen.press(key), true);
  deepStrictEqual(screen.shell.opened, [["details", "acme/model-1"]]);
  await screen.press("up");
  strictEqual(screen.state.focus, "results");
  await screen.press("up");
  strictEqual(screen.state.focus, "input");
  strictEqual(await screen.press("escape"), false);
  await screen.press("down");
  await screen.press("escape");
  strictEqual(screen.state.focus, "input");
});

Deno.test("the search is as it was when one comes back from the details", async () => {
  const screen = start();
  await screen.enter("llama");
  for (const key of ["down", "down", "enter"]) await screen.press(key);
  screen.controller.leave?.();
  const { state } = screen;
  await screen.enter();
  strictEqual(screen.state, state);
  deepStrictEqual(screen.search.words, ["llama"]);
  // Who comes from elsewhere wants to type.
  screen.controller.leave?.();
  await screen.enter();
  deepStrictEqual([screen.state.focus, screen.state.field.text], ["input", "llama"]);
});

Deno.test("the search stops asking when it is left, and asks again when one comes back", async () => {
  const screen = start();
  await screen.enter();
  screen.type("llama");
  screen.controller.leave?.();
  await settle();
  strictEqual(screen.state.phase, "idle");
  await screen.clock.advance(5000);
  deepStrictEqual([screen.search.words, screen.clock.sleeping], [[""], 0]);
  await screen.enter();
  deepStrictEqual([screen.search.words, screen.state.rows.length], [["", "llama"], 3]);
});

Deno.test("the search loads more when the cursor comes near the end, once", async () => {
  const screen = start();
  await screen.enter("many");
  strictEqual(screen.state.hasMore, true);
  await screen.press("down");
  for (let index = 0; index < PAGE_SIZE - 12; index++) await screen.press("down");
  strictEqual(screen.search.pagesRead, 1);
  await screen.press("down");
  deepStrictEqual([screen.search.pagesRead, screen.state.rows.length], [2, 2 * PAGE_SIZE]);
  strictEqual(selectedModel(screen.state)?.repo, `acme/model-${PAGE_SIZE - 11}`);
  await screen.press("end");
  await screen.press("end");
  await screen.press("end");
  deepStrictEqual([screen.state.rows.length, screen.state.hasMore], [3 * PAGE_SIZE, false]);
  deepStrictEqual(screen.search.words, ["many"]);
});

Deno.test("the search says so while it loads more, and takes keys meanwhile", async () => {
  const screen = start();
  const page = Promise.withResolvers<never>();
  screen.search.answer("two", () => [models(PAGE_SIZE), page.promise]);
  await screen.enter("two");
  await screen.press("down");
  void screen.press("end");
  await settle();
  strictEqual(screen.state.phase, "loading");
  await screen.press("home");
  void screen.press("end");
  await settle();
  strictEqual(screen.search.asked.length, 1);
  page.reject(OFFLINE);
  await settle();
  deepStrictEqual([screen.state.phase, screen.state.problem?.text], ["idle", "Cannot reach the Hub"]);
});

Deno.test("the search keeps what it has when the Hub cannot be reached, and tries again when it is told to", async () => {
  const screen = start();
  let isUp = false;
  screen.search.answer("new", () => [isUp ? models(4) : OFFLINE]);
  await screen.enter("llama");
  await screen.enter("new");
  const { problem } = screen.state;
  deepStrictEqual(problem, { kind: "error", text: "Cannot reach the Hub", hints: ["See why: mm doctor"] });
  deepStrictEqual([screen.state.rows.length, isAnswered(screen.state)], [3, false]);
  deepStrictEqual(screen.shell.failed, []);
  isUp = true;
  await screen.press("enter");
  deepStrictEqual([screen.state.rows.length, screen.state.problem, screen.state.focus], [
    4,
    undefined,
    "results",
  ]);
});

Deno.test("the search goes on where a page failed, not before it is told to", async () => {
  const screen = start();
  let isUp = false;
  screen.search.answer("half", () => [models(PAGE_SIZE), isUp ? models(4, PAGE_SIZE) : OFFLINE]);
  await screen.enter("half");
  await screen.press("down");
  await screen.press("end");
  deepStrictEqual([screen.state.rows.length, screen.state.problem?.text], [
    PAGE_SIZE,
    "Cannot reach the Hub",
  ]);
  await screen.press("up");
  await screen.press("down");
  strictEqual(screen.search.asked.length, 1);
  isUp = true;
  await screen.press("r");
  deepStrictEqual([screen.state.rows.length, screen.state.problem, screen.state.cursor.index], [
    PAGE_SIZE + 4,
    undefined,
    PAGE_SIZE - 1,
  ]);
});

Deno.test("R asks again, and leaves the cursor where it was", async () => {
  const screen = start();
  await screen.enter("llama");
  await screen.press("enter");
  await screen.press("end");
  screen.search.answer("llama", () => [[...models(1, 70), ...models(3)]]);
  await screen.press("r");
  deepStrictEqual([screen.search.words, screen.state.rows.length], [["llama", "llama"], 4]);
  strictEqual(selectedModel(screen.state)?.repo, "acme/model-2");
});

Deno.test("the search asks for filters, and searches again when they have changed", async () => {
  const screen = start();
  await screen.enter("llama");
  const choose = async (...answers: string[]) => {
    screen.shell.answers.push(...answers);
    await screen.press("ctrl+f");
    return screen.search.asked.at(-1);
  };
  strictEqual((await choose("author", " acme "))?.author, "acme");
  strictEqual((await choose("license", "MIT"))?.license, "mit");
  const sized = await choose("size", "1B-8B");
  deepStrictEqual([sized?.minParameters, sized?.maxParameters], [1e9, 8e9]);
  strictEqual((await choose("sort", "likes"))?.sort, "likes");
  strictEqual((await choose("formats"))?.allFormats, true);
  const count = screen.search.asked.length;
  await choose();
  await choose("author");
  await choose("size", "nonsense");
  strictEqual(screen.search.asked.length, count);
  // Without filters, the answer is known.
  await choose("clear");
  deepStrictEqual([screen.search.asked.length, screen.state.answered], [count, {
    text: "llama",
    sort: "downloads",
    allFormats: false,
  }]);
});

Deno.test("A, O and C change what is found from among the results", async () => {
  const screen = start();
  await screen.enter("llama");
  await screen.press("enter");
  await screen.press("a");
  strictEqual(screen.search.asked.at(-1)?.allFormats, true);
  screen.shell.answers.push("size");
  await screen.press("o");
  strictEqual(screen.search.asked.at(-1)?.sort, "size");
  screen.shell.answers.push("auto");
  await screen.press("o");
  strictEqual(screen.state.answered?.sort, "downloads");
  await screen.press("c");
  deepStrictEqual([screen.state.answered?.allFormats, screen.state.focus], [false, "results"]);
});

Deno.test("the search puts the cursor on a row by number, and loads more there", async () => {
  const screen = start();
  await screen.enter("many");
  screen.controller.select?.(PAGE_SIZE - 2);
  await settle();
  strictEqual(selectedModel(screen.state)?.repo, `acme/model-${PAGE_SIZE - 2}`);
  strictEqual(screen.state.rows.length, 2 * PAGE_SIZE);
});

Deno.test("the search is silent when the terminal UI ends", async () => {
  const screen = start();
  screen.search.answer("slow", () => [new Promise<never>(() => {})]);
  const entered = screen.enter("slow");
  await settle();
  screen.abort.abort(new ModelManagerError("CANCELLED", "Cancelled"));
  await entered;
  deepStrictEqual([screen.state.problem, screen.state.phase, screen.shell.failed], [undefined, "idle", []]);
});
