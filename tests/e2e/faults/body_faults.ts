/**
 * Rows of the fault table: bodies that are not what was asked for, and redirects.
 *
 * @module
 */
import {
  fails,
  failsAndKeeps,
  fault,
  type FaultCase,
  LARGE_BYTES,
  LATER,
  says,
  SURVIVES,
} from "./fault_case.ts";

/** Of bodies. */
export const BODIES: readonly FaultCase[] = [
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
    expected: failsAndKeeps("NETWORK_ERROR", /answered with the range "bytes 0-9/),
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
    name: "bytes flipped on the way, and elsewhere in the repair",
    on: ["large"],
    connections: 1,
    fileHost: [
      fault({ type: "corrupt", position: 77 }, { times: 1 }),
      fault({ type: "corrupt", position: 500_000 }, { skip: 4, times: 1 }),
    ],
    expected: says(/to find the bad piece/, { beginsAnew: true }),
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
    expected: failsAndKeeps("NETWORK_ERROR", /has changed on the server: .* has a file of \d+ bytes/),
  },
];

/** Of redirects. */
export const REDIRECTS: readonly FaultCase[] = [
  {
    name: "file host redirects in a circle, once",
    fileHost: [fault({ type: "redirect", location: "?again" }, { times: 6 })],
    connections: 1,
    expected: SURVIVES,
  },
  {
    name: "file host redirects in a circle, for ever",
    fileHost: [fault({ type: "redirect", location: "" })],
    expected: fails("NETWORK_ERROR", /redirects without end/),
  },
  {
    name: "file host redirects out of HTTP",
    fileHost: [fault({ type: "redirect", location: "file:///etc/passwd" })],
    expected: fails("NETWORK_ERROR", /redirects to a "file:" address, which is not followed/),
  },
  {
    name: "redirect to a third host",
    // The front is another origin than the one that the Hub names.
    raw: () => () => ({ type: "pass" }),
    expected: SURVIVES,
  },
];
