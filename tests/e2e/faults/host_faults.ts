/**
 * Rows of the fault table: hosts, mirrors, threads, and the Hub's API.
 *
 * @module
 */
import {
  DEAD,
  fails,
  fault,
  type FaultCase,
  isInfo,
  isResolve,
  says,
  sentTo,
  SURVIVES,
  UNKNOWN,
} from "./fault_case.ts";

/** Of hosts. */
export const HOSTS: readonly FaultCase[] = [
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

/** Of the API. */
export const API: readonly FaultCase[] = [
  {
    name: "API: JSON cut off, twice",
    on: ["large"],
    hub: [{ effect: { type: "cut", afterBytes: 100 }, when: isInfo, times: 2 }],
    expected: says(/trying again/),
  },
  {
    name: "API: half the JSON, whole by its length, twice",
    on: ["large"],
    hub: [{
      effect: {
        type: "status",
        status: 200,
        headers: { "content-type": "application/json" },
        body: `{"id":`,
      },
      when: isInfo,
      times: 2,
    }],
    expected: says(/did not answer with JSON: trying again/),
  },
  {
    name: "API: HTML with 200, twice",
    on: ["large"],
    hub: [{ effect: { type: "html" }, when: isInfo, times: 2 }],
    expected: says(/did not answer with JSON: trying again/),
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
    name: "API: HTML with 200 in place of a file's place, twice",
    hub: [{ effect: { type: "html" }, when: isResolve, times: 2 }],
    expected: says(/answered with a web page instead of the file: trying again/),
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
