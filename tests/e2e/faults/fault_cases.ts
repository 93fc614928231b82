/**
 * The fault table: every way in which a network or a server may fail, each alone, and what has to come of it.
 *
 * Faults that need processes or certificates of their own are rows of other tests:
 *
 * | fault | test |
 * |---|---|
 * | https to http refused | `proxy_test.ts`: "mm pull follows the Hub from https to https only"; `segment_request_test.ts` |
 * | proxy dead, unknown, wants a password; SOCKS; `NO_PROXY` | `proxy_test.ts` |
 * | proxy dies under the workers | `fault_processes_test.ts` |
 * | custom and unknown certificate authority | `proxy_test.ts`; for the threads: `segment_request_test.ts` |
 * | `kill -9`, signals, several processes | `interruption_test.ts` |
 * | mirrors: order, token, refusals | `mirror_test.ts`, `core/hub/mirrors_test.ts` |
 * | all of them mixed | `core/download/engine_chaos_test.ts` |
 *
 * @module
 */
import { deadEndpoint } from "../../support/faults.ts";
import {
  type Failure,
  fault,
  type FaultCase,
  isInfo,
  isResolve,
  LARGE_BYTES,
  type Survival,
  type TargetFault,
} from "./fault_case.ts";

const SURVIVES: Survival = { survives: true };
const KEPT = /Run the same command again: what has arrived is kept/;

function fails(code: Failure["code"], message: RegExp, hint: RegExp = KEPT, keeps?: true): Failure {
  return { survives: false, code, message, hint, ...(keeps === undefined ? {} : { keeps }) };
}

function says(text: RegExp, others: Partial<Survival> = {}): Survival {
  return { survives: true, says: text, ...others };
}

/** The Hub names a place on another host. */
function sentTo(origin: string, when: { readonly times?: number } = {}): TargetFault {
  return { effect: { type: "redirect", location: `${origin}/f?Signature=secret` }, when: isResolve, ...when };
}

const DEAD = deadEndpoint();
const UNKNOWN = "http://files.invalid";
/** After a quarter of the large file; never for small ones, which have but one request. */
const LATER = { skip: 2 } as const;

const CONNECTIONS: readonly FaultCase[] = [
  {
    name: "file host refuses connections, then another place is given",
    hub: [sentTo(DEAD, { times: 1 })],
    expected: says(/Cannot reach "127\.0\.0\.1:\d+": the connection was refused/),
  },
  {
    name: "file host refuses connections for ever",
    hub: [sentTo(DEAD)],
    expected: fails(
      "NETWORK_ERROR",
      /gave up after 4 attempts over [\d.]+ s without progress: cannot reach "127\.0\.0\.1:\d+": the connection was refused/,
    ),
  },
  {
    name: "connection reset before the answer",
    raw: () => {
      let left = 2;
      return () => ({ type: left-- > 0 ? "reset" : "pass" });
    },
    expected: says(/the connection was (?:cut|reset)|Cannot reach/),
  },
  {
    name: "connection reset in the middle",
    raw: () => {
      let left = 2;
      return () => left-- > 0 ? { type: "reset", afterBytes: 120_000 } : { type: "pass" };
    },
    expected: says(/The connection to "127\.0\.0\.1:\d+" broke off/),
  },
  {
    name: "connection closed without an answer",
    raw: () => {
      let left = 2;
      return () => ({ type: left-- > 0 ? "close" : "pass" });
    },
    expected: says(/Cannot reach "127\.0\.0\.1:\d+": the connection was cut/),
  },
  {
    name: "something that is no HTTP",
    raw: () => () => ({ type: "garbage" }),
    expected: fails("NETWORK_ERROR", /it does not speak HTTP/, /http or https/),
  },
  {
    name: "connection cut after N bytes, every time",
    on: ["large"],
    fileHost: [fault({ type: "cut", afterBytes: 400_000 })],
    expected: says(/broke off|sent \d+ of \d+ bytes/),
  },
  {
    name: "body ends early",
    fileHost: [fault({ type: "cut", afterBytes: 200_000 }, { times: 2 })],
    expected: says(/broke off|sent \d+ of \d+ bytes/),
  },
  {
    name: "connection cut at once, for ever, after a part has come",
    on: ["large"],
    fileHost: [fault({ type: "cut", afterBytes: 0 }, LATER)],
    expected: fails("NETWORK_ERROR", /gave up after 4 attempts/, KEPT, true),
  },
  {
    name: "one lane stalls",
    on: ["large"],
    fileHost: [fault({ type: "stall", afterBytes: 100_000 }, { skip: 1, times: 1 })],
    expected: SURVIVES,
  },
  {
    name: "one connection never answers",
    fileHost: [fault({ type: "hang" }, { times: 1 })],
    settings: { stall_timeout: 10 },
    expected: SURVIVES,
  },
  {
    name: "all connections stall for ever",
    fileHost: [fault({ type: "hang" })],
    settings: { stall_timeout: 10 },
    expected: fails(
      "NETWORK_ERROR",
      /gave up after 4 attempts over \d+ s without progress: no byte arrived for 10 s/,
    ),
  },
  {
    name: "one lane crawls",
    fileHost: [fault({ type: "slow", bytesPerSecond: 150_000 }, { times: 1 })],
    expected: SURVIVES,
  },
  {
    name: "everything crawls, and the time without progress never comes",
    on: ["small"],
    connections: 1,
    settings: { timeout: 20, stall_timeout: 10 },
    fileHost: [fault({ type: "slow", bytesPerSecond: 200_000 })],
    expected: SURVIVES,
  },
];

