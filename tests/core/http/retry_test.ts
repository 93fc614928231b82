import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { causeMessages, ModelManagerError } from "../../../core/base/errors.ts";
import type { Fetch } from "../../../core/http/fetch.ts";
import { toNetworkError } from "../../../core/http/network_error.ts";
import type { CheckedInit, ImpatientInit } from "../../../core/http/request_parts.ts";
import { type RetryNotice, type RetryOptions, withRetry } from "../../../core/http/retry.ts";
import { TestClock } from "../../support/test_clock.ts";
import { type Answer, bare, type FakeFetch, fakeFetch, fetchFailed } from "./fake_fetch.ts";

const url = "http://hub.test/api/models";

function retrying(
  answer: Answer,
  options: Partial<RetryOptions> = {},
): { fake: FakeFetch; clock: TestClock; fetch: Fetch } {
  const clock = new TestClock({ autoAdvance: true });
  const fake = fakeFetch(answer);
  return { fake, clock, fetch: withRetry({ clock, ...options })(fake.fetch) };
}

Deno.test("withRetry() repeats each status that passes, with growing delays", async () => {
  for (const status of [408, 429, 500, 502, 503, 504]) {
    const { fake, clock, fetch } = retrying((_, count) => bare(count < 4 ? status : 200));
    strictEqual((await fetch(url)).status, 200);
    strictEqual(fake.sent.length, 4);
    // The test clock's chance is always one half.
    deepStrictEqual(clock.sleeps, [750, 1500, 3000]);
  }
});

Deno.test("withRetry() repeats nothing else", async () => {
  for (const status of [200, 206, 302, 304, 400, 401, 403, 404, 416, 501]) {
    const { fake, fetch } = retrying(() => bare(status));
    strictEqual((await fetch(url)).status, status);
    strictEqual(fake.sent.length, 1, String(status));
  }
});

Deno.test("withRetry() never repeats what changes something", async () => {
  const { fake, fetch } = retrying(() => bare(503));
  strictEqual((await fetch(url, { method: "POST" })).status, 503);
  strictEqual(fake.sent.length, 1);
});

Deno.test("withRetry() repeats retryable errors from below and no others", async () => {
  const { fake, fetch } = retrying((_, count) => {
    if (count < 3) throw toNetworkError(fetchFailed("Connection refused"), new URL(url));
    return bare(200);
  });
  strictEqual((await fetch(url)).status, 200);
  strictEqual(fake.sent.length, 3);

  for (const error of [new ModelManagerError("CANCELLED", "Cancelled"), new TypeError("our own mistake")]) {
    const failing = retrying(() => {
      throw error;
    });
    await rejects(failing.fetch(url), error);
    strictEqual(failing.fake.sent.length, 1);
  }
});

Deno.test("withRetry() keeps exactly to the waiting time that the server gives", async () => {
  const { clock, fetch } = retrying((_, count) => {
    if (count === 1) return bare(503, { "retry-after": "7" });
    return count === 2 ? bare(429, { ratelimit: '"api";r=0;t=211' }) : bare(200);
  });
  await fetch(url);
  deepStrictEqual(clock.sleeps, [7_000, 212_000]);
});

Deno.test("withRetry() gives up after five repetitions and says attempts, time and the last cause", async () => {
  const { fake, fetch } = retrying((_, count) => bare(count === 6 ? 504 : 500));
  await rejects(fetch(url), (error: ModelManagerError) => {
    strictEqual(error.code, "NETWORK_ERROR");
    strictEqual(error.retryable, true);
    strictEqual(error.message, 'Gave up on "hub.test" after 6 attempts in 17 s: 504 Gateway Timeout');
    deepStrictEqual(causeMessages(error), ['"hub.test" answered 504 Gateway Timeout']);
    ok(error.hints.length > 0);
    return true;
  });
  strictEqual(fake.sent.length, 6);
});

Deno.test("withRetry() ends with RATE_LIMITED and the time to wait when the limit stays", async () => {
  const { fake, fetch } = retrying(() => bare(429, { "retry-after": "59" }), { policy: { maxRetries: 2 } });
  await rejects(fetch(url), (error: ModelManagerError) => {
    strictEqual(error.code, "RATE_LIMITED");
    strictEqual(error.retryAfterMs, 60_000);
    match(error.message, /after 3 attempts in 2 min: 429 Too Many Requests$/);
    match(error.hints[0] ?? "", /in 60 s/);
    return true;
  });
  strictEqual(fake.sent.length, 3);
});

Deno.test("withRetry() does not wait for a server that asks for hours", async () => {
  const { fake, clock, fetch } = retrying(() => bare(503, { "retry-after": "7200" }));
  await rejects(fetch(url), (error: ModelManagerError) => error.retryAfterMs === 7_200_000);
  strictEqual(fake.sent.length, 1);
  deepStrictEqual(clock.sleeps, []);
});

