import { deepStrictEqual, match, rejects, strictEqual, throws } from "node:assert/strict";
import type { ModelManagerError } from "../../../core/base/errors.ts";
import { HubSession, type HubSessionOptions } from "../../../core/hub/hub_session.ts";
import { bare, type FakeFetch, fakeFetch, fakeRoutes, json } from "../http/fake_fetch.ts";
import { collect, ENDPOINT } from "./hub_fixtures.ts";

function session(fake: FakeFetch, options: Partial<HubSessionOptions> = {}): HubSession {
  return new HubSession({ endpoint: ENDPOINT, fetch: fake.fetch, ...options });
}

const at = (path: string): URL => new URL(path, ENDPOINT);
const code = (wanted: string) => (error: ModelManagerError): boolean => error.code === wanted;

/** Takes whatever the reply says. */
const asIs = (value: unknown): unknown => value;
const LIST = { decode: (value: unknown) => value as number[], keyOf: (item: number) => String(item) };

Deno.test("HubSession refuses an endpoint that is none", () => {
  throws(() => session(fakeFetch(() => json({})), { endpoint: "hub" }), code("CONFIG_INVALID"));
});

Deno.test("HubSession.request() follows redirects by hand within the origin, relative and absolute", async () => {
  const fake = fakeRoutes({
    "GET /a": () => bare(307, { location: "/b?x=1" }),
    "GET /b?x=1": () => bare(301, { location: `${ENDPOINT}/c` }),
    "GET /c": () => json({ end: true }),
  });
  const reply = await session(fake).request(at("/a"), {});
  strictEqual(reply.url.pathname, "/c");
  strictEqual(reply.elsewhere, undefined);
  strictEqual(reply.passed.length, 2);
  strictEqual(fake.sent.every(({ init }) => init.redirect === "manual"), true);
});

Deno.test("HubSession.request() stops at the first redirect to another origin", async () => {
  const fake = fakeRoutes({ "GET /a": () => bare(302, { location: "http://cdn.test/f?Signature=x" }) });
  const reply = await session(fake).request(at("/a"), {});
  strictEqual(reply.elsewhere?.href, "http://cdn.test/f?Signature=x");
  strictEqual(fake.sent.length, 1);
});

Deno.test("HubSession.request() refuses circles, endless chains and bad targets", async () => {
  const redirects = (location: (count: number) => string | undefined, endpoint = ENDPOINT) =>
    session(
      fakeFetch((_, count) => {
        const target = location(count);
        return bare(302, target === undefined ? {} : { location: target });
      }),
      { endpoint },
    ).request(new URL("/a", endpoint), {});
  await rejects(redirects((count) => (count % 2 === 1 ? "/b" : "/a")), /in a circle/);
  await rejects(redirects((count) => `/a${count}`), /more than 10 redirects/);
  await rejects(redirects(() => undefined), /names no place/);
  await rejects(redirects(() => "http://["), /names no place/);
  await rejects(redirects(() => "file:///etc/passwd"), /leads to a "file:" address/);
  await rejects(redirects(() => "http://hub.test/a", "https://hub.test"), /from https to http/);
  await rejects(redirects(() => "http://cdn.test/a", "https://hub.test"), /from https to http/);
});

Deno.test("HubSession.request() takes ten redirects", async () => {
  const fake = fakeFetch((_, count) => (count <= 10 ? bare(307, { location: `/a${count}` }) : json({})));
  strictEqual((await session(fake).request(at("/a"), {})).url.pathname, "/a10");
});

Deno.test("HubSession.requestHere() takes no answer from elsewhere", async () => {
  const fake = fakeFetch(() => bare(301, { location: "https://hub.test/api/models" }));
  await rejects(session(fake).requestHere(at("/api/models"), {}), (error: ModelManagerError) => {
    strictEqual(error.code, "NETWORK_ERROR");
    match(error.message, /sends its callers to "https:\/\/hub\.test"/);
    match(error.hints[0] ?? "", /--endpoint https:\/\/hub\.test$/);
    return true;
  });
});

Deno.test("HubSession.json() says so when the answer is no JSON", async () => {
  const fake = fakeFetch(() => new Response("<html>Log in to the Wi-Fi</html>"));
  await rejects(session(fake).json(at("/api"), {}, asIs), code("NETWORK_ERROR"));
});

Deno.test("HubSession.pages() follows Link until there is no next page", async () => {
  const next = (path: string) => ({ headers: { link: `<${ENDPOINT}${path}>; rel="next"` } });
  const fake = fakeRoutes({
    "GET /api/models": () => json([1], next("/api/models?cursor=b%3D")),
    "GET /api/models?cursor=b%3D": () => json([], next("/api/models?cursor=c")),
    "GET /api/models?cursor=c": () => json([2]),
  });
  deepStrictEqual(await collect(session(fake).pages(at("/api/models"), {}, LIST)), [[1], [], [2]]);
});

Deno.test("HubSession.pages() asks for a page only when it is read", async () => {
  const fake = fakeFetch(() => json([1], { headers: { link: "</api/models?cursor=b>; rel=next" } }));
  for await (const _ of session(fake).pages(at("/api/models"), {}, LIST)) break;
  strictEqual(fake.sent.length, 1);
});

