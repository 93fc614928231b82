import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { NO_FILTERS, searchQuery } from "../../../../cli/tui/search/search_filters.ts";
import { PAGE_SIZE, SearchListing, SearchMemory } from "../../../../cli/tui/search/search_listing.ts";
import { settle } from "../../../support/test_clock.ts";
import { FakeSearch, models } from "./search_fixtures.ts";

function listingOf(search: FakeSearch, words = "x"): SearchListing {
  return new SearchListing(searchQuery(words, NO_FILTERS), {
    manager: () => Promise.resolve(search),
    signal: new AbortController().signal,
  });
}

Deno.test("SearchListing reads a page at a time", async () => {
  const search = new FakeSearch();
  search.answer("x", () => [models(PAGE_SIZE), models(PAGE_SIZE, PAGE_SIZE), models(5, 2 * PAGE_SIZE)]);
  const listing = listingOf(search);
  await listing.more();
  deepStrictEqual([listing.rows.length, listing.hasMore, search.pagesRead], [PAGE_SIZE, true, 1]);
  await listing.more();
  await listing.more();
  deepStrictEqual([listing.rows.length, listing.hasMore], [2 * PAGE_SIZE + 5, false]);
  const { rows } = listing;
  await listing.more();
  strictEqual(listing.rows, rows);
  strictEqual(search.asked.length, 1);
});

Deno.test("SearchListing knows the end at once when the first page is not full", async () => {
  const search = new FakeSearch();
  search.answer("x", () => [models(3)]);
  const listing = listingOf(search);
  await listing.more();
  deepStrictEqual([listing.rows.length, listing.hasMore], [3, false]);
  const nothing = listingOf(search, "nothing");
  await nothing.more();
  deepStrictEqual([nothing.rows.length, nothing.hasMore], [0, false]);
});

Deno.test("SearchListing goes on after a failure, with no model twice", async () => {
  const search = new FakeSearch();
  let isUp = false;
  const pages = [models(PAGE_SIZE), models(PAGE_SIZE, PAGE_SIZE)];
  search.answer("x", () => [pages[0] ?? [], isUp ? pages[1] ?? [] : new Error("down")]);
  const listing = listingOf(search);
  await listing.more();
  await rejects(listing.more(), /down/);
  deepStrictEqual([listing.rows.length, listing.hasMore, listing.isBusy], [PAGE_SIZE, true, false]);
  isUp = true;
  await listing.more();
  deepStrictEqual(listing.rows.map(({ repo }) => repo), pages.flat().map(({ repo }) => repo));
});

Deno.test("SearchListing.stop() ends the question, and what was found stays", async () => {
  const search = new FakeSearch();
  search.answer("x", () => [models(PAGE_SIZE), new Promise<never>(() => {})]);
  const listing = listingOf(search);
  await listing.more();
  const more = listing.more();
  await settle();
  strictEqual(listing.isBusy, true);
  listing.stop();
  await rejects(more);
  deepStrictEqual([search.signals[0]?.aborted, listing.rows.length, listing.isBusy], [
    true,
    PAGE_SIZE,
    false,
  ]);
  listing.stop();
});

Deno.test("SearchMemory keeps the last searches for some time", () => {
  const memory = new SearchMemory();
  const search = new FakeSearch();
  const listings = Array.from({ length: 20 }, (_, index) => listingOf(search, `words ${index}`));
  listings.forEach((listing, index) => memory.put(listing, index));
  const last = listings.at(-1) as SearchListing;
  strictEqual(memory.get(last.query, { nowMs: 100, maxAgeMs: 1000 }), last);
  strictEqual(memory.get(last.query, { nowMs: 1019, maxAgeMs: 1000 }), undefined);
  strictEqual(memory.get(last.query, { nowMs: 19, maxAgeMs: 0 }), undefined);
  strictEqual(memory.get(listings[0]!.query, { nowMs: 100, maxAgeMs: 1000 }), undefined);
});
