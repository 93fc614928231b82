import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  authorProblem,
  isFiltered,
  licenseProblem,
  NO_FILTERS,
  parseSizeRange,
  queryKey,
  searchQuery,
  sizeText,
  sizeWords,
} from "../../../../cli/tui/search/search_filters.ts";

Deno.test("searchQuery() asks for what is trending while there are no words", () => {
  deepStrictEqual(searchQuery("  ", NO_FILTERS), { text: "", sort: "trending", allFormats: false });
  deepStrictEqual(searchQuery(" llama  3 ", NO_FILTERS), {
    text: "llama 3",
    sort: "downloads",
    allFormats: false,
  });
  strictEqual(searchQuery("", { ...NO_FILTERS, sort: "likes" }).sort, "likes");
});

Deno.test("searchQuery() takes all filters, and leaves out what is open", () => {
  const filters = { author: "acme", license: "mit", minParameters: 1e9, maxParameters: 8e9 };
  deepStrictEqual(searchQuery("x", { ...filters, sort: "size", allFormats: true }), {
    text: "x",
    sort: "size",
    allFormats: true,
    ...filters,
  });
});

Deno.test("queryKey() is the same for the same search, and another for another filter", () => {
  strictEqual(queryKey(searchQuery("a  b", NO_FILTERS)), queryKey(searchQuery(" a b", NO_FILTERS)));
  const keys = [NO_FILTERS, { ...NO_FILTERS, author: "a" }, { ...NO_FILTERS, license: "a" }, {
    ...NO_FILTERS,
    allFormats: true,
  }].map((filters) => queryKey(searchQuery("x", filters)));
  strictEqual(new Set(keys).size, 4);
});

Deno.test("isFiltered() is true as soon as anything is chosen", () => {
  strictEqual(isFiltered(NO_FILTERS), false);
  for (
    const change of [{ author: "a" }, { sort: "likes" as const }, { allFormats: true }, { maxParameters: 1 }]
  ) {
    strictEqual(isFiltered({ ...NO_FILTERS, ...change }), true);
  }
});

Deno.test("parseSizeRange() reads ranges of either form", () => {
  const range = (minParameters: number | undefined, maxParameters: number | undefined) => ({
    minParameters,
    maxParameters,
  });
  const cases = [
    ["", range(undefined, undefined)],
    ["1B-8B", range(1e9, 8e9)],
    [" 1.5b to 8B ", range(1.5e9, 8e9)],
    ["500M..1B", range(5e8, 1e9)],
    ["1B-", range(1e9, undefined)],
    ["-8B", range(undefined, 8e9)],
    ["7B-7B", range(7e9, 7e9)],
  ] as const;
  for (const [text, expected] of cases) deepStrictEqual(parseSizeRange(text), expected, text);
});

Deno.test("parseSizeRange() says what is wrong, and how it is written", () => {
  for (const text of ["7B", "-", "big-8B", "1B-2B-3B", "1X-", "1e9-"]) {
    const range = parseSizeRange(text);
    match(
      "problem" in range ? range.problem : "",
      /write 1B-8B, 1B- for at least, or -8B for at most$/,
      text,
    );
  }
  const turned = parseSizeRange("8B-1B");
  match("problem" in turned ? turned.problem : "", /first number is the smaller one/);
});

Deno.test("sizeText() is read as the same range by parseSizeRange()", () => {
  const count = fc.option(fc.integer({ min: 1, max: 10 ** 12 }), { nil: undefined });
  fc.assert(fc.property(count, count, (a, b) => {
    const [minParameters, maxParameters] = a !== undefined && b !== undefined && a > b ? [b, a] : [a, b];
    deepStrictEqual(parseSizeRange(sizeText({ minParameters, maxParameters })), {
      minParameters,
      maxParameters,
    });
  }));
});

Deno.test("sizeWords() says a range in words", () => {
  const words = (minParameters: number | undefined, maxParameters: number | undefined) =>
    sizeWords({ minParameters, maxParameters });
  strictEqual(words(undefined, undefined), "any");
  strictEqual(words(1e9, 8e9), "1B to 8B");
  strictEqual(words(1.5e9, undefined), "at least 1.5B");
  strictEqual(words(undefined, 500e6), "at most 500M");
});

Deno.test("authorProblem() and licenseProblem() refuse what the Hub has no names for", () => {
  for (const name of ["", "bartowski", "lmstudio-community", "01-ai"]) {
    strictEqual(authorProblem(name), undefined);
  }
  match(authorProblem("acme/tiny") ?? "", /"acme\/tiny" is no name .* like bartowski/);
  for (const name of ["", "mit", "apache-2.0", "llama3.2", "gpl-2.0+"]) {
    strictEqual(licenseProblem(name), undefined);
  }
  match(licenseProblem("do what you want") ?? "", /like mit or apache-2\.0/);
});