Deno.test("withRetry() makes one attempt when no retries are wanted", async () => {
  const { fetch } = retrying(() => bare(500), { policy: { maxRetries: 0 } });
  await rejects(fetch(url), /after 1 attempt in 0 s/);
});

Deno.test("withRetry() tells of each repetition before it waits", async () => {
  const notices: RetryNotice[] = [];
  const { fetch } = retrying((_, count) => bare(count === 1 ? 502 : 200), {
    onRetry: (notice) => notices.push(notice),
  });
  await fetch(url);
  strictEqual(notices.length, 1);
  const { attempt, maxAttempts, delayMs, host, error } = notices[0] as RetryNotice;
  deepStrictEqual({ attempt, maxAttempts, delayMs, host, code: error.code }, {
    attempt: 1,
    maxAttempts: 6,
    delayMs: 750,
    host: "hub.test",
    code: "NETWORK_ERROR",
  });
});

Deno.test("withRetry() stops waiting when the caller aborts", async () => {
  const clock = new TestClock();
  const controller = new AbortController();
  const fake = fakeFetch(() => bare(503));
  const reply = withRetry({ clock })(fake.fetch)(url, { signal: controller.signal });
  const judged = rejects(reply, (error: ModelManagerError) => error.code === "CANCELLED");
  await clock.advance(10);
  controller.abort();
  await judged;
  strictEqual(fake.sent.length, 1);
});

Deno.test("withRetry() leaves a server's 429 wait to the gate below it", async () => {
  const { clock, fake, fetch } = retrying(
    (_, count) => count === 1 ? bare(429, { "retry-after": "9" }) : count === 2 ? bare(429) : bare(200),
    { gated: true },
  );
  await fetch(url);
  strictEqual(fake.sent.length, 3);
  // Only the 429 without a time is waited for here.
  deepStrictEqual(clock.sleeps, [1500]);
});

/** How many attempts an impatient caller pays for, and how long they take. */
async function impatience(
  answer: Answer,
  options: Partial<RetryOptions> = {},
): Promise<{ readonly attempts: number; readonly elapsedMs: number; readonly code: string | undefined }> {
  const { fake, clock, fetch } = retrying(answer, options);
  const init: ImpatientInit = { impatient: true };
  const code = await fetch(url, init).then(() => undefined, (error: ModelManagerError) => error.code);
  return { attempts: fake.sent.length, elapsedMs: clock.monotonic(), code };
}

function refuse(): never {
  throw toNetworkError(fetchFailed("tcp connect error: Connection refused"), new URL(url));
}

Deno.test("withRetry() gives up early on an origin without a reply when the caller has another place to ask", async () => {
  deepStrictEqual(await impatience(refuse), { attempts: 3, elapsedMs: 2250, code: "NETWORK_ERROR" });
  const fewer = await impatience(refuse, { policy: { maxRetries: 1 } });
  strictEqual(fewer.attempts, 2);
});

Deno.test("withRetry() repeats an impatient request as long as the server answers and there is time", async () => {
  strictEqual((await impatience((_, count) => bare(count < 4 ? 503 : 200))).code, undefined);
  deepStrictEqual(await impatience(() => bare(503)), { attempts: 4, elapsedMs: 5250, code: "NETWORK_ERROR" });
});

Deno.test("withRetry() does not let an impatient request wait for a server that is down for long", async () => {
  deepStrictEqual(await impatience(() => bare(503, { "retry-after": "60" })), {
    attempts: 1,
    elapsedMs: 0,
    code: "NETWORK_ERROR",
  });
});

Deno.test("withRetry() waits for a rate limit however impatient the request is", async () => {
  deepStrictEqual(
    await impatience((_, count) => count === 1 ? bare(429, { "retry-after": "60" }) : bare(200)),
    { attempts: 2, elapsedMs: 61_000, code: undefined },
  );
});

Deno.test("withRetry() asks again for a reply that is not what was asked for", async () => {
  const page = () => new Response("<html>", { headers: { "content-type": "text/html" } });
  const wrong = new ModelManagerError("NETWORK_ERROR", "That is a page", { retryable: true });
  const init: CheckedInit = {
    check: (response) =>
      Promise.resolve(response.headers.get("content-type") === "text/html" ? wrong : undefined),
  };
  const { fake, fetch } = retrying((_, count) => count < 3 ? page() : bare(200));
  strictEqual((await fetch(url, init)).status, 200);
  strictEqual(fake.sent.length, 3);
  const stubborn = retrying(page, { policy: { maxRetries: 2 } });
  await rejects(stubborn.fetch(url, init), { message: /after 3 attempts in .*: That is a page$/ });
  strictEqual((await retrying(page).fetch(url)).status, 200, "nobody has asked for anything else");
});
