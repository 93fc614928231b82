import assert from "node:assert/strict";
import { routeLabel, toAccessRecord } from "../../../core/server/access_record.ts";

Deno.test("toAccessRecord() keeps secrets and control characters out of the log", () => {
  const token = `hf_${"secretOfSomebody".repeat(2)}`;
  const record = toAccessRecord({
    remote: { hostname: "10.0.0.9", port: 5 },
    method: "GET",
    target: `/o/n/resolve/main/f?token=${token}&search=x`,
    userAgent: `curl\x1b[31m/8 ${token}`,
    status: 206,
    bytesSent: 9,
    elapsedMs: 1.23456,
    isWhole: false,
  }, Date.parse("2025-01-02T03:04:05Z"));
  assert.deepEqual(record, {
    time: "2025-01-02T03:04:05.000Z",
    client: "10.0.0.9",
    method: "GET",
    path: "/o/n/resolve/main/f?token=REDACTED&search=x",
    route: "resolve",
    status: 206,
    bytesSent: 9,
    elapsedMs: 1.2,
    userAgent: "curl?[31m/8 hf_REDACTED",
    cut: true,
  });
});

Deno.test("routeLabel() comes from a short list", () => {
  const labels = [
    "/",
    "/?a",
    "/metrics",
    "/api/models",
    "/api/models/o/n",
    "/o/n/resolve/main/f",
    "/%zz",
    "/x",
    "-",
  ]
    .map(routeLabel);
  assert.deepEqual(labels, [
    "root",
    "root",
    "metrics",
    "models",
    "info",
    "resolve",
    "other",
    "other",
    "other",
  ]);
});
