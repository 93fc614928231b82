import { match, rejects, strictEqual } from "node:assert/strict";
import type { ModelManagerError } from "../../../core/base/errors.ts";
import { withOffline } from "../../../core/http/offline.ts";
import { bare, fakeFetch } from "./fake_fetch.ts";

Deno.test("withOffline() sends nothing while offline, and says what to do", async () => {
  const fake = fakeFetch(() => bare(200));
  await rejects(withOffline(true)(fake.fetch)("http://hub.test/api"), (error: ModelManagerError) => {
    strictEqual(error.code, "OFFLINE");
    strictEqual(error.retryable, false);
    match(error.hints.join(), /--offline/);
    return true;
  });
  strictEqual(fake.sent.length, 0);
});

Deno.test("withOffline() lets requests through otherwise", async () => {
  const fake = fakeFetch(() => bare(204));
  strictEqual((await withOffline(false)(fake.fetch)("http://hub.test/")).status, 204);
});
