import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import type { ModelManagerError } from "../../../core/base/errors.ts";
import { bare, fakeRoutes } from "../http/fake_fetch.ts";
import { COMMIT, ENDPOINT, GIT_SHA1, hubClient, SHA256 } from "./hub_fixtures.ts";

const token = "hf_secret";
const resolve = `/org/name/resolve/${COMMIT}/x.gguf`;
const HEAD = `HEAD ${resolve}`;

Deno.test("locateFile() gives the signed URL of a large file, without a token, with the Hub's size and digest", async () => {
  const signed = "https://cdn.test/f?Expires=1735787045&Signature=abc";
  const fake = fakeRoutes({
    [HEAD]: () =>
      bare(302, {
        location: signed,
        "x-repo-commit": COMMIT,
        "x-linked-size": "4920734272",
        "x-linked-etag": `"${SHA256}"`,
        "x-xet-hash": "d".repeat(64),
        "content-length": "1234",
      }),
  });
  const { client } = hubClient(fake, { token });
  deepStrictEqual(await client.locateFile("org/name", COMMIT, "x.gguf"), {
    url: signed,
    headers: {},
    expiresAt: 1_735_787_045_000,
    sizeBytes: 4_920_734_272,
    digest: { algorithm: "sha256", hex: SHA256 },
    commit: COMMIT,
  });
  deepStrictEqual(fake.sent[0]?.headers, {
    "accept-encoding": "identity",
    authorization: `Bearer ${token}`,
    "user-agent": "mm/1",
  });
  strictEqual(fake.sent[0]?.init.redirect, "manual");
  // Nothing went to the other origin.
  strictEqual(fake.sent.length, 1);
});

Deno.test("locateFile() takes the Hub's redirect of a small file for the answer: one request", async () => {
  const cached = `/api/resolve-cache/models/org/name/${COMMIT}/x.gguf?etag=%22x%22`;
  const fake = fakeRoutes({
    [HEAD]: () => bare(307, { location: cached, "x-repo-commit": COMMIT, "content-length": "99" }),
  });
  const location = await hubClient(fake).client.locateFile("org/name", COMMIT, "x.gguf");
  deepStrictEqual(location, {
    url: `${ENDPOINT}${cached}`,
    headers: {},
    expiresAt: undefined,
    sizeBytes: undefined,
    digest: undefined,
    commit: COMMIT,
  });
  strictEqual(fake.sent.length, 1);
});

Deno.test("locateFile() hands the token on when the Hub itself has the bytes", async () => {
  const fake = fakeRoutes({ [HEAD]: () => bare(200, { etag: `"${GIT_SHA1}"`, "content-length": "10" }) });
  const location = await hubClient(fake, { token }).client.locateFile("org/name", COMMIT, "x.gguf");
  strictEqual(location.url, `${ENDPOINT}${resolve}`);
  deepStrictEqual(location.headers, { authorization: `Bearer ${token}` });
});

Deno.test("locateFile() keeps what the Hub's first reply said over several redirects", async () => {
  const fake = fakeRoutes({
    [HEAD]: () => bare(307, { location: "/renamed", "x-linked-size": "7", "x-linked-etag": `"${SHA256}"` }),
    "HEAD /renamed": () => bare(302, { location: "http://cdn.test/f", etag: `"${"e".repeat(64)}"` }),
  });
  const location = await hubClient(fake).client.locateFile("org/name", COMMIT, "x.gguf");
  deepStrictEqual([location.url, location.sizeBytes, location.digest?.hex], ["http://cdn.test/f", 7, SHA256]);
});

Deno.test("locateFile() takes no storage hash for a SHA-256, no mask for a digest, no redirect's length for a size", async () => {
  for (const headers of [{ etag: `"${"e".repeat(64)}"` }, { "x-linked-etag": `"${"*".repeat(64)}"` }, {}]) {
    const fake = fakeRoutes({
      [HEAD]: () => bare(302, { location: "http://cdn.test/f", "content-length": "9", ...headers }),
    });
    const location = await hubClient(fake).client.locateFile("org/name", COMMIT, "x.gguf");
    deepStrictEqual([location.digest, location.sizeBytes], [undefined, undefined]);
  }
});

