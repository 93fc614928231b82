import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import type { SearchQuery } from "../../core/hub/model.ts";
import { runTestCli } from "../support/run_cli.ts";

Deno.test("mm search asks for a licence and a range of parameters", async () => {
  const asked: SearchQuery[] = [];
  const search = (query: SearchQuery) => {
    asked.push(query);
    return Promise.resolve([]);
  };
  const flags = ["--license", "mit", "--min-params", "500M", "--max-params", "7.5b"];
  await runTestCli(["search", "llama", ...flags], { manager: { search } });
  await runTestCli(["search", "llama"], { manager: { search } });
  const usual = { text: "llama", sort: "downloads", limit: 20, allFormats: false };
  deepStrictEqual(asked, [
    { ...usual, license: "mit", minParameters: 500_000_000, maxParameters: 7_500_000_000 },
    usual,
  ]);
});

Deno.test("mm search refuses what is no number of parameters, and shows how to write one", async () => {
  for (const text of ["many", "7X", "-1", "1e9", ""]) {
    const { code, stderr } = await runTestCli(["search", "x", `--min-params=${text}`]);
    strictEqual(code, 2, text);
    match(stderr, /wanted a number of parameters such as 7B[^]*hint: .*--min-params 7B/);
  }
});
