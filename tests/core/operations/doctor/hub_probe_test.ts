import assert from "node:assert/strict";
import type { Fetch } from "../../../../core/http/fetch.ts";
import { probeHub } from "../../../../core/operations/doctor/hub_probe.ts";
import { TestClock } from "../../../support/test_clock.ts";

const BASE = "http://hub.test/sub";

function probe(answer: Response | Promise<Response>, clock = new TestClock()): ReturnType<typeof probeHub> {
  const fetch: Fetch = async (input, init) => {
    assert.equal(String(input), `${BASE}/api/models?limit=1`);
    assert.equal(init?.redirect, "manual");
    assert.equal(new Headers(init?.headers).has("authorization"), false);
    await clock.advance(100);
    return await answer;
  };
  return probeHub(BASE, { fetch, clock, signal: new AbortController().signal });
}

Deno.test("probeHub() reads time, latency and rate limit from one reply", async () => {
  const clock = new TestClock();
  const headers = {
    date: new Date(clock.now() + 600_000).toUTCString(),
    ratelimit: '"api";r=12;t=34',
    "ratelimit-policy": '"fixed window";"api";q=500;w=300',
  };
  const facts = await probe(Response.json([{ id: "a/b" }], { headers }), clock);
  assert.deepEqual([facts.isHub, facts.status, facts.latencyMs], [true, 200, 100]);
  assert.deepEqual([facts.rateLimit, facts.rateQuota], [
    { bucket: "api", remaining: 12, resetSeconds: 34 },
    500,
  ]);
  assert.ok(facts.aheadMs !== undefined && Math.abs(facts.aheadMs - 600_000) < 1_500, String(facts.aheadMs));
});

Deno.test("probeHub() takes only a list of models for a Hub", async () => {
  assert.equal((await probe(Response.json([]))).isHub, true);
  for (
    const answer of [Response.json({}), Response.json([1]), new Response("<html>"), Response.json([{ x: 1 }])]
  ) {
    assert.equal((await probe(answer)).isHub, false);
  }
  const bare = await probe(Response.json([]));
  assert.deepEqual([bare.aheadMs, bare.rateLimit, bare.rateQuota, bare.elsewhere], [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("probeHub() says where it is sent, and how long it is to wait", async () => {
  const moved = await probe(
    new Response(null, { status: 301, headers: { location: "https://other.test/x" } }),
  );
  assert.equal(moved.elsewhere, "https://other.test");
  const refused = await probe(new Response("no", { status: 429, headers: { "retry-after": "7" } }));
  assert.deepEqual([refused.status, refused.waitMs !== undefined && refused.waitMs >= 7000], [429, true]);
});
