import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import type { ModelManagerError } from "../../../core/base/errors.ts";
import { memoryStore } from "../http/memory_store.ts";
import { bare, type FakeFetch, fakeFetch, fakeRoutes, json } from "../http/fake_fetch.ts";
import { collect, COMMIT, ENDPOINT, GIT_SHA1, hubClient, info, summary, tree } from "./hub_fixtures.ts";

const INFO = "GET /api/models/org/name?blobs=true";
const TREE = `GET /api/models/org/name/tree/${COMMIT}?recursive=true`;

/** A Hub with `count` models, `pageSize` a page. */
function listing(count: number, pageSize: number): FakeFetch {
  return fakeFetch(({ url }) => {
    const cursor = Number(new URL(url).searchParams.get("cursor") ?? 0);
    const end = Math.min(count, cursor + pageSize);
    const page = Array.from({ length: end - cursor }, (_, index) => summary(`org/m${cursor + index}`));
    const next = new URL(url);
    next.searchParams.set("cursor", String(end));
    return json(page, end < count ? { headers: { link: `<${next.href}>; rel="next"` } } : {});
  });
}

Deno.test("searchModels() reads page after page, in order, until there are no more", async () => {
  const fake = listing(7, 3);
  const models = await collect(hubClient(fake).client.searchModels({ text: "m" }));
  deepStrictEqual(models.map(({ repo }) => repo), Array.from({ length: 7 }, (_, index) => `org/m${index}`));
  strictEqual(fake.sent.length, 3);
});

Deno.test("searchModels() stops at the limit and asks for no page beyond it", async () => {
  const fake = listing(100, 3);
  const models = await collect(hubClient(fake).client.searchModels({ text: "m", limit: 6 }));
  strictEqual(models.length, 6);
  strictEqual(fake.sent.length, 2);
  strictEqual((await collect(hubClient(fake).client.searchModels({ text: "m", limit: 0 }))).length, 0);
  strictEqual(fake.sent.length, 2);
  await rejects(collect(hubClient(fake).client.searchModels({ text: "m", limit: -1 })), RangeError);
});

Deno.test("searchPages() asks for a page when it is wanted, and for no more", async () => {
  const fake = listing(100, 3);
  const pages = hubClient(fake).client.searchPages({ text: "m" }, { pageSize: 3 });
  strictEqual(fake.sent.length, 0);
  deepStrictEqual((await pages.next()).value?.map(({ repo }) => repo), ["org/m0", "org/m1", "org/m2"]);
  strictEqual(fake.sent.length, 1);
  strictEqual(new URL(fake.sent[0]?.url ?? "").searchParams.get("limit"), "3");
  strictEqual((await pages.next()).value?.[0]?.repo, "org/m3");
  await pages.return();
  strictEqual((await pages.next()).done, true);
  strictEqual(fake.sent.length, 2);
});

Deno.test("searchPages() ends with the list, or with the limit, in the middle of a page", async () => {
  const sizes = async (limit: number | undefined) => {
    const query = { text: "m", ...(limit === undefined ? {} : { limit }) };
    const pages = hubClient(listing(7, 3)).client.searchPages(query, { pageSize: 3 });
    return (await collect(pages)).map((page) => page.length);
  };
  deepStrictEqual(await sizes(undefined), [3, 3, 1]);
  deepStrictEqual(await sizes(4), [3, 1]);
  deepStrictEqual(await sizes(6), [3, 3]);
  deepStrictEqual(await sizes(0), []);
  await rejects(sizes(0.5), RangeError);
  const none = hubClient(listing(7, 3)).client.searchPages({ text: "m" }, { pageSize: 0 });
  await rejects(collect(none), RangeError);
});

