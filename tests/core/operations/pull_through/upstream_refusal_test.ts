import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { type ErrorData, ModelManagerError } from "../../../../core/base/errors.ts";
import {
  passOn,
  readRefusal,
  retryRefusal,
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

Deno.test("retryRefusal() says when to come again, of what the Hub does only", () => {
  const error = { code: "RATE_LIMITED", message: "host answered 429", hints: [], causes: [] } as const;
  const told = (change: Partial<ErrorData>, delayMs = 100) =>
    retryRefusal({ error: { ...error, ...change }, delayMs });
  strictEqual(told({ retryAfterMs: 20_000 })?.status, 429);
  deepStrictEqual(told({ retryAfterMs: 20_000 })?.headers, { "retry-after": "20" });
  strictEqual(told({ code: "NETWORK_ERROR" })?.status, 503);
  deepStrictEqual(told({ code: "NETWORK_ERROR" })?.headers, { "retry-after": "1" });
  strictEqual(told({ code: "CHECKSUM_MISMATCH" }), undefined);
});

Deno.test("toRefusal() passes on what was said, and otherwise tells nothing of this machine", () => {
  const said = readRefusal(LIMITED);
  strictEqual(toRefusal(new ModelManagerError("RATE_LIMITED", "wait"), said).status, 429);
  const secret = new ModelManagerError("PERMISSION_ERROR", 'Cannot write "/home/ada/models"');
  strictEqual(/ada/.test(toRefusal(secret, undefined).message), false);
  strictEqual(toRefusal(secret, undefined).status, 507);
  const named = new ModelManagerError("FAILED", 'Refused the file "a?" of "o/n": no');
  strictEqual(/"a\?"/.test(toRefusal(named, undefined).message), true);
  strictEqual(toRefusal(new ModelManagerError("QUOTA_EXCEEDED", "full"), said).status, 507);
  strictEqual(toRefusal(new ModelManagerError("CHECKSUM_MISMATCH", "wrong"), undefined).status, 502);
  strictEqual(toRefusal(new ModelManagerError("OFFLINE", "off"), undefined) instanceof UpstreamDown, true);
  const known = passOn(said);
  strictEqual(toRefusal(known, undefined), known);
  throws(() => toRefusal(new TypeError("a bug"), said), TypeError);
});
