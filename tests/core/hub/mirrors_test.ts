import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { causeMessages, type ModelManagerError } from "../../../core/base/errors.ts";
import type { SentRequest } from "../http/fake_fetch.ts";
import { bare, type FakeFetch, fakeFetch, fetchFailed, json } from "../http/fake_fetch.ts";
import { memoryStore } from "../http/memory_store.ts";
import { collect, COMMIT, ENDPOINT, hubClient, info, SHA256, summary, tree } from "./hub_fixtures.ts";

const MIRROR = "http://mirror.test/hf";
const SECOND = "http://second.test";
const TOKEN = "hf_secret";
const INFO = `/api/models/org/name?blobs=true`;
const RESOLVE = `/org/name/resolve/${COMMIT}/x.gguf`;

type Answer = (request: SentRequest, path: string) => Response | Promise<Response>;

function refuse(): never {
  throw fetchFailed("client error (Connect): tcp connect error: Connection refused (os error 111)");
}

/** Answers by host; the path is the one below the host's base. */
function hosts(answers: Readonly<Record<string, Answer>>): FakeFetch {
  return fakeFetch((request) => {
    for (const [base, answer] of Object.entries(answers)) {
      if (request.url.startsWith(`${base}/`)) return answer(request, request.url.slice(base.length));
    }
    throw new Error(`Unexpected request: ${request.url}`);
  });
}

function facts(_: SentRequest, path: string): Response {
  return path === INFO ? json(info("org/name")) : bare(404, { "x-error-code": "EntryNotFound" });
}

function open(answers: Readonly<Record<string, Answer>>, options: Parameters<typeof hubClient>[1] = {}) {
  const fake = hosts(answers);
  const mirrors = Object.keys(answers).filter((base) => base !== ENDPOINT);
  return { fake, ...hubClient(fake, { token: TOKEN, mirrors, ...options }) };
}

/** How often each host was asked. */
function counts(fake: FakeFetch): Record<string, number> {
  const hosts: Record<string, number> = {};
  for (const { url } of fake.sent) hosts[new URL(url).host] = (hosts[new URL(url).host] ?? 0) + 1;
  return hosts;
}

function sentTokens(fake: FakeFetch): string[] {
  return fake.sent.filter(({ headers }) => "authorization" in headers).map(({ url }) => new URL(url).origin);
}

Deno.test("HubClient asks a mirror when the endpoint cannot be reached, and stays there", async () => {
  const { fake, client, notices, clock } = open({ [ENDPOINT]: refuse, [MIRROR]: facts, [SECOND]: facts });
  strictEqual((await client.modelInfo("org/name")).commit, COMMIT);
  strictEqual(clock.monotonic() < 4000, true, "a refused connection is no reason to wait for long");
  await client.modelInfo("org/name");
  deepStrictEqual(counts(fake), { "hub.test": 3, "mirror.test": 2 });
  deepStrictEqual(notices, [
    `"${ENDPOINT}" cannot be reached, using the mirror "${MIRROR}" without the access token ` +
    "(the connection was refused)",
  ]);
});

Deno.test("HubClient sends a mirror nothing but its own name", async () => {
  const { fake, client } = open({ [ENDPOINT]: refuse, [MIRROR]: facts });
  await client.modelInfo("org/name");
  deepStrictEqual([...new Set(sentTokens(fake))], [ENDPOINT]);
  const atMirror = fake.sent.at(-1);
  deepStrictEqual(atMirror?.headers, { "user-agent": "mm/1" });
});

Deno.test("HubClient withholds the token also from a mirror at the endpoint's own origin", async () => {
  const near = `${ENDPOINT}/copy`;
  const fake = fakeFetch(({ url }) => {
    if (!url.startsWith(near)) return refuse();
    return url.includes("/resolve/") ? bare(200, { "content-length": "9" }) : json(info("org/name"));
  });
  const { client } = hubClient(fake, { token: TOKEN, mirrors: [near] });
  await client.modelInfo("org/name");
  deepStrictEqual((await client.locateFile("org/name", COMMIT, "x.gguf")).headers, {});
  strictEqual(
    fake.sent.filter(({ url }) => url.startsWith(near)).some(({ headers }) => "authorization" in headers),
    false,
  );
});