const PASSING_STATUS = [408, 425, 500, 502, 503, 504, 520, 522, 524];

const STATUSES: readonly FaultCase[] = [
  ...PASSING_STATUS.map((status): FaultCase => ({
    name: `${status} three times`,
    fileHost: [fault({ type: "status", status }, { times: 3 })],
    expected: says(new RegExp(`answered ${status}`)),
  })),
  {
    name: "500 for ever",
    fileHost: [fault({ type: "status", status: 500 }, LATER)],
    on: ["large"],
    expected: fails("NETWORK_ERROR", /gave up after 4 attempts .*"localhost:\d+" answered 500/, KEPT, true),
  },
  {
    name: "501",
    fileHost: [fault({ type: "status", status: 501 })],
    expected: fails("NETWORK_ERROR", /"localhost:\d+" answered 501/),
  },
  {
    name: "HTML error page with 503, twice",
    fileHost: [fault({
      type: "status",
      status: 503,
      headers: { "content-type": "text/html" },
      body: "<html><script>alert(1)</script></html>",
    }, { times: 2 })],
    expected: says(/answered 503/),
  },
  {
    name: "HTML page with 200, once",
    fileHost: [fault({ type: "html" }, { times: 1 })],
    expected: SURVIVES,
  },
  {
    name: "HTML page with 200, for ever",
    on: ["large"],
    fileHost: [fault({ type: "html" }, LATER)],
    expected: fails("NETWORK_ERROR", /"localhost:\d+" sent something else than the file/, KEPT, true),
  },
  {
    name: "429 with Retry-After",
    fileHost: [fault({ type: "status", status: 429, headers: { "retry-after": "4" } }, { times: 2 })],
    expected: says(/The server limits the rate: going on in \d+ s/),
  },
  {
    name: "429 with RateLimit r=0",
    fileHost: [fault({ type: "rate-limit", resetSeconds: 6 }, { times: 2 })],
    expected: says(/The server limits the rate: going on in 7 s/),
  },
  {
    name: "429 for longer than the time without progress",
    fileHost: [fault({ type: "rate-limit", resetSeconds: 40 }, { times: 1 })],
    settings: { timeout: 10 },
    expected: says(/going on in 41 s/),
  },
  {
    name: "429 for ever",
    fileHost: [fault({ type: "rate-limit", resetSeconds: 1 }, LATER)],
    on: ["large"],
    expected: fails("RATE_LIMITED", /gave up after 4 attempts .*answered 429/, KEPT, true),
  },
  {
    name: "429 until tomorrow",
    fileHost: [fault({ type: "status", status: 429, headers: { "retry-after": "86400" } })],
    expected: fails("RATE_LIMITED", /asks to wait 2\d h, longer than the 15 min/, /again in 2\d h/),
  },
  {
    name: "503 with Retry-After",
    fileHost: [fault({ type: "status", status: 503, headers: { "retry-after": "9" } }, { times: 1 })],
    expected: says(/answered 503/),
  },
  {
    name: "503 with Retry-After for longer than the time without progress",
    fileHost: [fault({ type: "status", status: 503, headers: { "retry-after": "30" } }, { times: 1 })],
    settings: { timeout: 10 },
    expected: says(/answered 503/),
  },
  {
    name: "503 with Retry-After: 0",
    fileHost: [fault({ type: "status", status: 503, headers: { "retry-after": "0" } }, { times: 3 })],
    expected: says(/answered 503/),
  },
  {
    name: "503 for two hours",
    fileHost: [fault({ type: "status", status: 503, headers: { "retry-after": "7200" } })],
    expected: fails(
      "NETWORK_ERROR",
      /answered 503 and asks to wait 2 h, longer than the 15 min/,
      /again in 2 h/,
    ),
  },
  {
    name: "404 for ever",
    fileHost: [fault({ type: "status", status: 404 })],
    expected: fails("NOT_FOUND", /"localhost:\d+" answered 404/),
  },
  {
    name: "403 for ever",
    fileHost: [fault({ type: "status", status: 403 }, LATER)],
    on: ["large"],
    expected: fails("AUTHENTICATION_ERROR", /"localhost:\d+" answered 403/, KEPT, true),
  },
  {
    name: "signed URL expired, once for all lanes",
    fileHost: [{
      effect: { type: "expired" },
      skip: 1,
      when: (request, { path, hub }) =>
        request.method === "GET" &&
        hub.fileRequests(path).filter(({ host }) => host === "hub").length < 2,
    }],
    on: ["large"],
    expected: { survives: true, resolves: 2 },
  },
  {
    name: "signed URL expired before its first use",
    fileHost: [fault({ type: "expired" }, { times: 1 })],
    on: ["small"],
    expected: { survives: true, resolves: 2 },
  },
];

