import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { createHubHandler } from "../../../core/server/handler.ts";
import { randomModel, type RandomModelOptions } from "../../support/random_model.ts";
import { readJson } from "./hub_fixture.ts";

const MODELS: readonly RandomModelOptions[] = [
  {
    repo: "acme/alpha-GGUF",
    facts: { downloads: 5, likes: 9, tags: ["gguf", "license:mit"], mainSizeBytes: 10 },
  },
  {
    repo: "acme/beta-llama",
    facts: {
      downloads: 50,
      likes: 1,
      tags: ["safetensors"],
      libraryName: "transformers",
      pipelineTag: "text-generation",
      safetensors: { parameters: { BF16: 7e9 }, total: 7e9 },
    },
  },
  {
    repo: "zeta/llama-GGUF",
    gated: "auto",
    facts: { downloads: 20, likes: 5, gguf: { total: 1e9, architecture: "llama" } },
  },
  { repo: "legacy", facts: { downloads: 20, likes: 0, tags: [], libraryName: undefined } },
].map((model) => ({ ...model, files: [{ path: "README.md", text: "x" }] } as RandomModelOptions));

const handler = createHubHandler({
  source: randomModel(...MODELS),
  endpoint: () => "http://hub.test:81",
  pageSize: 1000,
});

function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return handler(new Request(`http://other.test${path}`, { headers }));
}

async function names(query: string): Promise<string[]> {
  const models = await readJson<{ id: string }[]>(await get(`/api/models${query}`));
  return models.map((model) => model.id);
}

Deno.test("modelListReply() finds by words, author, tags, task, gate and parameters", async () => {
  deepStrictEqual(await names("?search=LLAMA&sort=id"), ["acme/beta-llama", "zeta/llama-GGUF"]);
  deepStrictEqual(await names("?search=gguf+llama"), ["zeta/llama-GGUF"]);
  deepStrictEqual(await names("?search=none"), []);
  deepStrictEqual(await names("?author=ACME&sort=id"), ["acme/alpha-GGUF", "acme/beta-llama"]);
  deepStrictEqual(await names("?author=legacy"), []);
  deepStrictEqual(await names("?filter=gguf&filter=license:mit&sort=id"), [
    "acme/alpha-GGUF",
    "zeta/llama-GGUF",
  ]);
  deepStrictEqual(await names("?filter=transformers"), ["acme/beta-llama"]);
  deepStrictEqual(await names("?pipeline_tag=text-generation"), ["acme/beta-llama"]);
  deepStrictEqual(await names("?gated=true"), ["zeta/llama-GGUF"]);
  deepStrictEqual(await names("?apps=llama.cpp&gated=false"), ["acme/alpha-GGUF"]);
  deepStrictEqual(await names("?num_parameters=min:2B"), ["acme/beta-llama"]);
  deepStrictEqual(await names("?num_parameters=min:1B,max:1.5B"), ["zeta/llama-GGUF"]);
});

Deno.test("modelListReply() sorts biggest first and equal ones by name", async () => {
  deepStrictEqual(await names("?sort=downloads"), [
    "acme/beta-llama",
    "legacy",
    "zeta/llama-GGUF",
    "acme/alpha-GGUF",
  ]);
  deepStrictEqual((await names("?sort=likes"))[0], "acme/alpha-GGUF");
  deepStrictEqual((await names("?sort=downloads&direction=1"))[0], "acme/alpha-GGUF");
  deepStrictEqual((await names("?sort=num_parameters")).slice(0, 2), ["acme/beta-llama", "zeta/llama-GGUF"]);
  deepStrictEqual((await names("?sort=mainSize"))[0], "acme/alpha-GGUF");
  deepStrictEqual((await names("?sort=id")).at(-1), "zeta/llama-GGUF");
});

Deno.test("modelListReply() pages by an absolute link that keeps the query", async () => {
  const first = await get("/api/models?sort=id&limit=3&filter=a&filter=b".replace("&filter=a&filter=b", ""));
  const link = first.headers.get("link") ?? "";
  match(link, /^<http:\/\/hub\.test:81\/api\/models\?sort=id&limit=3&cursor=[\w-]+>; rel="next"$/);
  strictEqual((await readJson<unknown[]>(first)).length, 3);
  const next = new URL(/<(.*)>/.exec(link)?.[1] ?? "");
  const second = await get(next.pathname + next.search);
  deepStrictEqual((await readJson<{ id: string }[]>(second)).map((model) => model.id), ["zeta/llama-GGUF"]);
  strictEqual(second.headers.get("link"), null);
});

Deno.test("modelListReply() shows the fields that full, cardData, config and expand choose", async () => {
  const one = async (query: string): Promise<string[]> => {
    const [model] = await readJson<object[]>(await get(`/api/models?author=zeta&${query}`));
    return Object.keys(model ?? {}).sort();
  };
  const plain = [
    "_id",
    "createdAt",
    "downloads",
    "id",
    "library_name",
    "likes",
    "modelId",
    "private",
    "tags",
    "trendingScore",
  ];
  deepStrictEqual(await one(""), plain);
  deepStrictEqual(
    await one("full=true&cardData=true&config=true"),
    [...plain, "author", "cardData", "config", "gated", "lastModified", "sha", "siblings"].sort(),
  );
  deepStrictEqual(await one("expand=gguf&expand[]=gated&expand=widgetData"), ["_id", "gated", "gguf", "id"]);
});

Deno.test("modelListReply() refuses what it cannot read", async () => {
  for (
    const query of [
      "sort=color",
      "sort=toString",
      "limit=0",
      "limit=x",
      "cursor=!",
      "cursor=AAAA",
      "expand=color",
      "expand=toString",
      "num_parameters=min:x",
    ]
  ) {
    const response = await get(`/api/models?${query}`);
    strictEqual(response.status, 400, query);
    match((await readJson<{ error: string }>(response)).error, /./);
  }
});

Deno.test("jsonReply() answers 304 when the client has the answer already", async () => {
  const first = await get("/api/models?sort=id");
  const etag = first.headers.get("etag") ?? "";
  match(etag, /^W\/"/);
  const again = await get("/api/models?sort=id", { "if-none-match": etag });
  strictEqual(again.status, 304);
  strictEqual(again.headers.get("etag"), etag);
  strictEqual((await get("/api/models?sort=likes", { "if-none-match": etag })).status, 200);
});
