import assert from "node:assert/strict";
import { proxyRules, proxyWarnings } from "../../../../core/http/proxy.ts";
import type { HubReplyFacts } from "../../../../core/operations/doctor/hub_probe.ts";
import {
  checkClock,
  checkProxy,
  checkRateLimit,
  checkReply,
  proxyAddress,
} from "../../../../core/operations/doctor/network_checks.ts";

function reply(change: Partial<HubReplyFacts> = {}): HubReplyFacts {
  return {
    base: "https://hub.test",
    status: 200,
    latencyMs: 42.4,
    isHub: true,
    elsewhere: undefined,
    aheadMs: 0,
    rateLimit: { bucket: "api", remaining: 900, resetSeconds: 120 },
    rateQuota: 1000,
    waitMs: undefined,
    ...change,
  };
}

const HUB = { hasToken: true, isMirror: false } as const;

Deno.test("checkReply() takes a Hub, also one that wants a token", () => {
  assert.deepEqual(checkReply(reply(), HUB), {
    status: "ok",
    detail: '"https://hub.test" answers in 42 ms, TLS is valid',
  });
  for (const status of [401, 403]) {
    assert.equal(checkReply(reply({ status, isHub: false }), HUB).status, "ok");
  }
});

Deno.test("checkReply() tells broken, foreign and redirecting servers apart", () => {
  const status = (change: Partial<HubReplyFacts>): string => checkReply(reply(change), HUB).status;
  assert.equal(status({ status: 503, isHub: false }), "problem");
  assert.equal(status({ status: 429, isHub: false }), "warning");
  const page = checkReply(reply({ isHub: false }), HUB);
  assert.deepEqual([page.status, page.detail], [
    "problem",
    '"https://hub.test" does not answer as a Hub does (200)',
  ]);
  const moved = checkReply(reply({ status: 302, isHub: false, elsewhere: "https://new.test" }), HUB);
  assert.deepEqual(moved.hints, ["If you trust that place: mm config set endpoint https://new.test"]);
  const mirror = checkReply(reply({ status: 302, isHub: false, elsewhere: "https://new.test" }), {
    hasToken: false,
    isMirror: true,
  });
  assert.deepEqual(mirror.hints, ["See the mirrors: mm config get mirrors"]);
});

Deno.test("checkReply() warns of a token that travels in the open", () => {
  const base = "http://hub.test";
  assert.equal(checkReply(reply({ base }), HUB).status, "warning");
  assert.equal(checkReply(reply({ base }), { ...HUB, hasToken: false }).status, "ok");
  for (const local of ["http://127.0.0.1:80", "http://localhost:80", "http://[::1]:80"]) {
    assert.equal(checkReply(reply({ base: local }), HUB).status, "ok", local);
  }
});

Deno.test("checkRateLimit() warns when little is left", () => {
  assert.deepEqual(checkRateLimit(reply(), true), {
    status: "ok",
    detail: '900 of 1000 requests left ("api"), reset in 120 s',
  });
  const left = (remaining: number) => reply({ rateLimit: { bucket: "api", remaining, resetSeconds: 9 } });
  assert.equal(checkRateLimit(left(50), true).status, "ok");
  assert.equal(checkRateLimit(left(49), true).status, "warning");
  assert.deepEqual(checkRateLimit(left(49), false).hints, ["Log in for a higher limit: mm login"]);
  assert.equal(checkRateLimit(reply({ rateLimit: undefined }), true).detail, "none stated");
  const refused = checkRateLimit(reply({ status: 429, waitMs: 41_200 }), true);
  assert.deepEqual([refused.status, refused.detail], [
    "warning",
    "used up, the next request may be made in 42 s",
  ]);
});

Deno.test("checkClock() warns from more than five minutes on, either way", () => {
  const place = { timeZone: "Europe/Berlin", os: "linux" };
  assert.equal(checkClock(-1900, place).detail, "right, time zone Europe/Berlin");
  assert.equal(checkClock(300_000, place).status, "ok");
  const behind = checkClock(301_000, place);
  assert.deepEqual([behind.status, behind.hints], ["warning", [
    "Set the clock: sudo timedatectl set-ntp true",
  ]]);
  assert.match(behind.detail, /^5 min behind the Hub's/);
  assert.match(checkClock(-7_200_000, place).detail, /^2 h ahead of the Hub's/);
  assert.match(checkClock(-400 * 86_400_000, place).detail, /^400 days ahead/);
  assert.equal(checkClock(undefined, place).skipped, true);
});

function proxyFinding(variables: Readonly<Record<string, string>>): ReturnType<typeof checkProxy> {
  const rules = proxyRules(variables);
  const routes = ["https://hub.test", "http://mirror.test:8080"].map((address) => {
    const url = new URL(address);
    return { host: url.host, proxy: rules(url) };
  });
  return checkProxy({ warnings: proxyWarnings(variables), routes, exceptions: variables["NO_PROXY"] ?? "" });
}

Deno.test("checkProxy() says which host goes through which proxy, and never a password", () => {
  assert.equal(proxyFinding({}).detail, "none");
  const variables = { HTTPS_PROXY: "http://ada:s3cret@proxy.test:3128", NO_PROXY: "mirror.test" };
  const finding = proxyFinding(variables);
  assert.deepEqual([finding.status, finding.detail], ["ok", "hub.test through proxy.test:3128"]);
  assert.deepEqual(finding.more, [
    '"hub.test" through "proxy.test:3128", set by HTTPS_PROXY',
    '"mirror.test:8080" directly',
    "NO_PROXY: mirror.test",
  ]);
  const unusable = proxyFinding({ ALL_PROXY: "ftp://ada:s3cret@x" });
  assert.equal(unusable.status, "warning");
  assert.doesNotMatch(JSON.stringify([finding, unusable]), /s3cret/);
});

Deno.test("proxyAddress() knows the ports that variables leave out", () => {
  const route = (host: string, isSocks = false) => proxyAddress({ host, isSocks, variable: "X" });
  assert.deepEqual(route("proxy.test:3128"), { hostname: "proxy.test", port: 3128 });
  assert.deepEqual(route("proxy.test"), { hostname: "proxy.test", port: 80 });
  assert.deepEqual(route("proxy.test", true), { hostname: "proxy.test", port: 1080 });
  assert.deepEqual(route("[::1]:8080"), { hostname: "::1", port: 8080 });
});
