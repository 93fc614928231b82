import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { createHubHandler } from "../../../core/server/handler.ts";
import type { ModelSource } from "../../../core/server/model_source.ts";
import { randomModel } from "../../support/random_model.ts";
import { BIG, makeHub, MEMBER, OWNER, readJson, REPO } from "./hub_fixture.ts";

Deno.test("createHubHandler() puts rate limits and a request number on every answer", async () => {
  const hub = await makeHub();
  const paths = [
    "/api/models",
    `/api/models/${REPO}`,
    `/${REPO}/resolve/main/${BIG}`,
    "/none",
    "/api/none",
    "/%zz",
    "/api/models/acme/none",
  ];
  const numbers = new Set<string | null>();
  for (const path of paths) {
    const { headers } = await hub.get(path);
    match(headers.get("ratelimit") ?? "", /^"(?:api|resolvers|pages)";r=\d+;t=\d+$/, path);
    match(headers.get("ratelimit-policy") ?? "", /^"fixed window";"\w+";q=\d+;w=300$/);
    numbers.add(headers.get("x-request-id"));
  }
  strictEqual(numbers.size, paths.length);
  strictEqual(numbers.has(null), false);
});

Deno.test("createHubHandler() answers 429 when the quota is used up, apart for each account", async () => {
  const hub = await makeHub({ rateLimits: { api: 1 } });
  strictEqual((await hub.get("/api/models")).status, 200);
  const refused = await hub.get("/api/models");
  strictEqual(refused.status, 429);
  match(refused.headers.get("ratelimit") ?? "", /^"api";r=0;t=\d+$/);
  match(refused.headers.get("retry-after") ?? "", /^\d+$/);
  strictEqual((await hub.get("/api/models", { token: MEMBER })).status, 200);
});

Deno.test("createHubHandler() redirects a former name, keeping path and query", async () => {
  const hub = await makeHub();
  const cases = [
    ["/api/models/acme/old-GGUF?blobs=true", `/api/models/${REPO}?blobs=true`],
    [
      "/api/models/acme/old-GGUF/tree/main/sub?recursive=true",
      `/api/models/${REPO}/tree/main/sub?recursive=true`,
    ],
    [
      "/acme/old-GGUF/resolve/main/sub/%C3%BC%20%26%20%231.txt?a=b",
      `/${REPO}/resolve/main/sub/%C3%BC%20%26%20%231.txt?a=b`,
    ],
  ] as const;
  for (const [asked, wanted] of cases) {
    const response = await hub.get(asked);
    strictEqual(response.status, 307);
    strictEqual(response.headers.get("location"), wanted);
    strictEqual((await hub.get(asked, { method: "HEAD" })).headers.get("location"), wanted);
  }
});

Deno.test("createHubHandler() answers HEAD like GET without the body", async () => {
  const hub = await makeHub();
  for (
    const path of ["/api/models", `/api/models/${REPO}/tree/main`, "/none", `/${REPO}/resolve/main/README.md`]
  ) {
    const get = await hub.get(path);
    const head = await hub.get(path, { method: "HEAD" });
    strictEqual(head.status, get.status, path);
    strictEqual(head.body, null);
    strictEqual(head.headers.get("content-length"), get.headers.get("content-length"));
    ok(Number(get.headers.get("content-length")) > 0);
    strictEqual((await get.bytes()).length, Number(get.headers.get("content-length")));
  }
});

Deno.test("createHubHandler() refuses unknown addresses and methods, in JSON under /api and in text elsewhere", async () => {
  const hub = await makeHub();
  deepStrictEqual(await readJson(await hub.get("/api/none")), { error: "Not found" });
  strictEqual(await (await hub.get("/")).text(), "Not found");
  const response = await hub.get(`/api/models/${REPO}`, { method: "DELETE" });
  strictEqual(response.status, 405);
  strictEqual(response.headers.get("allow"), "GET, HEAD");
  strictEqual((await hub.get("/api/models/%zz")).status, 400);
});

Deno.test("createHubHandler() keeps messages with any characters out of the header's syntax", async () => {
  const hub = await makeHub();
  const response = await hub.get(`/api/models/${REPO}/revision/a%0D%0Aset-cookie:%20x%C3%BC`);
  strictEqual(response.status, 404);
  strictEqual(response.headers.get("set-cookie"), null);
  strictEqual(response.headers.get("x-error-message"), "Invalid rev id: a??set-cookie: x?");
});

