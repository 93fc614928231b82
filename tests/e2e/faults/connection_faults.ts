/**
 * Rows of the fault table: connections that fail, stand still or crawl.
 *
 * @module
 */
import {
  DEAD,
  fails,
  failsAndKeeps,
  fault,
  type FaultCase,
  LATER,
  says,
  sentTo,
  SURVIVES,
} from "./fault_case.ts";

/** Of connections. */
export const CONNECTIONS: readonly FaultCase[] = [
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
    name: "something that is no HTTP, twice",
    raw: () => {
      let left = 2;
      return () => ({ type: left-- > 0 ? "garbage" : "pass" });
    },
    expected: says(/it does not speak HTTP/),
  },
  {
    name: "something that is no HTTP, for ever",
    raw: () => () => ({ type: "garbage" }),
    expected: fails("NETWORK_ERROR", /gave up after 4 attempts .*it does not speak HTTP/, /http or https/),
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
    expected: failsAndKeeps("NETWORK_ERROR", /gave up after 4 attempts/),
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
