import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import {
  passOn,
  readRefusal,
  saysNothing,
  toRefusal,
  UpstreamDown,
} from "../../../../core/operations/pull_through/upstream_refusal.ts";

const LIMITED = new Response("{}", {
  status: 429,
  headers: {
    "retry-after": "9",
    ratelimit: '"api";r=0;t=9',
    "x-error-code": "X",
    "x-error-message": "Slower",
    "set-cookie": "a=b",
  },
});

Deno.test("passOn() repeats status, code, message and reset of a refusal, and no other header", () => {
  const refusal = passOn(readRefusal(LIMITED));
  strictEqual(refusal.status, 429);
  strictEqual(refusal.code, "X");
  strictEqual(refusal.message, "Slower");
  deepStrictEqual(refusal.headers, { "retry-after": "9", ratelimit: '"api";r=0;t=9' });
  strictEqual(saysNothing(refusal), true);
  strictEqual(saysNothing({ status: 403 }), false);
});

Deno.test("toRefusal() passes on what was said, and otherwise tells nothing of this machine", () => {
  const said = readRefusal(LIMITED);
  strictEqual(toRefusal(new ModelManagerError("RATE_LIMITED", "wait"), said).status, 429);
  const secret = new ModelManagerError("PERMISSION_ERROR", 'Cannot write "/home/ada/models"');
  strictEqual(/ada/.test(toRefusal(secret, undefined).message), false);
  strictEqual(toRefusal(new ModelManagerError("QUOTA_EXCEEDED", "full"), said).status, 507);
  strictEqual(toRefusal(new ModelManagerError("CHECKSUM_MISMATCH", "wrong"), undefined).status, 502);
  strictEqual(toRefusal(new ModelManagerError("OFFLINE", "off"), undefined) instanceof UpstreamDown, true);
  const known = passOn(said);
  strictEqual(toRefusal(known, undefined), known);
  throws(() => toRefusal(new TypeError("a bug"), said), TypeError);
});