Deno.test("createHubHandler() answers a bare 500 and tells its owner when the source fails", async () => {
  const source: ModelSource = randomModel({ files: [] });
  source.models = () => Promise.reject(new Error("disk on fire at /home/someone"));
  const errors: unknown[] = [];
  const handler = createHubHandler({ source, onError: (error) => errors.push(error) });
  const response = await handler(new Request("http://hub.test/api/models"));
  strictEqual(response.status, 500);
  deepStrictEqual(await response.json(), { error: "Internal error" });
  strictEqual(errors.length, 1);
});

Deno.test("createHubHandler() makes links of the address that the client used when none was set", async () => {
  const hub = await makeHub({ pageSize: 1 });
  const response = await hub.get("/api/models");
  match(response.headers.get("link") ?? "", /^<http:\/\/hub\.test\/api\/models\?cursor=[\w-]+>; rel="next"$/);
});

Deno.test("createHubHandler() refuses the files of a disabled repository in the Hub's words", async () => {
  const source = randomModel({
    files: [{ path: "a.gguf", sizeBytes: 9 }, { path: "README.md", text: "x" }],
    facts: { disabled: true },
  });
  const handler = createHubHandler({ source, access: { tokens: [] } });
  const get = (path: string): Promise<Response> => handler(new Request(`http://hub.test${path}`));
  const response = await get("/acme/tiny-GGUF/resolve/main/README.md");
  strictEqual(response.status, 403);
  strictEqual(response.headers.get("x-error-code"), null);
  strictEqual(response.headers.get("x-error-message"), "Access to this resource is disabled.");
  strictEqual(
    (await readJson<{ disabled: boolean }>(await get("/api/models/acme/tiny-GGUF"))).disabled,
    true,
  );
});

Deno.test("whoamiReply() says whose the token is and refuses the rest", async () => {
  const hub = await makeHub();
  const answer = await readJson<{ name: string; orgs: { name: string }[]; auth: { accessToken: object } }>(
    await hub.get("/api/whoami-v2", { token: OWNER }),
  );
  strictEqual(answer.name, "eve");
  deepStrictEqual(answer.orgs.map((organization) => organization.name), ["acme"]);
  deepStrictEqual(answer.auth.accessToken, {
    displayName: "work",
    role: "write",
    createdAt: "2024-01-01T00:00:00.000Z",
  });
  strictEqual((await hub.get("/api/whoami-v2")).status, 401);
  strictEqual((await (await makeHub({ open: true })).get("/api/whoami-v2")).status, 401);
});

Deno.test("refsReply() lists revisions, pull requests only when asked for", async () => {
  const hub = await makeHub();
  type Refs = Record<string, { name: string; ref: string; targetCommit: string }[]>;
  const refs = await readJson<Refs>(await hub.get(`/api/models/${REPO}/refs`));
  deepStrictEqual(refs["branches"]?.map((branch) => branch.ref), ["refs/heads/main", "refs/heads/feature/x"]);
  deepStrictEqual(refs["tags"], [{
    name: "v1",
    ref: "refs/tags/v1",
    targetCommit: await hub.source.commit(REPO, "v1"),
  }]);
  strictEqual("pullRequests" in refs, false);
  const all = await readJson<Refs>(await hub.get(`/api/models/${REPO}/refs?include_prs=1`));
  deepStrictEqual(all["pullRequests"]?.map((request) => request.ref), ["refs/pr/1"]);
});

Deno.test("refsReply() shows main when the source cannot list its revisions", async () => {
  const full = randomModel({ files: [] });
  const source: ModelSource = {
    models: () => full.models(),
    model: (repo) => full.model(repo),
    commit: (repo, revision) => full.commit(repo, revision),
    files: (snapshot) => full.files(snapshot),
    open: (file, range) => full.open(file, range),
  };
  const handler = createHubHandler({ source });
  const response = await handler(new Request("http://hub.test/api/models/acme/tiny-GGUF/refs"));
  const commit = await full.commit("acme/tiny-GGUF", "main");
  deepStrictEqual(await response.json(), {
    branches: [{ name: "main", ref: "refs/heads/main", targetCommit: commit }],
    converts: [],
    tags: [],
  });
});
