import { match, strictEqual } from "node:assert/strict";
import { checkFileHeaders, checkJson } from "../../../core/hub/reply_checks.ts";
import { fakeRoutes, json } from "../http/fake_fetch.ts";
import { COMMIT, hubClient, info } from "./hub_fixtures.ts";

const typed = (body: string, type: string) => new Response(body, { headers: { "content-type": type } });

Deno.test("checkJson() refuses pages and JSON that was cut off, and leaves the reply readable", async () => {
  const good = typed(`{"a":1}`, "application/json; charset=utf-8");
  strictEqual(await checkJson(good, "hub.test"), undefined);
  strictEqual(await good.text(), `{"a":1}`);
  for (
    const bad of [
      typed("<html>", "text/html"),
      typed(`{"a":`, "application/json"),
      typed("", "application/json"),
    ]
  ) {
    const error = await checkJson(bad, "hub.test");
    match(error?.message ?? "", /^"hub\.test" did not answer with JSON$/);
    strictEqual(error?.retryable, true);
  }
  strictEqual(await checkJson(typed("[]", "application/octet-stream"), "hub.test"), undefined, "read later");
});

Deno.test("checkFileHeaders() refuses a page without the tag of a file", () => {
  const page = (headers: Record<string, string>) =>
    new Response(null, { headers: { "content-type": "text/html", ...headers } });
  strictEqual(checkFileHeaders(page({}), "hub.test")?.retryable, true);
  for (const name of ["etag", "x-linked-etag", "x-repo-commit"]) {
    strictEqual(checkFileHeaders(page({ [name]: "x" }), "hub.test"), undefined);
  }
  strictEqual(checkFileHeaders(new Response(null), "hub.test"), undefined);
});

Deno.test("HubClient.modelInfo() asks again when it gets a page, or half an answer", async () => {
  const whole = JSON.stringify(info("org/name"));
  const replies = [
    typed("<html>Please wait</html>", "text/html"),
    typed(whole.slice(0, whole.length / 2), "application/json"),
    json(info("org/name")),
  ];
  const fake = fakeRoutes({
    "GET /api/models/org/name?blobs=true": (_, count) => replies[count - 1] ?? json({}),
  });
  strictEqual((await hubClient(fake).client.modelInfo("org/name")).commit, COMMIT);
  strictEqual(fake.sent.length, 3);
});
