import { match, rejects, strictEqual } from "node:assert/strict";
import type { ModelManagerError } from "../../../core/base/errors.ts";
import type { ImpatientInit } from "../../../core/http/request_parts.ts";
import { withHeadersTimeout, withinDeadline } from "../../../core/http/timeout.ts";
import { TestClock } from "../../support/test_clock.ts";
import { bare, fakeFetch } from "./fake_fetch.ts";

const IMPATIENT: ImpatientInit = { impatient: true };

function silent(): Promise<never> {
  return new Promise(() => {});
}

Deno.test("withHeadersTimeout() gives up retryably on a server that says nothing, and aborts the request", async () => {
  const clock = new TestClock();
  const fake = fakeFetch(silent);
  const reply = withHeadersTimeout({ clock, timeoutMs: 30_000 })(fake.fetch)("http://hub.test/");
  const judged = rejects(reply, (error: ModelManagerError) => {
    strictEqual(error.code, "NETWORK_ERROR");
    strictEqual(error.retryable, true);
    match(error.message, /no reply within 30 s/);
    return true;
  });
  await clock.advance(29_999);
  strictEqual(fake.sent[0]?.init.signal?.aborted, false);
  await clock.advance(1);
  await judged;
  strictEqual(fake.sent[0]?.init.signal?.aborted, true);
});

Deno.test("withHeadersTimeout() leaves a reply alone once it has begun", async () => {
  const clock = new TestClock();
  const fake = fakeFetch(() => bare(200));
  strictEqual((await withHeadersTimeout({ clock })(fake.fetch)("http://hub.test/")).status, 200);
  strictEqual(clock.sleeping, 0);
  await clock.advance(60_000);
  strictEqual(fake.sent[0]?.init.signal?.aborted, false);
});

Deno.test("withHeadersTimeout() passes the caller's abort on", async () => {
  const controller = new AbortController();
  const fake = fakeFetch(() => bare(200));
  await withHeadersTimeout({ clock: new TestClock() })(fake.fetch)("http://hub.test/", {
    signal: controller.signal,
  });
  controller.abort();
  strictEqual(fake.sent[0]?.init.signal?.aborted, true);
});

Deno.test("withinDeadline() throws what the work throws, and forgets its timer", async () => {
  const clock = new TestClock();
  const options = { clock, timeoutMs: 10, onTimeout: () => new Error("late") };
  await rejects(withinDeadline(() => Promise.reject(new Error("broken")), options), /broken/);
  strictEqual(clock.sleeping, 0);
});

Deno.test("withHeadersTimeout() waits less when the caller has another place to ask", async () => {
  const clock = new TestClock({ autoAdvance: true });
  const fetch = withHeadersTimeout({ clock })(fakeFetch(silent).fetch);
  await rejects(fetch("http://hub.test/", IMPATIENT), /no reply within 10 s/);
  strictEqual(clock.monotonic(), 10_000);
  const shorter = withHeadersTimeout({ clock, timeoutMs: 5000 })(fakeFetch(silent).fetch);
  await rejects(shorter("http://hub.test/", IMPATIENT), /no reply within 5 s/);
});

Deno.test("withHeadersTimeout() names the proxy on the way", async () => {
  const clock = new TestClock({ autoAdvance: true });
  const proxyFor = () => ({ host: "proxy.test:3128", variable: "HTTP_PROXY", isSocks: false });
  const fetch = withHeadersTimeout({ clock, proxyFor })(fakeFetch(silent).fetch);
  await rejects(fetch("http://hub.test/"), /"hub\.test" through the proxy "proxy\.test:3128": no reply/);
});