Deno.test("searchPages() gives no model twice and no empty page when the list moves", async () => {
  const page = (names: readonly string[], next?: number) =>
    json(
      names.map((name) => summary(name)),
      next === undefined ? {} : { headers: { link: `<${ENDPOINT}/page${next}>; rel="next"` } },
    );
  const fake = fakeFetch(({ url }) => {
    const { pathname } = new URL(url);
    if (pathname === "/page1") return page(["o/b", "o/a"], 2);
    if (pathname === "/page2") return page(["o/b", "o/c"]);
    return page(["o/a", "o/b"], 1);
  });
  const pages = await collect(hubClient(fake).client.searchPages({ text: "m" }));
  deepStrictEqual(pages.map((models) => models.map(({ repo }) => repo)), [["o/a", "o/b"], ["o/c"]]);
});

Deno.test("searchPages() takes pages that were read a short time ago from the cache", async () => {
  const fake = listing(9, 3);
  const { client, clock } = hubClient(fake, { cacheStore: memoryStore() });
  const browse = async (pages: number) => {
    for await (const _page of client.searchPages({ text: "m" }, { pageSize: 3 })) if (--pages === 0) break;
  };
  await browse(2);
  await browse(2);
  strictEqual(fake.sent.length, 2);
  await browse(3);
  strictEqual(fake.sent.length, 3);
  await clock.advance(300_000);
  await browse(1);
  strictEqual(fake.sent.length, 4);
});

Deno.test("modelInfo() is one call", async () => {
  const fake = fakeRoutes({ [INFO]: () => json(info("org/name")) });
  const model = await hubClient(fake).client.modelInfo("org/name");
  strictEqual(model.revision, "main");
  strictEqual(model.commit, COMMIT);
  deepStrictEqual(model.files.map(({ path }) => path), ["README.md", "x.gguf"]);
  strictEqual(fake.sent.length, 1);
});

Deno.test("modelInfo() takes the files from the tree when the info leaves sizes out", async () => {
  const page = (count: number) => ({ headers: { link: `<${ENDPOINT}/next${count}>; rel="next"` } });
  const fake = fakeRoutes({
    [INFO]: () => json(info("org/name", { siblings: [{ rfilename: "a" }] })),
    [TREE]: () => json(tree(), page(1)),
    "GET /next1": () => json([{ type: "file", oid: GIT_SHA1, size: 1, path: "A.md" }]),
  });
  const { files } = await hubClient(fake).client.modelInfo("org/name");
  deepStrictEqual(files.map(({ path }) => path), ["A.md", "README.md", "sub/x.gguf"]);
});

Deno.test("modelInfo() follows a renamed repository and gives its new name, with the token", async () => {
  const fake = fakeRoutes({
    "GET /api/models/old/name?blobs=true": () => bare(307, { location: "/api/models/org/name?blobs=true" }),
    [INFO]: () => json(info("org/name", { siblings: [{ rfilename: "a" }] })),
    [TREE]: () => json(tree()),
  });
  const { client } = hubClient(fake, { token: "hf_secret" });
  strictEqual((await client.modelInfo("old/name")).repo, "org/name");
  deepStrictEqual(
    fake.sent.map(({ headers }) => headers["authorization"]),
    Array(3).fill("Bearer hf_secret"),
  );
});

Deno.test("modelInfo() lists branches and tags when the revision is missing", async () => {
  const missing = () =>
    json({ error: "Invalid rev id: dev" }, { status: 404, headers: { "x-error-code": "RevisionNotFound" } });
  const refs = {
    branches: [{ name: "main", targetCommit: COMMIT }],
    tags: [{ name: "v1", targetCommit: COMMIT }],
  };
  const REVISION = "GET /api/models/org/name/revision/feature%2Fx?blobs=true";
  const fake = fakeRoutes({ [REVISION]: missing, "GET /api/models/org/name/refs": () => json(refs) });
  const ask = (hub: FakeFetch) => hubClient(hub).client.modelInfo("org/name", { revision: "feature/x" });
  await rejects(ask(fake), (error: ModelManagerError) => {
    strictEqual(error.code, "NOT_FOUND");
    match(error.message, /has no revision "feature\/x"/);
    deepStrictEqual(error.hints, [
      "It has the branch main: mm show org/name@main",
      "It has the tag v1: mm show org/name@v1",
    ]);
    return true;
  });
  const without = fakeRoutes({ [REVISION]: missing, "GET /api/models/org/name/refs": () => bare(403) });
  await rejects(ask(without), { code: "NOT_FOUND", message: /feature\/x/ });
});

