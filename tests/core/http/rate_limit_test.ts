import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import type { ModelManagerError } from "../../../core/base/errors.ts";
import {
  RateLimitGate,
  requestBucket,
  type WaitNotice,
  withRateLimit,
} from "../../../core/http/rate_limit.ts";
import { settle, TestClock } from "../../support/test_clock.ts";
import { bare, fakeFetch } from "./fake_fetch.ts";

Deno.test("requestBucket() counts resolving, the API and pages apart", () => {
  const bucket = (path: string): string => requestBucket(new URL(path, "http://hub.test"));
  strictEqual(bucket("/org/name/resolve/abc/f"), "resolvers");
  strictEqual(bucket("/api/resolve-cache/models/org/name/abc/f"), "resolvers");
  strictEqual(bucket("/api/models"), "api");
  strictEqual(bucket("/prefix/api/models/org/name"), "api");
  strictEqual(bucket("/org/name"), "pages");
});

Deno.test("RateLimitGate.pass() holds everybody back until the reset and says so once", async () => {
  const clock = new TestClock();
  const notices: WaitNotice[] = [];
  const gate = new RateLimitGate({ clock, host: "hub.test", onWait: (notice) => notices.push(notice) });
  await gate.pass();
  gate.closeFor(60_000);
  let passed = 0;
  for (let index = 0; index < 3; index++) gate.pass().then(() => passed++);
  await clock.advance(59_999);
  strictEqual(passed, 0);
  await clock.advance(1);
  await settle();
  strictEqual(passed, 3);
  strictEqual(notices.length, 1);
  strictEqual(notices[0]?.until, clock.now());
  match(notices[0]?.message ?? "", /"hub\.test" limits .* waiting 60 s/);
});

Deno.test("RateLimitGate.pass() waits on when the gate is closed for longer meanwhile, never shorter", async () => {
  const clock = new TestClock();
  const gate = new RateLimitGate({ clock, host: "hub.test" });
  const start = clock.now();
  gate.closeFor(10_000);
  let passedAt = 0;
  const passed = gate.pass().then(() => passedAt = clock.now() - start);
  await clock.advance(5_000);
  gate.closeFor(15_000);
  gate.closeFor(1);
  await clock.advance(15_000);
  await passed;
  strictEqual(passedAt, 20_000);
});

Deno.test("RateLimitGate.pass() stops waiting when the caller aborts", async () => {
  const clock = new TestClock();
  const gate = new RateLimitGate({ clock, host: "hub.test" });
  gate.closeFor(1000);
  await rejects(gate.pass(AbortSignal.abort()), (error: ModelManagerError) => error.code === "CANCELLED");
});

Deno.test("RateLimitGate.pass() waits as long as it was told when somebody sets the clock meanwhile", async () => {
  for (const jumpMs of [-3 * 3_600_000, 3 * 3_600_000]) {
    const clock = new TestClock();
    const gate = new RateLimitGate({ clock, host: "hub.test" });
    gate.closeFor(60_000);
    let passed = false;
    const pass = gate.pass().then(() => passed = true);
    await clock.advance(10_000);
    clock.jumpTo(clock.now() + jumpMs);
    await clock.advance(49_999);
    strictEqual(passed, false);
    await clock.advance(1);
    await pass;
    // Nobody who comes later waits for the old time either.
    await gate.pass();
  }
});

Deno.test("withRateLimit() makes all requests of the bucket wait after a 429, and no others", async () => {
  const clock = new TestClock();
  const fake = fakeFetch((_, count) => (count === 1 ? bare(429, { ratelimit: '"api";r=0;t=4' }) : bare(200)));
  const fetch = withRateLimit({ clock })(fake.fetch);
  strictEqual((await fetch("http://hub.test/api/models")).status, 429);
  const held = fetch("http://hub.test/api/models/org/name");
  await fetch("http://hub.test/org/name/resolve/main/f");
  await fetch("http://other.test/api/models");
  await clock.advance(4_999);
  strictEqual(fake.sent.length, 3);
  await clock.advance(1);
  strictEqual((await held).status, 200);
});

Deno.test("withRateLimit() waits before the next request when a success used the window up", async () => {
  const clock = new TestClock({ autoAdvance: true });
  const fake = fakeFetch(() => bare(200, { ratelimit: '"api";r=0;t=1' }));
  const fetch = withRateLimit({ clock })(fake.fetch);
  await fetch("http://hub.test/api/models");
  deepStrictEqual(clock.sleeps, []);
  await fetch("http://hub.test/api/models");
  deepStrictEqual(clock.sleeps, [2_000]);
});

Deno.test("withRateLimit() stays open on a 429 without a time, and on one beyond all patience", async () => {
  for (const headers of [{}, { "retry-after": "7200" }] as Record<string, string>[]) {
    const clock = new TestClock({ autoAdvance: true });
    const fake = fakeFetch(() => bare(429, headers));
    const fetch = withRateLimit({ clock })(fake.fetch);
    await fetch("http://hub.test/api/models");
    await fetch("http://hub.test/api/models");
    deepStrictEqual(clock.sleeps, []);
  }
});