Deno.test("HubClient takes each kind of silence for unreachable, and no answer for it", async () => {
  const unreachable: readonly Answer[] = [
    refuse,
    () => Promise.reject(fetchFailed("dns error: failed to lookup address information")),
    () =>
      Promise.reject(fetchFailed("client error (SendRequest): connection closed before message completed")),
    () => Promise.reject(fetchFailed("invalid peer certificate: UnknownIssuer")),
    () => new Promise(() => {}),
    () => bare(503),
    () => bare(500),
    () => bare(408),
    () => bare(522),
  ];
  for (const answer of unreachable) {
    const { client, clock, notices } = open({ [ENDPOINT]: answer, [MIRROR]: facts });
    await client.modelInfo("org/name");
    strictEqual(notices.length, 1);
    strictEqual(clock.monotonic() <= 10_000, true, `${clock.monotonic()} ms`);
  }
  const answers: readonly (readonly [Answer, code: string])[] = [
    [() => bare(404, { "x-error-code": "RepoNotFound" }), "NOT_FOUND"],
    [() => bare(401), "AUTHENTICATION_ERROR"],
    [() => bare(403, { "x-error-code": "GatedRepo" }), "GATED"],
    [() => bare(400), "FAILED"],
    [() => bare(429, { "retry-after": "1" }), "RATE_LIMITED"],
    [() => new Response("<html>Log in</html>"), "NETWORK_ERROR"],
    [() => bare(302, { location: "/api/models/org/name?blobs=true" }), "NETWORK_ERROR"],
    [() => bare(301, { location: "http://elsewhere.test/" }), "NETWORK_ERROR"],
  ];
  for (const [answer, code] of answers) {
    const { fake, client, notices } = open({ [ENDPOINT]: answer, [MIRROR]: facts });
    await rejects(client.modelInfo("org/name"), (error: ModelManagerError) => error.code === code, code);
    deepStrictEqual([counts(fake)["mirror.test"], notices], [undefined, []], code);
  }
});

Deno.test("HubClient tries the mirrors in order, and names all when nobody can be reached", async () => {
  const { fake, client, notices, clock } = open({
    [ENDPOINT]: refuse,
    [MIRROR]: () => bare(503),
    [SECOND]: refuse,
  });
  await rejects(client.modelInfo("org/name"), (error: ModelManagerError) => {
    strictEqual(error.code, "NETWORK_ERROR");
    strictEqual(error.message, `Neither "${ENDPOINT}" nor any of its 2 mirrors can be reached`);
    const causes = causeMessages(error).join("\n");
    for (const host of ["hub.test", "mirror.test", "second.test"]) match(causes, new RegExp(host));
    match(error.hints.join("\n"), /mm config get mirrors/);
    return true;
  });
  // The last one gets all the patience there is.
  deepStrictEqual(counts(fake), { "hub.test": 3, "mirror.test": 4, "second.test": 6 });
  strictEqual(clock.monotonic() > 17_000, true);
  deepStrictEqual(notices, []);
});

