import assert from "node:assert/strict";
import { createMetrics } from "../../../core/server/metrics.ts";

Deno.test("createMetrics() writes what Prometheus reads", () => {
  const metrics = createMetrics();
  const requests = metrics.counter("requests_total", "Requests.");
  requests.add({ route: "tree", status: "200" });
  requests.add({ route: "tree", status: "200" });
  requests.add({ route: 'a"b\\c\n', status: "404" }, 3);
  assert.equal(metrics.counter("requests_total", "Requests."), requests);
  metrics.counter("none_total", "None.");
  metrics.gauge("open", "Open.", () => 4);
  assert.equal(requests.total(), 5);
  assert.deepEqual(metrics.text().split("\n"), [
    "# HELP requests_total Requests.",
    "# TYPE requests_total counter",
    'requests_total{route="a\\"b\\\\c\\n",status="404"} 3',
    'requests_total{route="tree",status="200"} 2',
    "# HELP none_total None.",
    "# TYPE none_total counter",
    "none_total 0",
    "# HELP open Open.",
    "# TYPE open gauge",
    "open 4",
    "",
  ]);
});

Deno.test("a counter has an end, whatever labels clients think of", () => {
  const counter = createMetrics().counter("c", "C.");
  for (let at = 0; at < 2000; at++) counter.add({ at: String(at) });
  assert.ok(counter.total() < 1000);
});
