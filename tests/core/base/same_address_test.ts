import assert from "node:assert/strict";
import { sameAddress } from "../../../core/base/same_address.ts";

Deno.test("sameAddress() looks at server and path; credentials and a slash at the end do not count", () => {
  assert.ok(sameAddress("https://user:secret@hub.test/a/", "https://hub.test/a"));
  assert.ok(sameAddress("no address", "no address"));
  assert.ok(!sameAddress("https://hub.test/a", "https://hub.test/b"));
  assert.ok(!sameAddress("https://hub.test", "http://hub.test"));
  assert.ok(!sameAddress("no address", "https://hub.test"));
});