Deno.test("HubClient leaves a mirror that dies for the next host, the endpoint at last", async () => {
  let alive = [MIRROR];
  const when = (base: string): Answer => (request, path) =>
    alive.includes(base) ? facts(request, path) : refuse();
  const { client, notices } = open({
    [ENDPOINT]: when(ENDPOINT),
    [MIRROR]: when(MIRROR),
    [SECOND]: when(SECOND),
  });
  for (const now of [[MIRROR], [SECOND], [ENDPOINT]]) {
    alive = now;
    await client.modelInfo("org/name");
  }
  deepStrictEqual(notices.map((notice) => / using (.*) \(/.exec(notice)?.[1]), [
    `the mirror "${MIRROR}" without the access token`,
    `the mirror "${SECOND}" without the access token`,
    `"${ENDPOINT}" again`,
  ]);
});

Deno.test("HubClient says once what many requests find at the same time", async () => {
  const { client, notices } = open({ [ENDPOINT]: refuse, [MIRROR]: facts });
  await Promise.all(Array.from({ length: 8 }, () => client.modelInfo("org/name", { fresh: true })));
  strictEqual(notices.length, 1);
});

Deno.test("HubClient asks nobody else after the caller has stopped it, nor while offline", async () => {
  const controller = new AbortController();
  const stopped = open({
    [ENDPOINT]: () => {
      controller.abort();
      return refuse();
    },
    [MIRROR]: facts,
  });
  const { signal } = controller;
  await rejects(stopped.client.modelInfo("org/name", { signal }), { code: "CANCELLED" });
  strictEqual(stopped.fake.sent.length, 1);
  const offline = open({ [ENDPOINT]: facts, [MIRROR]: facts }, { offline: true });
  await rejects(offline.client.modelInfo("org/name"), { code: "OFFLINE" });
  strictEqual(offline.fake.sent.length, 0);
});

Deno.test("HubClient asks no mirror about the token", async () => {
  const { fake, client } = open({ [ENDPOINT]: refuse, [MIRROR]: facts });
  await rejects(client.whoAmI(), { code: "NETWORK_ERROR" });
  await client.modelInfo("org/name");
  const before = fake.sent.length;
  await rejects(client.whoAmI(), { code: "NETWORK_ERROR" });
  strictEqual(fake.sent.slice(before).every(({ url }) => url.startsWith(`${ENDPOINT}/`)), true);
});

Deno.test("locateFile() gives addresses of the mirror, without a token, and takes its headers as they come", async () => {
  const cached = `${RESOLVE}/cached?etag=x`;
  const cases:
    readonly (readonly [Response, url: string, sizeBytes: number | undefined, digest: string | undefined])[] =
      [
        // Nothing but the bytes; what a web server says of a HEAD reply need not be true.
        [bare(200), `${MIRROR}${RESOLVE}`, undefined, undefined],
        [bare(200, { "content-length": "0", etag: '"5f3a-1"' }), `${MIRROR}${RESOLVE}`, undefined, undefined],
        [
          bare(200, { "x-linked-size": "7", "x-linked-etag": `"${SHA256}"` }),
          `${MIRROR}${RESOLVE}`,
          7,
          SHA256,
        ],
        [
          bare(302, { location: "https://cdn.test/f?Signature=1" }),
          "https://cdn.test/f?Signature=1",
          undefined,
          undefined,
        ],
        [bare(302, { location: `${ENDPOINT}/f`, "x-linked-size": "7" }), `${ENDPOINT}/f`, 7, undefined],
        [
          bare(307, { location: `/api/resolve-cache/models/org/name/${COMMIT}/x.gguf?etag=x` }),
          `http://mirror.test/api/resolve-cache/models/org/name/${COMMIT}/x.gguf?etag=x`,
          undefined,
          undefined,
        ],
        [bare(307, { location: `/hf${cached}` }), `${MIRROR}${cached}`, undefined, undefined],
      ];
  for (const [reply, url, sizeBytes, digest] of cases) {
    const { client } = open({
      [ENDPOINT]: refuse,
      [MIRROR]: (_, path) => path === RESOLVE ? reply : bare(200),
    });
    const location = await client.locateFile("org/name", COMMIT, "x.gguf");
    deepStrictEqual(
      [location.url, location.headers, location.sizeBytes, location.digest?.hex],
      [url, {}, sizeBytes, digest],
    );
  }
});

Deno.test("locateFile() starts again at the mirror when the endpoint dies between two redirects", async () => {
  const { client } = open({
    [ENDPOINT]: (_, path) => path === RESOLVE ? bare(307, { location: "/renamed" }) : refuse(),
    [MIRROR]: () => bare(200),
  });
  const { url } = await client.locateFile("org/name", COMMIT, "x.gguf");
  strictEqual(url, `${MIRROR}${RESOLVE}`);
});

Deno.test("locateFile() refuses a mirror's redirects by the same rules", async () => {
  const cases: readonly (readonly [location: string, message: RegExp])[] = [
    ["http://mirror.test/x", /from https to http/],
    [`/hf${RESOLVE}`, /in a circle/],
    ["file:///etc/passwd", /leads to a "file:" address/],
  ];
  for (const [location, message] of cases) {
    const { client } = open({ [ENDPOINT]: refuse, "https://mirror.test/hf": () => bare(302, { location }) });
    await rejects(client.locateFile("org/name", COMMIT, "x.gguf"), { code: "NETWORK_ERROR", message });
  }
});

Deno.test("listTree() and searchModels() go on at the mirror when the endpoint dies between two pages", async () => {
  const firstOnly = (path: string): Answer => (_, asked) =>
    asked.includes("cursor") ? refuse() : json(path === "tree" ? tree() : [summary("org/a")], {
      headers: { link: `<${ENDPOINT}${asked}&cursor=b>; rel="next"` },
    });
  const rest: Answer = (_, asked) =>
    asked.includes("cursor=b") && asked.includes("tree")
      ? json([{ type: "file", oid: "c".repeat(40), size: 1, path: "z" }], {
        // A mirror hands out links to the Hub that it mirrors.
        headers: { link: `<https://origin.test${asked.replace("cursor=b", "cursor=c")}>; rel="next"` },
      })
      : json(asked.includes("tree") ? [] : [summary("org/b")]);
  const listing = open({ [ENDPOINT]: firstOnly("tree"), [MIRROR]: rest });
  deepStrictEqual(
    (await collect(listing.client.listTree("org/name", COMMIT))).map(({ path }) => path),
    ["README.md", "sub/x.gguf", "z"],
  );
  strictEqual(counts(listing.fake)["mirror.test"], 2);
  const search = open({ [ENDPOINT]: firstOnly("search"), [MIRROR]: rest });
  deepStrictEqual(
    (await collect(search.client.searchModels({ text: "x" }))).map(({ repo }) => repo),
    ["org/a", "org/b"],
  );
});

Deno.test("a mirror's refusal says who answered, and why there was no token", async () => {
  const cases: readonly (readonly [Answer, code: string, hint: RegExp])[] = [
    [() => bare(401), "NOT_FOUND", /The access token goes to "http:\/\/hub\.test" only: repeat the command/],
    [() => bare(401, { "x-error-code": "GatedRepo" }), "GATED", /The access token goes to/],
    [() => bare(403), "AUTHENTICATION_ERROR", /The access token goes to/],
    [() => bare(400), "FAILED", /mm help search/],
  ];
  for (const [answer, code, hint] of cases) {
    const { client } = open({ [ENDPOINT]: refuse, [MIRROR]: answer });
    await rejects(client.modelInfo("org/name"), (error: ModelManagerError) => {
      strictEqual(error.code, code);
      const hints = error.hints.join("\n");
      match(
        hints,
        /The mirror "http:\/\/mirror\.test\/hf" says so, as "http:\/\/hub\.test" cannot be reached/,
      );
      match(hints, hint);
      return true;
    });
  }
  const { client } = open({ [ENDPOINT]: refuse, [MIRROR]: () => bare(401) }, { token: undefined });
  await rejects(
    client.modelInfo("org/name"),
    (error: ModelManagerError) => /mm login/.test(error.hints.join()),
  );
});

Deno.test("HubClient names the mirror whose answer it cannot read", async () => {
  const { client } = open({ [ENDPOINT]: refuse, [MIRROR]: () => new Response("<html>Log in</html>") });
  await rejects(client.modelInfo("org/name"), /"mirror\.test" did not answer with JSON/);
  const away = open({ [ENDPOINT]: refuse, [MIRROR]: () => bare(308, { location: `${ENDPOINT}/api` }) });
  await rejects(away.client.modelInfo("org/name"), (error: ModelManagerError) => {
    match(error.message, /"http:\/\/mirror\.test\/hf" sends its callers to "http:\/\/hub\.test"/);
    match(error.hints.join(), /mm config get mirrors/);
    return true;
  });
});

Deno.test("modelInfo() at a mirror still lists branches and tags when the revision is missing", async () => {
  const refs = { branches: [{ name: "main", targetCommit: COMMIT }], tags: [] };
  const { client } = open({
    [ENDPOINT]: refuse,
    [MIRROR]: (_, path) =>
      path.endsWith("/refs") ? json(refs) : bare(404, { "x-error-code": "RevisionNotFound" }),
  });
  await rejects(client.modelInfo("org/name", { revision: "dev" }), (error: ModelManagerError) => {
    match(error.hints.join("\n"), /mm show org\/name@main/);
    return true;
  });
});

Deno.test("HubClient keeps the answers of a mirror apart from the endpoint's in the cache", async () => {
  const cacheStore = memoryStore();
  const atMirror = open({ [ENDPOINT]: refuse, [MIRROR]: () => json(info("org/name", { likes: 1 })) }, {
    cacheStore,
  });
  strictEqual((await atMirror.client.modelInfo("org/name")).likes, 1);
  const back = open({ [ENDPOINT]: () => json(info("org/name", { likes: 2 })), [MIRROR]: refuse }, {
    cacheStore,
  });
  strictEqual((await back.client.modelInfo("org/name")).likes, 2);
});

Deno.test("HubClient without mirrors is as patient as ever and shows its own error", async () => {
  const { fake, client, notices } = open({ [ENDPOINT]: refuse });
  await rejects(client.modelInfo("org/name"), /Gave up on "hub\.test" after 6 attempts/);
  strictEqual(fake.sent.length, 6);
  deepStrictEqual(notices, []);
});

/** A host that sends the readers of files to another one. */
function sendsTo(fileHost: string): Answer {
  return () => bare(302, { location: `${fileHost}/f` });
}

Deno.test("locateFile() asks the mirrors for a place on a host that can be reached, and stays there", async () => {
  const { fake, client, notices } = open({
    [ENDPOINT]: sendsTo("http://dead.test"),
    [MIRROR]: sendsTo("http://dead.test"),
    [SECOND]: sendsTo("http://files.test"),
  });
  const usual = await client.locateFile("org/name", COMMIT, "x.gguf");
  strictEqual(usual.url, "http://dead.test/f");
  deepStrictEqual(notices, []);
  const other = await client.locateFile("org/name", COMMIT, "x.gguf", { unreachable: ["http://dead.test"] });
  strictEqual(other.url, "http://files.test/f");
  deepStrictEqual(other.headers, {});
  deepStrictEqual(notices, [
    `"${ENDPOINT}" and "${MIRROR}" cannot be reached, using the mirror "${SECOND}" without the access token ` +
    '(its file host "dead.test" cannot be reached)',
  ]);
  strictEqual((await client.locateFile("org/name", COMMIT, "x.gguf")).url, "http://files.test/f", "sticky");
  deepStrictEqual(counts(fake), { "hub.test": 2, "mirror.test": 1, "second.test": 2 });
});

Deno.test("locateFile() gives the Hub's own place when no mirror has a better one", async () => {
  const mirrors: readonly Answer[] = [refuse, () => bare(404), () => bare(401), sendsTo("http://dead.test")];
  for (const mirror of mirrors) {
    const { client, notices } = open({ [ENDPOINT]: sendsTo("http://dead.test"), [MIRROR]: mirror });
    const options = { unreachable: ["http://dead.test"] };
    strictEqual((await client.locateFile("org/name", COMMIT, "x.gguf", options)).url, "http://dead.test/f");
    deepStrictEqual(notices, []);
  }
});
