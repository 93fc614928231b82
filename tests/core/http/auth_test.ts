import { rejects, strictEqual, throws } from "node:assert/strict";
import { withAuth } from "../../../core/http/auth.ts";
import { bare, fakeFetch } from "./fake_fetch.ts";

const endpoint = "https://hub.test/prefix";
const token = "hf_secret";

async function sentAuthorization(
  url: string,
  init: RequestInit = {},
  options: { token?: string } = { token },
): Promise<string | undefined> {
  const fake = fakeFetch(() => bare(200));
  await withAuth({ endpoint, ...options })(fake.fetch)(url, init);
  return fake.sent[0]?.headers["authorization"];
}

Deno.test("withAuth() sends the token to the endpoint's origin", async () => {
  strictEqual(await sentAuthorization("https://hub.test/api/models"), "Bearer hf_secret");
});

Deno.test("withAuth() sends the token to no other origin", async () => {
  for (
    const url of [
      "https://cdn.test/file",
      "http://hub.test/api",
      "https://hub.test:8443/api",
      "https://hub.test.evil.test/",
      "https://sub.hub.test/",
    ]
  ) strictEqual(await sentAuthorization(url), undefined, url);
});

Deno.test("withAuth() takes a caller's Authorization off when the origin is another one", async () => {
  const init = { headers: { authorization: "Bearer mine" } };
  strictEqual(await sentAuthorization("https://cdn.test/file", init), undefined);
  strictEqual(await sentAuthorization("https://hub.test/x", init), "Bearer mine");
});

Deno.test("withAuth() stays anonymous when there is no token or the request omits credentials", async () => {
  strictEqual(await sentAuthorization("https://hub.test/x", {}, {}), undefined);
  strictEqual(await sentAuthorization("https://hub.test/x", { credentials: "omit" }), undefined);
});

Deno.test("withAuth() refuses a token that no header can carry, without showing it", async () => {
  for (const bad of ["hf_a b", "hf_ü", "hf_a\nx: y", ""]) {
    throws(() => withAuth({ endpoint, token: bad }), (error: Error) => {
      strictEqual((error as { code?: string }).code, "AUTHENTICATION_ERROR");
      strictEqual(error.message.includes("hf_"), false);
      return true;
    });
  }
  await rejects(withAuth({ endpoint })(() => Promise.reject(new Error("down")))("https://hub.test/"), /down/);
});
