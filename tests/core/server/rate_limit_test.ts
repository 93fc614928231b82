import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createRateCounter } from "../../../core/server/rate_limit.ts";
import { TestClock } from "../../support/test_clock.ts";

Deno.test("createRateCounter() counts each caller and kind apart and says what is left", () => {
  const counter = createRateCounter(new TestClock({ startMs: 300_000 }), { resolvers: 3, api: 9 });
  deepStrictEqual(counter.take("a", "/acme/x/resolve/main/f").headers, {
    "ratelimit": '"resolvers";r=2;t=300',
    "ratelimit-policy": '"fixed window";"resolvers";q=3;w=300',
  });
  strictEqual(counter.take("a", "/acme/x/resolve/main/f").headers["ratelimit"], '"resolvers";r=1;t=300');
  strictEqual(counter.take("b", "/acme/x/resolve/main/f").headers["ratelimit"], '"resolvers";r=2;t=300');
  strictEqual(counter.take("a", "/api/models").headers["ratelimit"], '"api";r=8;t=300');
  strictEqual(counter.take("a", "/acme/x").headers["ratelimit"], '"pages";r=999999;t=300');
});

Deno.test("createRateCounter() refuses when nothing is left, until the window ends", async () => {
  const clock = new TestClock({ startMs: 0 });
  const counter = createRateCounter(clock, { api: 1, windowMs: 10_000 });
  await clock.advance(4_000);
  strictEqual(counter.take("a", "/api/models").refusal, undefined);
  const { refusal, headers } = counter.take("a", "/api/models");
  strictEqual(refusal?.status, 429);
  strictEqual(refusal?.headers["retry-after"], "6");
  strictEqual(headers["ratelimit"], '"api";r=0;t=6');
  await clock.advance(6_000);
  strictEqual(counter.take("a", "/api/models").refusal, undefined);
});
