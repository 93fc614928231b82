import { deepStrictEqual, rejects } from "node:assert/strict";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { search, searchPages } from "../../../core/operations/search.ts";
import { createHubHandler } from "../../../core/server/handler.ts";
import { randomModel } from "../../support/random_model.ts";
import { TestClock } from "../../support/test_clock.ts";
import { fakeFetch } from "../http/fake_fetch.ts";
import { hubClient } from "../hub/hub_fixtures.ts";

const facts = (total: number, license: string) => ({
  tags: ["gguf", `license:${license}`],
  gguf: { total, architecture: "llama" },
});

const MODELS = [
  { repo: "acme/one", files: [], facts: facts(1e9, "mit") },
  { repo: "acme/three", files: [], facts: facts(3.2e9, "apache-2.0") },
  { repo: "acme/eight", files: [], facts: facts(8e9, "mit") },
  { repo: "acme/plain", files: [], facts: { tags: ["license:mit"], libraryName: "transformers" } },
];

/** A client of a Hub with the models. */
function connect() {
  const handler = createHubHandler({ source: randomModel(...MODELS) });
  const { fetch, sent } = fakeFetch(({ url, headers }) => handler(new Request(url, { headers })));
  // The Hub answers in its own time, which must not run out meanwhile.
  const { client } = hubClient({ fetch }, { clock: new TestClock() });
  return { context: { hub: () => Promise.resolve(client) }, sent };
}

Deno.test("search() finds by licence and by parameters, as the Hub does", async () => {
  const { context } = connect();
  const names = async (query: Partial<Parameters<typeof search>[1]>) =>
    (await search(context, { text: "acme", ...query })).map(({ repo }) => repo).sort();
  deepStrictEqual(await names({ license: "MIT" }), ["acme/eight", "acme/one"]);
  deepStrictEqual(await names({ minParameters: 3e9 }), ["acme/eight", "acme/three"]);
  deepStrictEqual(await names({ maxParameters: 3.2e9 }), ["acme/one", "acme/three"]);
  deepStrictEqual(await names({ minParameters: 1.5e9, maxParameters: 8e9, license: "mit" }), ["acme/eight"]);
  deepStrictEqual(await names({ license: "mit", allFormats: true }), [
    "acme/eight",
    "acme/one",
    "acme/plain",
  ]);
});

Deno.test("searchPages() follows the Hub's pages", async () => {
  const { context, sent } = connect();
  const pages: number[] = [];
  for await (const page of searchPages(context, { text: "" }, { pageSize: 2 })) pages.push(page.length);
  deepStrictEqual([pages, sent.length], [[2, 1], 2]);
});

Deno.test("search() and searchPages() refuse a range that nothing can be in, and ask nobody", async () => {
  const context = { hub: () => Promise.reject(new Error("asked")) };
  const isUsage = (error: unknown) => isModelManagerError(error) && error.code === "USAGE_ERROR";
  await rejects(search(context, { text: "x", minParameters: 8e9, maxParameters: 1e9 }), isUsage);
  await rejects(searchPages(context, { text: "x", minParameters: -1 }).next(), isUsage);
});

Deno.test("search() and searchPages() refuse numbers that are no counts", async () => {
  const { context, sent } = connect();
  const isRefused = (error: unknown): boolean =>
    isModelManagerError(error) && error.code === "USAGE_ERROR" && error.hints.length > 0;
  for (const limit of [-1, 1.5, NaN]) {
    await rejects(search(context, { text: "", limit }), isRefused);
    await rejects(searchPages(context, { text: "", limit }).next(), isRefused);
  }
  for (const pageSize of [0, -1, 2.5, NaN]) {
    await rejects(searchPages(context, { text: "" }, { pageSize }).next(), isRefused);
  }
  deepStrictEqual(sent.length, 0);
  deepStrictEqual(await search(context, { text: "", limit: 0 }), []);
});