Deno.test("locateFile() believes no length of a compressed reply", async () => {
  const fake = fakeRoutes({ [HEAD]: () => bare(200, { "content-encoding": "gzip", "content-length": "5" }) });
  strictEqual((await hubClient(fake).client.locateFile("org/name", COMMIT, "x.gguf")).sizeBytes, undefined);
});

Deno.test("locateFile() refuses circles and redirects that give up encryption", async () => {
  const circle = fakeRoutes({ [HEAD]: () => bare(302, { location: resolve }) });
  await rejects(hubClient(circle).client.locateFile("org/name", COMMIT, "x.gguf"), /in a circle/);
  const down = fakeRoutes({ [HEAD]: () => bare(302, { location: "http://cdn.test/f?Signature=SECRET" }) });
  const { client } = hubClient(down, { endpoint: "https://hub.test" });
  await rejects(client.locateFile("org/name", COMMIT, "x.gguf"), (error: ModelManagerError) => {
    strictEqual(error.code, "NETWORK_ERROR");
    match(error.message, /from https to http/);
    strictEqual(error.message.includes("SECRET"), false);
    return true;
  });
});

Deno.test("locateFile() reads refusals from the headers, as HEAD has no body", async () => {
  const cases = [
    [404, { "x-error-code": "EntryNotFound", "x-repo-commit": COMMIT }, "NOT_FOUND", /has no file "x\.gguf"/],
    [
      403,
      { "x-error-code": "GatedRepo", "x-error-message": "It is awaiting a review" },
      "GATED",
      /not granted yet/,
    ],
  ] as const;
  for (const [status, headers, code, message] of cases) {
    const fake = fakeRoutes({ [HEAD]: () => bare(status, headers) });
    const { client } = hubClient(fake, { token });
    await rejects(client.locateFile("org/name", COMMIT, "x.gguf"), { code, message });
  }
});

Deno.test("locateFile() gives no token that the Hub has refused", async () => {
  const fake = fakeRoutes({
    [HEAD]: ({ headers }) => "authorization" in headers ? bare(401) : bare(200, { "content-length": "10" }),
  });
  const { client, notices } = hubClient(fake, { token });
  deepStrictEqual((await client.locateFile("org/name", COMMIT, "x.gguf")).headers, {});
  strictEqual(notices.length, 1);
});

Deno.test("locateFile() asks each time: a location is never cached", async () => {
  const fake = fakeRoutes({ [HEAD]: (_, count) => bare(302, { location: `http://cdn.test/f?${count}` }) });
  const { client } = hubClient(fake);
  await client.locateFile("org/name", COMMIT, "x.gguf");
  strictEqual((await client.locateFile("org/name", COMMIT, "x.gguf")).url, "http://cdn.test/f?2");
});

Deno.test("locateFile() asks again when a page comes in place of the file's headers", async () => {
  const page = () => bare(200, { "content-type": "text/html; charset=utf-8", "content-length": "72" });
  const place = () => bare(302, { location: "http://cdn.test/f" });
  const passing = fakeRoutes({ [HEAD]: (_, count) => count < 3 ? page() : place() });
  const { client } = hubClient(passing);
  strictEqual((await client.locateFile("org/name", COMMIT, "x.gguf")).url, "http://cdn.test/f");
  const stubborn = hubClient(fakeRoutes({ [HEAD]: page })).client;
  await rejects(stubborn.locateFile("org/name", COMMIT, "x.gguf"), (error: ModelManagerError) => {
    strictEqual(error.code, "NETWORK_ERROR");
    match(error.message, /after 6 attempts .*"hub\.test" answered with a web page instead of the file/);
    match(error.hints.join(), /log-in/);
    return true;
  });
});

Deno.test("locateFile() knows a web page of the repository by its tag", async () => {
  const headers = { "content-type": "text/html", etag: `"${GIT_SHA1}"`, "content-length": "10" };
  const fake = fakeRoutes({ [HEAD]: () => bare(200, headers) });
  strictEqual((await hubClient(fake).client.locateFile("org/name", COMMIT, "x.gguf")).sizeBytes, 10);
});