Deno.test("modelInfo() is readable for a gated repository without access, digests masked", async () => {
  const lfs = { sha256: "*".repeat(64), size: 9, pointerSize: 135 };
  const siblings = [{ rfilename: "x.gguf", size: 9, blobId: "*".repeat(40), lfs }];
  const fake = fakeRoutes({ [INFO]: () => json(info("org/name", { gated: "manual", siblings })) });
  const model = await hubClient(fake).client.modelInfo("org/name");
  deepStrictEqual([model.gated, model.files[0]?.digest], ["manual", undefined]);
});

Deno.test("listTree() reads all pages and leaves folders out", async () => {
  const fake = fakeRoutes({
    [TREE]: () =>
      json(tree(), { headers: { link: `<${ENDPOINT}/api/models/org/name/tree/x?cursor=2>; rel="next"` } }),
    "GET /api/models/org/name/tree/x?cursor=2": () =>
      json([{ type: "file", oid: GIT_SHA1, size: 0, path: "empty" }]),
  });
  const files = await collect(hubClient(fake).client.listTree("org/name", COMMIT));
  deepStrictEqual(files.map(({ path }) => path), ["README.md", "sub/x.gguf", "empty"]);
});

Deno.test("authCheck() resolves when access is granted and throws what is in the way", async () => {
  const CHECK = "GET /api/models/org/name/auth-check";
  const granted = fakeRoutes({
    [CHECK]: () => new Response("OK", { headers: { "content-type": "text/plain" } }),
  });
  await hubClient(granted).client.authCheck("org/name");
  const gated = fakeRoutes({ [CHECK]: () => bare(401, { "x-error-code": "GatedRepo" }) });
  await rejects(hubClient(gated).client.authCheck("org/name"), { code: "GATED" });
  const elsewhere = fakeRoutes({ [CHECK]: () => bare(302, { location: "http://portal.test/" }) });
  await rejects(hubClient(elsewhere).client.authCheck("org/name"), { code: "NETWORK_ERROR" });
});

Deno.test("whoAmI() says whom the token belongs to, asks each time and never anonymously", async () => {
  const WHOAMI = "GET /api/whoami-v2";
  const fake = fakeRoutes({ [WHOAMI]: () => json({ name: "ann" }) });
  const { client } = hubClient(fake, { token: "hf_secret", cacheStore: memoryStore() });
  strictEqual((await client.whoAmI()).name, "ann");
  await client.whoAmI();
  strictEqual(fake.sent.length, 2);

  const refusing = fakeRoutes({ [WHOAMI]: () => bare(401) });
  await rejects(hubClient(refusing, { token: "hf_old" }).client.whoAmI(), {
    code: "AUTHENTICATION_ERROR",
    message: /refused the access token/,
  });
  strictEqual(refusing.sent.length, 1);
  await rejects(hubClient(refusing).client.whoAmI(), {
    code: "AUTHENTICATION_ERROR",
    message: /Not logged in/,
  });
  strictEqual(refusing.sent.length, 1);
});

Deno.test("a call stops when its signal is aborted", async () => {
  const fake = fakeRoutes({ [INFO]: () => json(info("org/name")) });
  const signal = AbortSignal.abort();
  const aborting: FakeFetch = {
    ...fake,
    fetch: (input, init) =>
      init?.signal?.aborted ? Promise.reject(new DOMException("x", "AbortError")) : fake.fetch(input, init),
  };
  await rejects(hubClient(aborting).client.modelInfo("org/name", { signal }), { code: "CANCELLED" });
  strictEqual(fake.sent.length, 0);
});

Deno.test("modelPageUrl() is what a person visits", () => {
  const fake = fakeFetch(() => bare(200));
  strictEqual(
    hubClient(fake, { endpoint: `${ENDPOINT}/` }).client.modelPageUrl("org/name"),
    `${ENDPOINT}/org/name`,
  );
});
