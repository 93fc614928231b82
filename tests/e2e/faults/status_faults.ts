/**
 * Rows of the fault table: answers that are errors, limits and expired addresses.
 *
 * @module
 */
import { fails, failsAndKeeps, fault, type FaultCase, isGet, LATER, says, SURVIVES } from "./fault_case.ts";

const PASSING_STATUS = [408, 425, 500, 502, 503, 504, 520, 522, 524];

/** Of statuses. */
export const STATUSES: readonly FaultCase[] = [
  ...PASSING_STATUS.map((status): FaultCase => ({
    name: `${status} three times`,
    fileHost: [fault({ type: "status", status }, { times: 3 })],
    expected: says(new RegExp(`answered ${status}`)),
  })),
  {
    name: "500 for ever",
    fileHost: [fault({ type: "status", status: 500 }, LATER)],
    on: ["large"],
    expected: failsAndKeeps("NETWORK_ERROR", /gave up after 4 attempts .*"localhost:\d+" answered 500/),
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
    expected: failsAndKeeps("NETWORK_ERROR", /"localhost:\d+" sent something else than the file/),
  },
  {
    name: "429 with Retry-After",
    fileHost: [fault({ type: "status", status: 429, headers: { "retry-after": "4" } }, { times: 2 })],
    expected: says(/The server limits the rate: going on in \d+ s/),
  },
  {
    name: "429 with Retry-After as a date",
    fileHost: [
      fault({
        type: "status",
        status: 429,
        headers: { date: "Fri, 01 Jan 2027 00:00:00 GMT", "retry-after": "Fri, 01 Jan 2027 00:00:05 GMT" },
      }, { times: 2 }),
    ],
    expected: says(/The server limits the rate: going on in 6 s/),
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
    expected: failsAndKeeps("RATE_LIMITED", /gave up after 4 attempts .*answered 429/),
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
    expected: failsAndKeeps("AUTHENTICATION_ERROR", /"localhost:\d+" answered 403/),
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
  ...[403, 429, 503].map((status): FaultCase => ({
    name: `two connections allowed for all files, ${status} for more`,
    on: ["large"],
    connections: 6,
    fileHost: [
      { effect: { type: "connections", most: 2, status, bytesPerSecond: 5_000_000 }, when: isGet },
    ],
    expected: says(
      // Without a lane that delivers at that moment, a 503 is what it says.
      new RegExp(`answered ${status}${status === 503 ? "" : ": it allows no more connections at once"}`),
    ),
  })),
];