const BODIES: readonly FaultCase[] = [
  {
    name: "Range ignored (200 with the whole file)",
    on: ["large"],
    fileHost: [fault({ type: "ignore-range" })],
    expected: { survives: true, beginsAnew: true },
  },
  {
    name: "wrong Content-Range, twice",
    on: ["large"],
    fileHost: [fault({ type: "content-range", value: `bytes 0-9/${LARGE_BYTES}` }, { times: 2 })],
    expected: says(/answered with the range "bytes 0-9/),
  },
  {
    name: "wrong Content-Range, for ever",
    on: ["large"],
    fileHost: [fault({ type: "content-range", value: `bytes 0-9/${LARGE_BYTES}` }, LATER)],
    expected: fails("NETWORK_ERROR", /answered with the range "bytes 0-9/, KEPT, true),
  },
  {
    name: "no Content-Range, twice",
    on: ["large"],
    fileHost: [fault({ type: "content-range", value: undefined }, { times: 2 })],
    expected: says(/answered with the range "\(none\)"/),
  },
  { name: "416 once", fileHost: [fault({ type: "status", status: 416 }, { times: 1 })], expected: SURVIVES },
  {
    name: "416 for ever",
    fileHost: [fault({ type: "status", status: 416 })],
    expected: fails("NETWORK_ERROR", /answered 416/),
  },
  {
    name: "more bytes than were asked for",
    fileHost: [fault({ type: "longer", extraBytes: 70_000 })],
    expected: SURVIVES,
  },
  {
    name: "more bytes than Content-Length says",
    raw: () => () => ({ type: "trailing", bytes: 5_000 }),
    expected: SURVIVES,
  },
  { name: "no Content-Length", fileHost: [fault({ type: "no-length" })], expected: SURVIVES },
  {
    name: "gzip where identity was asked, twice",
    fileHost: [fault({ type: "gzip" }, { times: 2 })],
    expected: SURVIVES,
  },
  {
    name: "bytes flipped on the way, once",
    fileHost: [fault({ type: "corrupt", position: 77 }, { times: 1 })],
    expected: says(/./, { beginsAnew: true }),
  },
  {
    name: "bytes flipped on the way, for ever",
    fileHost: [fault({ type: "corrupt", position: 77 })],
    expected: fails("CHECKSUM_MISMATCH", /expected sha256:[\da-f]{64}, got sha256:[\da-f]{64}/, /./),
  },
  {
    name: "ETag changes between two requests",
    on: ["large"],
    connections: 1,
    fileHost: [
      fault({ type: "headers", headers: { etag: '"v1"' } }, { times: 1 }),
      fault({ type: "headers", headers: { etag: '"v2"' } }),
    ],
    expected: says(/has changed on the server: its ETag was "v1" and is "v2"/, { beginsAnew: true }),
  },
  {
    name: "every reply with another ETag for the same bytes",
    on: ["large"],
    fileHost: Array.from(
      { length: 60 },
      (_, index) => fault({ type: "headers", headers: { etag: `"node-${index}"` } }, { times: 1 }),
    ),
    expected: says(/has changed on the server/, { beginsAnew: true }),
  },
  {
    name: "weak ETags that change",
    on: ["large"],
    fileHost: Array.from(
      { length: 60 },
      (_, index) => fault({ type: "headers", headers: { etag: `W/"${index}"` } }, { times: 1 }),
    ),
    expected: SURVIVES,
  },
  {
    name: "size changes between two requests, and changes back",
    on: ["large"],
    fileHost: [fault({ type: "total", sizeBytes: LARGE_BYTES + 9 }, { skip: 2, times: 1 })],
    expected: says(/has changed on the server: "localhost:\d+" has a file of \d+ bytes in its place/),
  },
  {
    name: "size has changed for good",
    on: ["large"],
    fileHost: [fault({ type: "total", sizeBytes: LARGE_BYTES + 9 }, LATER)],
    expected: fails("NETWORK_ERROR", /has changed on the server: .* has a file of \d+ bytes/, KEPT, true),
  },
];

const REDIRECTS: readonly FaultCase[] = [
  {
    name: "file host redirects in a circle, once",
    fileHost: [fault({ type: "redirect", location: "?again" }, { times: 6 })],
    connections: 1,
    expected: SURVIVES,
  },
  {
    name: "file host redirects in a circle, for ever",
    fileHost: [fault({ type: "redirect", location: "" })],
    expected: fails("NETWORK_ERROR", /redirects without end|redirects to a place that is not followed/),
  },
  {
    name: "file host redirects out of HTTP",
    fileHost: [fault({ type: "redirect", location: "file:///etc/passwd" })],
    expected: fails("NETWORK_ERROR", /redirects to a place that is not followed/),
  },
  {
    name: "redirect to a third host",
    // The front is another origin than the one that the Hub names.
    raw: () => () => ({ type: "pass" }),
    expected: SURVIVES,
  },
];

const HOSTS: readonly FaultCase[] = [
  {
    name: "endpoint's name is unknown",
    on: ["large"],
    endpoint: () => "http://hub.invalid",
    expected: fails(
      "NETWORK_ERROR",
      /hub\.invalid": .*its name cannot be resolved|hub\.invalid.*4 attempts/,
      /name.*DNS/,
    ),
  },
  {
    name: "file host's name is unknown, then it is another",
    hub: [sentTo(UNKNOWN, { times: 1 })],
    expected: says(/Cannot reach "files\.invalid": its name cannot be resolved/),
  },
  {
    name: "file host's name is unknown for ever",
    hub: [sentTo(UNKNOWN)],
    expected: fails(
      "NETWORK_ERROR",
      /cannot reach "files\.invalid": its name cannot be resolved/,
      /name.*DNS/,
    ),
  },
  {
    name: "file host is dead, the mirror's is not",
    hub: [sentTo(DEAD)],
    mirror: [],
    expected: says(/using the mirror .*its file host "127\.0\.0\.1:\d+" cannot be reached/, {
      fromMirror: true,
    }),
  },
  {
    name: "file host is dead, the mirror's is not, and nothing is tried twice",
    hub: [sentTo(DEAD)],
    mirror: [],
    settings: { max_retries: 0 },
    expected: says(/using the mirror/, { fromMirror: true }),
  },
  {
    name: "file host's name is unknown, the mirror's is not",
    hub: [sentTo(UNKNOWN)],
    mirror: [],
    expected: says(/using the mirror/, { fromMirror: true }),
  },
  {
    name: "file host answers 502 for ever, the mirror's does not",
    fileHost: [fault({ type: "status", status: 502 })],
    mirror: [],
    expected: says(/using the mirror/, { fromMirror: true }),
  },
  {
    name: "file host stalls for ever, the mirror's does not",
    fileHost: [fault({ type: "hang" })],
    settings: { stall_timeout: 10 },
    mirror: [],
    expected: says(/using the mirror/, { fromMirror: true }),
  },
  {
    name: "file host is dead, the mirror lacks the file",
    hub: [sentTo(DEAD)],
    mirror: [{ effect: { type: "status", status: 404 } }],
    expected: fails("NETWORK_ERROR", /cannot reach "127\.0\.0\.1:\d+": the connection was refused/),
  },
  {
    name: "endpoint dies, the mirror lives",
    on: ["large"],
    endpoint: () => DEAD,
    mirror: [],
    expected: says(/using the mirror/, { fromMirror: true }),
  },
  {
    name: "endpoint is dead, and there is no mirror",
    on: ["large"],
    endpoint: () => DEAD,
    expected: fails(
      "NETWORK_ERROR",
      /Gave up on "127\.0\.0\.1:\d+" after 4 attempts in \d+ s: .*refused/,
      /endpoint/,
    ),
  },
  { name: "a worker dies", workerCrashes: 1, expected: SURVIVES },
  {
    name: "every worker dies",
    on: ["large"],
    workerCrashes: 1000,
    fileHost: [fault({ type: "slow", bytesPerSecond: 1 })],
    expected: fails(
      "FAILED",
      /gave up after \d+ attempts .*: a download worker ended: Uncaught error: out of memory/,
    ),
  },
];

const API: readonly FaultCase[] = [
  {
    name: "API: JSON cut off, twice",
    on: ["large"],
    hub: [{ effect: { type: "cut", afterBytes: 100 }, when: isInfo, times: 2 }],
    expected: says(/trying again/),
  },
  {
    name: "API: HTML with 200",
    on: ["large"],
    hub: [{ effect: { type: "html" }, when: isInfo }],
    expected: fails("NETWORK_ERROR", /did not answer with JSON/, /log-in/),
  },
  {
    name: "API: 500 twice",
    on: ["large"],
    hub: [{ effect: { type: "status", status: 500 }, when: isInfo, times: 2 }],
    expected: says(/trying again/),
  },
  {
    name: "API: 500 for ever",
    on: ["large"],
    hub: [{ effect: { type: "status", status: 500 }, when: isInfo }],
    expected: fails(
      "NETWORK_ERROR",
      /Gave up on "127\.0\.0\.1:\d+" after 4 attempts in \d+ s: 500/,
      /Repeat the command/,
    ),
  },
  {
    name: "API: slow headers",
    on: ["large"],
    hub: [{ effect: { type: "delay", ms: 10_000 }, when: isInfo, times: 1 }],
    expected: SURVIVES,
  },
  {
    name: "API: no headers at all, once",
    on: ["large"],
    hub: [{ effect: { type: "hang" }, when: isInfo, times: 1 }],
    expected: says(/no reply within 15 s.*trying again/),
  },
  {
    name: "API: 429 with RateLimit r=0",
    on: ["large"],
    hub: [{ effect: { type: "rate-limit", resetSeconds: 0 }, when: isInfo, times: 1 }],
    expected: says(/limits the rate/),
  },
  {
    name: "API: a file's place is not told at once",
    hub: [{ effect: { type: "status", status: 503 }, when: isResolve, times: 2 }],
    expected: says(/trying again/),
  },
  {
    name: "API: a file's place is not found",
    hub: [{ effect: { type: "status", status: 404 }, when: isResolve }],
    expected: fails("NOT_FOUND", /has no file|does not exist/, /mm show/),
  },
  {
    name: "API: a file's place is given in a circle",
    hub: [{ effect: { type: "redirect", location: "?" }, when: isResolve }],
    expected: fails("NETWORK_ERROR", /circle|redirects/, /mm config/),
  },
];

/** All rows. */
export const FAULT_CASES: readonly FaultCase[] = [
  ...CONNECTIONS,
  ...STATUSES,
  ...BODIES,
  ...REDIRECTS,
  ...HOSTS,
  ...API,
];
