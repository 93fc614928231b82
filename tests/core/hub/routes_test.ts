import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import type { ModelManagerError } from "../../../core/base/errors.ts";
import type { SearchQuery } from "../../../core/hub/model.ts";
import {
  authCheckUrl,
  modelInfoUrl,
  modelPageUrl,
  parseEndpoint,
  refsUrl,
  resolveUrl,
  searchUrl,
  treeUrl,
  whoAmIUrl,
} from "../../../core/hub/routes.ts";

const endpoint = "http://hub.test";
const commit = "a".repeat(40);

Deno.test("parseEndpoint() takes the trailing slash off and keeps a path", () => {
  strictEqual(parseEndpoint("https://hub.test/"), "https://hub.test");
  strictEqual(parseEndpoint(" https://mirror.test/hf// "), "https://mirror.test/hf");
  strictEqual(parseEndpoint("http://127.0.0.1:8801"), "http://127.0.0.1:8801");
});

Deno.test("parseEndpoint() refuses what is no endpoint, and repeats no password", () => {
  for (
    const text of [
      "hub.test",
      "ftp://hub.test",
      "",
      "https://u:secret@hub.test",
      "https://hub.test/?secret=1",
    ]
  ) {
    throws(() => parseEndpoint(text), (error: ModelManagerError) => {
      strictEqual(error.code, "CONFIG_INVALID");
      strictEqual(error.message.includes("u:secret"), false);
      return true;
    });
  }
});

/** Everything a search may say to the Hub (hub-protocol §3.2). */
const PARAMETERS = new Set(["search", "author", "filter", "num_parameters", "sort", "limit", "expand"]);
const SORTS = new Set(["downloads", "likes", "lastModified", "trendingScore", "mainSize"]);
const EXPANDS = new Set([
  "downloads",
  "gated",
  "gguf",
  "lastModified",
  "likes",
  "pipeline_tag",
  "private",
  "safetensors",
  "tags",
]);

Deno.test("searchUrl() uses only documented parameters and values", () => {
  for (const sort of ["downloads", "likes", "updated", "trending", "size"] as const) {
    for (const allFormats of [false, true]) {
      const url = searchUrl(endpoint, {
        text: "x",
        author: "a",
        filters: ["license:mit"],
        maxParameters: 8e9,
        sort,
        allFormats,
      });
      for (const [name, value] of url.searchParams) {
        strictEqual(PARAMETERS.has(name), true, name);
        if (name === "sort") strictEqual(SORTS.has(value), true, value);
        if (name === "expand") strictEqual(EXPANDS.has(value), true, value);
      }
    }
  }
});

Deno.test("searchUrl() asks for GGUF, twenty models and downloads unless told otherwise", () => {
  strictEqual(
    searchUrl(endpoint, { text: " llama 3 " }).href,
    "http://hub.test/api/models?search=llama%203&filter=gguf&sort=downloads&limit=20" +
      "&expand=downloads&expand=gated&expand=gguf&expand=lastModified&expand=likes&expand=pipeline_tag" +
      "&expand=private&expand=tags",
  );
});

Deno.test("searchUrl() says nothing that is not asked for, and no filter twice", () => {
  const parameters = (query: SearchQuery): URLSearchParams => searchUrl(endpoint, query).searchParams;
  strictEqual(parameters({ text: "" }).has("search"), false);
  strictEqual(parameters({ text: "x" }).has("author"), false);
  strictEqual(parameters({ text: "x", allFormats: true }).has("filter"), false);
  deepStrictEqual(
    parameters({ text: "x", filters: ["gguf", "license:mit", "base_model:a/b"] }).getAll("filter"),
    [
      "gguf",
      "license:mit",
      "base_model:a/b",
    ],
  );
  strictEqual(parameters({ text: "a&b=c#d+e%" }).get("search"), "a&b=c#d+e%");
  strictEqual(parameters({ text: "x", limit: 2_000 }).get("limit"), "500");
});