Deno.test("HubSession.pages() stays at the endpoint when a mirror hands out the Hub's own links", async () => {
  const fake = fakeRoutes({
    "GET /hf/api/models": () =>
      json([1], { headers: { link: '<https://origin.test/api/models?cursor=b>; rel="next"' } }),
    "GET /hf/api/models?cursor=b": () => json([2]),
  });
  const mirror = session(fake, { endpoint: `${ENDPOINT}/hf` });
  deepStrictEqual(await collect(mirror.pages(at("/hf/api/models"), {}, LIST)), [[1], [2]]);
  strictEqual(fake.sent.every(({ url }) => url.startsWith(ENDPOINT)), true);
});

Deno.test("HubSession.pages() refuses a next page that is another listing, or one it has read", async () => {
  for (const link of ["https://evil.test/other?cursor=b", `${ENDPOINT}/api/models`]) {
    const fake = fakeFetch(() => json([1], { headers: { link: `<${link}>; rel="next"` } }));
    await rejects(collect(session(fake).pages(at("/api/models"), {}, LIST)), /Cannot read the next page/);
    strictEqual(fake.sent.length, 1);
  }
});

Deno.test("HubSession.pages() gives a listing up that goes on and on without anything new", async () => {
  for (const items of [[], [1, 2]]) {
    const fake = fakeFetch((_, count) =>
      json(items, { headers: { link: `<${ENDPOINT}/api/models?cursor=${count}>; rel="next"` } })
    );
    await rejects(collect(session(fake).pages(at("/api/models"), {}, LIST)), (error: ModelManagerError) => {
      strictEqual(error.code, "NETWORK_ERROR");
      match(error.message, /the 20 pages before it have brought nothing new$/);
      return true;
    });
    strictEqual(fake.sent.length, items.length === 0 ? 20 : 21);
  }
});

Deno.test("HubSession.pages() goes on as long as there is now and then something new", async () => {
  const fake = fakeFetch((_, count) =>
    json(count % 10 === 0 ? [count] : [], {
      headers: count < 100 ? { link: `<${ENDPOINT}/api/models?cursor=${count}>; rel="next"` } : {},
    })
  );
  const pages = await collect(session(fake).pages(at("/api/models"), {}, LIST));
  strictEqual(fake.sent.length, 100);
  strictEqual(pages.flat().length, 10);
});

/** A Hub that refuses the token and answers `open` to anonymous callers. */
function refusing(open: () => Response): FakeFetch {
  return fakeFetch(({ init }) =>
    init.credentials === "omit" ? open() : json({ error: "Invalid" }, { status: 401 })
  );
}

Deno.test("HubSession goes on without a token that the Hub refuses, and says so once", async () => {
  const notices: string[] = [];
  const fake = refusing(() => json({ public: true }));
  const talk = session(fake, { token: "hf_old", onNotice: (message) => notices.push(message) });
  strictEqual(talk.token, "hf_old");
  deepStrictEqual((await talk.json(at("/a"), {}, asIs)).value, { public: true });
  strictEqual(talk.token, undefined);
  await talk.json(at("/b"), {}, asIs);
  strictEqual(fake.sent.length, 3);
  strictEqual(notices.length, 1);
  match(notices[0] ?? "", /refused the access token.*mm login/);
  throws(() => talk.requireToken(), code("AUTHENTICATION_ERROR"));
});

Deno.test("HubSession blames the token when anonymous callers are refused as well", async () => {
  for (const headers of [{}, { "x-error-code": "GatedRepo" }] as Record<string, string>[]) {
    const fake = refusing(() => bare(401, headers));
    const talk = session(fake, { token: "hf_old" });
    await rejects(
      talk.json(at("/a"), { about: { repo: "o/n" } }, asIs),
      (error: ModelManagerError) =>
        error.code === "AUTHENTICATION_ERROR" && /refused the access token/.test(error.message),
    );
    strictEqual(fake.sent.length, 2);
  }
});

Deno.test("HubSession makes no second try about the token itself, nor when there is none", async () => {
  const fake = fakeFetch(() => bare(401));
  const about = { repo: "o/n" };
  await rejects(
    session(fake, { token: "hf_x" }).json(at("/a"), { tokenNeeded: true }, asIs),
    code("AUTHENTICATION_ERROR"),
  );
  await rejects(session(fake).json(at("/a"), { about }, asIs), code("NOT_FOUND"));
  strictEqual(fake.sent.length, 2);
});

Deno.test("HubSession keeps a good token when a gate refuses", async () => {
  const fake = fakeFetch(() => bare(401, { "x-error-code": "GatedRepo" }));
  const talk = session(fake, { token: "hf_x" });
  await rejects(talk.json(at("/a"), { about: { repo: "o/n" } }, asIs), code("GATED"));
  strictEqual(fake.sent.length, 1);
  strictEqual(talk.token, "hf_x");
});

Deno.test("HubSession.requireToken() is about being logged in", () => {
  const fake = fakeFetch(() => bare(200));
  throws(() => session(fake).requireToken(), /Not logged in/);
  session(fake, { token: "hf_x" }).requireToken();
});

Deno.test("HubSession.json() asks again when a kept reply cannot be read", async () => {
  const fake = fakeRoutes({ "GET /api": () => Response.json({ good: true }) });
  let first = true;
  const decode = (value: unknown) => {
    if (!first) return value;
    first = false;
    throw new Error("Unreadable");
  };
  deepStrictEqual((await session(fake).json(at("/api"), {}, decode)).value, { good: true });
  deepStrictEqual(fake.sent.map(({ init }) => init.cache), ["default", "no-cache"]);
  await rejects(
    session(fake).json(at("/api"), { cache: "no-cache" }, () => {
      throw new Error("Unreadable");
    }),
    /Unreadable/,
  );
  strictEqual(fake.sent.length, 3);
});
