import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { HubClient } from "../../../core/hub/client.ts";
import { bare, type FakeFetch, fakeFetch, json } from "../http/fake_fetch.ts";
import { memoryStore } from "../http/memory_store.ts";
import { collect, hubClient, info, summary } from "./hub_fixtures.ts";

const MODELS = ["org/a", "org/b", "org/c", "org/d"];

/** A Hub with four models; its replies carry ETags and it knows them again. */
function hub(): FakeFetch {
  return fakeFetch(({ url, headers }) => {
    const { pathname } = new URL(url);
    const etag = `W/"${pathname}"`;
    if (headers["if-none-match"] === etag) return bare(304, { etag });
    const repo = pathname.replace("/api/models/", "");
    return json(pathname === "/api/models" ? MODELS.map((id) => summary(id)) : info(repo), {
      headers: { etag },
    });
  });
}

/** Looks around: a search, and each of its hits. */
async function browse(client: HubClient, fresh = false): Promise<number> {
  let files = 0;
  for (const { repo } of await collect(client.searchModels({ text: "org" }))) {
    files += (await client.modelInfo(repo, { fresh })).files.length;
  }
  return files;
}

Deno.test("browsing again costs at most a fifth of the calls while the answers are fresh", async () => {
  const fake = hub();
  const { client } = hubClient(fake, { cacheStore: memoryStore() });
  const seen = await browse(client);
  const first = fake.sent.length;
  strictEqual(first, 1 + MODELS.length);
  strictEqual(await browse(client), seen);
  ok(fake.sent.length - first <= first / 5, `${fake.sent.length - first} calls instead of ${first}`);
});

Deno.test("another run browses from the answers that the first one kept", async () => {
  const cacheStore = memoryStore();
  await browse(hubClient(hub(), { cacheStore }).client);
  const second = hub();
  await browse(hubClient(second, { cacheStore }).client);
  strictEqual(second.sent.length, 0);
});

Deno.test("browsing after the cache's time moves no body again", async () => {
  const fake = hub();
  const { client, clock } = hubClient(fake, { cacheStore: memoryStore() });
  const seen = await browse(client);
  const first = fake.sent.length;
  await clock.advance(300_000);
  strictEqual(await browse(client), seen);
  const again = fake.sent.slice(first);
  strictEqual(again.length, first);
  ok(again.every(({ headers, url }) => headers["if-none-match"] === `W/"${new URL(url).pathname}"`));
});

Deno.test("a fresh look always asks the Hub", async () => {
  const fake = hub();
  const { client } = hubClient(fake, { cacheStore: memoryStore() });
  await browse(client);
  const first = fake.sent.length;
  await browse(client, true);
  deepStrictEqual(
    fake.sent.slice(first).map(({ url }) => new URL(url).pathname),
    MODELS.map((id) => `/api/models/${id}`),
  );
});

Deno.test("requests carry nothing but what the Hub documents", async () => {
  const fake = hub();
  await browse(hubClient(fake, { token: "hf_secret" }).client);
  for (const { headers, method } of fake.sent) {
    strictEqual(method, "GET");
    deepStrictEqual(Object.keys(headers).sort(), ["authorization", "user-agent"]);
  }
});
