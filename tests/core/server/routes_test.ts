import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { matchRoute } from "../../../core/server/routes.ts";
import { parseTarget } from "../../../core/server/target.ts";

function route(path: string): unknown {
  const found = matchRoute(parseTarget(`http://hub.test${path}`));
  if (found === undefined || !("repo" in found)) return found?.verb;
  return [found.verb, found.repo, ...found.rest];
}

Deno.test("matchRoute() finds every part of the API when the name has an owner", () => {
  deepStrictEqual(route("/api/models"), "models");
  deepStrictEqual(route("/api/models?search=a/b"), "models");
  deepStrictEqual(route("/api/whoami-v2"), "whoami");
  deepStrictEqual(route("/api/models/acme/x"), ["info", "acme/x"]);
  deepStrictEqual(route("/api/models/acme/x/"), ["info", "acme/x"]);
  deepStrictEqual(route("/api/models/acme/x/revision/main"), ["revision", "acme/x", "main"]);
  deepStrictEqual(route("/api/models/acme/x/revision/refs%2Fpr%2F1"), ["revision", "acme/x", "refs/pr/1"]);
  deepStrictEqual(route("/api/models/acme/x/tree/main/a%20b/c"), ["tree", "acme/x", "main", "a b", "c"]);
  deepStrictEqual(route("/api/models/acme/x/paths-info/main"), ["paths-info", "acme/x", "main"]);
  deepStrictEqual(route("/api/models/acme/x/refs"), ["refs", "acme/x"]);
  deepStrictEqual(route("/api/models/acme/x/auth-check"), ["auth-check", "acme/x"]);
  deepStrictEqual(route("/acme/x/resolve/main/a/b"), ["resolve", "acme/x", "main", "a", "b"]);
  deepStrictEqual(route("/acme/x/raw/main/a"), ["raw", "acme/x", "main", "a"]);
});

Deno.test("matchRoute() finds bare legacy names", () => {
  deepStrictEqual(route("/api/models/gpt2"), ["info", "gpt2"]);
  deepStrictEqual(route("/api/models/gpt2/tree/main"), ["tree", "gpt2", "main"]);
  deepStrictEqual(route("/gpt2/resolve/main/config.json"), ["resolve", "gpt2", "main", "config.json"]);
  const commit = "a".repeat(40);
  deepStrictEqual(route(`/api/resolve-cache/models/gpt2/${commit}/a`), [
    "resolve-cache",
    "gpt2",
    commit,
    "a",
  ]);
  deepStrictEqual(route(`/api/resolve-cache/models/o/n/${commit}/a/b`), [
    "resolve-cache",
    "o/n",
    commit,
    "a",
    "b",
  ]);
});

Deno.test("matchRoute() finds nothing when the address is not the Hub's", () => {
  for (
    const path of [
      "/",
      "/acme/x",
      "/acme/x/blob/main/a",
      "/api",
      "/api/datasets",
      "/api/models/a/b/unknown",
      "/api/resolve-cache/models/a",
    ]
  ) {
    strictEqual(route(path), undefined, path);
  }
});

Deno.test("parseTarget() keeps encoded dots and slashes apart, as a URL parser would not", () => {
  const target = parseTarget("http://hub.test/a/%2e%2e/b%2Fc?x=1#f");
  deepStrictEqual(target.segments, ["a", "..", "b/c"]);
  deepStrictEqual(target.rawSegments, ["a", "%2e%2e", "b%2Fc"]);
  strictEqual(target.search, "?x=1");
  strictEqual(target.origin, "http://hub.test");
});

Deno.test("parseTarget() refuses broken percent-encoding", () => {
  throws(() => parseTarget("http://hub.test/a/%zz"), { name: "Refusal", status: 400 });
});
