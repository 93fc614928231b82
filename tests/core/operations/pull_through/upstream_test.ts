import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Upstream } from "../../../../core/operations/pull_through/upstream.ts";
import { UpstreamDown } from "../../../../core/operations/pull_through/upstream_refusal.ts";
import { TestClock } from "../../../support/test_clock.ts";

const ENDPOINT = "https://hub.test";
const COMMIT = "a".repeat(40);
const INFO = {
  id: "acme/x",
  sha: COMMIT,
  tags: [],
  gated: false,
  private: false,
  siblings: [{ rfilename: "a.txt", size: 3, blobId: "b".repeat(40) }],
};

function refusal(status: number, headers: Record<string, string>): Response {
  return new Response("{}", { status, headers: { "content-type": "application/json", ...headers } });
}

interface Asked {
  readonly path: string;
  readonly token: string | null;
}

function makeUpstream(answer: (asked: Asked) => Response | Promise<Response>) {
  const asked: Asked[] = [];
  const clock = new TestClock();
  const upstream = new Upstream({
    endpoint: ENDPOINT,
    mirrors: [],
    fetch: async (input, init) => {
      const url = new URL(String(input instanceof Request ? input.url : input));
      const token = new Headers(init?.headers).get("authorization");
      asked.push({ path: url.pathname, token });
      return await answer({ path: url.pathname, token });
    },
    clock,
    userAgent: "test",
    offline: false,
    cacheDurationMs: 300_000,
    maxRetries: 3,
  });
  return { upstream, asked, clock };
}

Deno.test("Upstream asks for facts once for each who asks, with its own token, until they are old", async () => {
  const { upstream, asked, clock } = makeUpstream(() => Response.json(INFO));
  const question = { repo: "acme/x", revision: "main" };
  const [one, two] = await Promise.all([
    upstream.facts({ ...question, token: undefined }),
    upstream.facts({ ...question, token: undefined }),
  ]);
  strictEqual(one, two);
  strictEqual(one.commit, COMMIT);
  strictEqual(one.files[0]?.path, "a.txt");
  await upstream.facts({ ...question, token: "t1" });
  deepStrictEqual(asked.map(({ token }) => token), [null, "Bearer t1"]);
  await clock.advance(59_000);
  await upstream.facts({ ...question, token: undefined });
  strictEqual(asked.length, 2);
  await clock.advance(1_000);
  await upstream.facts({ ...question, token: undefined });
  strictEqual(asked.length, 3);
});

Deno.test("Upstream passes a refusal on as it came, and remembers it for a moment", async () => {
  const { upstream, asked, clock } = makeUpstream(() =>
    refusal(404, { "x-error-code": "RepoNotFound", "x-error-message": "Repository not found" })
  );
  const ask = () => upstream.facts({ repo: "acme/x", revision: undefined, token: "t" });
  await rejects(ask(), { status: 404, code: "RepoNotFound", message: "Repository not found" });
  await rejects(ask(), { status: 404 });
  strictEqual(asked.length, 1);
  await clock.advance(10_000);
  await rejects(ask(), { status: 404 });
  strictEqual(asked.length, 2);
});

Deno.test("Upstream does not wait for a rate limit, and does not remember it", async () => {
  const { upstream, asked } = makeUpstream(() => refusal(429, { "retry-after": "100" }));
  const ask = () => upstream.facts({ repo: "acme/x", revision: undefined, token: undefined });
  await rejects(ask(), { status: 429, headers: { "retry-after": "100" } });
  await rejects(ask(), { status: 429 });
  strictEqual(asked.length, 2);
});

Deno.test("Upstream that could not be reached is left alone for a moment", async () => {
  const { upstream, asked, clock } = makeUpstream(() => Promise.reject(new TypeError("connection refused")));
  const ask = () => upstream.facts({ repo: "acme/x", revision: undefined, token: undefined });
  await rejects(ask(), UpstreamDown);
  await rejects(upstream.rightTo("acme/x", "t"), UpstreamDown);
  strictEqual(asked.length, 1);
  await clock.advance(5_000);
  await rejects(ask(), UpstreamDown);
  strictEqual(asked.length, 2);
});

Deno.test("Upstream decides each minute, and for each token, who may have a model", async () => {
  const { upstream, asked, clock } = makeUpstream(({ token }) =>
    token === "Bearer good"
      ? new Response("OK")
      : refusal(403, { "x-error-code": "GatedRepo", "x-error-message": "Not you" })
  );
  strictEqual(await upstream.rightTo("acme/x", "good"), undefined);
  strictEqual(await upstream.rightTo("acme/x", "good"), undefined);
  strictEqual((await upstream.rightTo("acme/x", "bad"))?.message, "Not you");
  deepStrictEqual(asked, [
    { path: "/api/models/acme/x/auth-check", token: "Bearer good" },
    { path: "/api/models/acme/x/auth-check", token: "Bearer bad" },
  ]);
  await clock.advance(60_000);
  strictEqual(await upstream.rightTo("acme/x", "good"), undefined);
  strictEqual(asked.length, 3);
});

Deno.test("Upstream asks anew each minute what a token has opened, and what is open to all when it is old", async () => {
  const { upstream, asked, clock } = makeUpstream(() => Response.json(INFO));
  const ask = (token: string | undefined) =>
    upstream.ask(token, async ({ fetch }) => await (await fetch(`${ENDPOINT}/api/models/acme/x`)).json());
  await ask("t");
  await ask(undefined);
  await clock.advance(59_000);
  await ask("t");
  await ask(undefined);
  strictEqual(asked.length, 2);
  await clock.advance(1_000);
  await ask("t");
  await ask(undefined);
  deepStrictEqual(asked.map(({ token }) => token), ["Bearer t", null, "Bearer t"]);
  // Whether a model is gated must not be older than a minute, whatever was answered to others meanwhile.
  await upstream.facts({ repo: "acme/x", revision: undefined, token: undefined });
  strictEqual(asked.length, 4);
});