Deno.test("searchUrl() asks for a licence by its tag, and for a range of parameters exactly", () => {
  const parameters = (query: Omit<SearchQuery, "text">): URLSearchParams =>
    searchUrl(endpoint, { text: "x", ...query }).searchParams;
  deepStrictEqual(parameters({ license: " MIT " }).getAll("filter"), ["gguf", "license:mit"]);
  deepStrictEqual(parameters({ license: "mit", filters: ["license:mit"] }).getAll("filter"), [
    "gguf",
    "license:mit",
  ]);
  const ranges: readonly (readonly [number | undefined, number | undefined, string])[] = [
    [6e9, 128e9, "min:6B,max:128B"],
    [undefined, 1_500_000_000, "max:1.5B"],
    [500e6, undefined, "min:500M"],
    [0, 999, "min:0,max:999"],
    [1_000, 1_234_567_891, "min:1K,max:1234567891"],
  ];
  for (const [minParameters, maxParameters, text] of ranges) {
    const query = {
      ...(minParameters === undefined ? {} : { minParameters }),
      ...(maxParameters === undefined ? {} : { maxParameters }),
    };
    strictEqual(parameters(query).get("num_parameters"), text);
  }
  strictEqual(parameters({}).has("num_parameters"), false);
});

Deno.test("searchUrl() takes the size of a page, as far as the Hub has pages of that size", () => {
  const limit = (pageSize: number): string | null =>
    searchUrl(endpoint, { text: "x", limit: 3 }, { pageSize }).searchParams.get("limit");
  deepStrictEqual([limit(50), limit(501)], ["50", "500"]);
});

Deno.test("modelInfoUrl() writes a revision as one component", () => {
  strictEqual(modelInfoUrl(endpoint, "o/n").href, "http://hub.test/api/models/o/n?blobs=true");
  strictEqual(modelInfoUrl(endpoint, "gpt2").href, "http://hub.test/api/models/gpt2?blobs=true");
  strictEqual(
    modelInfoUrl(endpoint, "o/n", "refs/pr/1").href,
    "http://hub.test/api/models/o/n/revision/refs%2Fpr%2F1?blobs=true",
  );
});

Deno.test("resolveUrl() encodes each segment of a path and leaves the slashes", () => {
  const url = (path: string): string => resolveUrl(endpoint, { repo: "o/n", commit, path }).href;
  strictEqual(
    url("sub dir/a+b&c#d%e?ü.gguf"),
    `http://hub.test/o/n/resolve/${commit}/sub%20dir/a%2Bb%26c%23d%25e%3F%C3%BC.gguf`,
  );
  strictEqual(url("%2e%2e/x"), `http://hub.test/o/n/resolve/${commit}/%252e%252e/x`);
});

Deno.test("resolveUrl() refuses paths that a URL parser would turn into others", () => {
  for (const path of ["../../../api/whoami-v2", "a/./b", "a//b", "/a", "", "a/..", "\ud800"]) {
    throws(
      () => resolveUrl(endpoint, { repo: "o/n", commit, path }),
      (error: ModelManagerError) => error.code === "FAILED",
      path,
    );
  }
});

Deno.test("the other routes keep a path of the endpoint", () => {
  const mirror = "https://mirror.test/hf";
  strictEqual(treeUrl(mirror, "o/n", commit).href, `${mirror}/api/models/o/n/tree/${commit}?recursive=true`);
  strictEqual(refsUrl(mirror, "o/n").href, `${mirror}/api/models/o/n/refs`);
  strictEqual(authCheckUrl(mirror, "o/n").href, `${mirror}/api/models/o/n/auth-check`);
  strictEqual(whoAmIUrl(mirror).href, `${mirror}/api/whoami-v2`);
  strictEqual(modelPageUrl(mirror, "o/n"), `${mirror}/o/n`);
});
