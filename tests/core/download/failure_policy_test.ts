import assert from "node:assert/strict";
import {
  blamesHost,
  decideOnFailure,
  exhaustedError,
  isUnreasonableWait,
  statusError,
  unreasonableWaitError,
} from "../../../core/download/failure_policy.ts";
import type { TransferFailure } from "../../../core/download/worker_protocol.ts";

function failure(
  changes: Partial<TransferFailure> & { readonly retryAfterMs?: number } = {},
): TransferFailure {
  const { retryAfterMs, ...others } = changes;
  return {
    kind: "network",
    error: {
      code: "NETWORK_ERROR",
      message: '"host" broke off',
      hints: [],
      causes: ["Connection reset"],
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
    ...others,
  };
}

const actionFor = (status: number) => decideOnFailure(failure({ kind: "status", status }), "a.gguf").action;

Deno.test("decideOnFailure() tries a broken connection, a wrong reply and a dead worker again", () => {
  for (const kind of ["network", "bad-reply", "changed", "crashed"] as const) {
    assert.deepEqual(decideOnFailure(failure({ kind, retryAfterMs: 7 }), "a.gguf"), {
      action: "retry",
      retryAfterMs: 7,
    });
  }
});

Deno.test("decideOnFailure() goes by the status", () => {
  for (const status of [408, 425, 500, 502, 503, 504]) assert.equal(actionFor(status), "retry", `${status}`);
  for (const status of [301, 302, 400, 401, 403, 404, 410, 416]) {
    assert.equal(actionFor(status), "relocate", `${status}`);
  }
  for (const status of [501, 505]) assert.equal(actionFor(status), "give-up", `${status}`);
  assert.deepEqual(decideOnFailure(failure({ kind: "status", status: 429, retryAfterMs: 9 }), "a.gguf"), {
    action: "hold",
    retryAfterMs: 9,
  });
});

Deno.test("decideOnFailure() gives up on a disk that fails, with the disk's own error", () => {
  const error = {
    code: "INSUFFICIENT_SPACE",
    message: "The disk is full",
    hints: ["Look"],
    causes: [],
  } as const;
  const decision = decideOnFailure({ kind: "disk", error }, "a.gguf");
  assert.equal(decision.action, "give-up");
  assert.ok(decision.action === "give-up");
  assert.equal(decision.error.code, "INSUFFICIENT_SPACE");
  assert.deepEqual(decision.error.hints, ["Look"]);
});

Deno.test("decideOnFailure() falls back to one stream when ranges are ignored", () => {
  assert.deepEqual(decideOnFailure(failure({ kind: "range-ignored" }), "a.gguf"), {
    action: "single-stream",
  });
});

Deno.test("statusError() has the code that the status means, and the failure as its cause", () => {
  const codeOf = (status: number) => statusError(failure({ kind: "status", status }), "a.gguf").code;
  assert.equal(codeOf(404), "NOT_FOUND");
  assert.equal(codeOf(410), "NOT_FOUND");
  assert.equal(codeOf(401), "AUTHENTICATION_ERROR");
  assert.equal(codeOf(403), "AUTHENTICATION_ERROR");
  assert.equal(codeOf(416), "NETWORK_ERROR");
  const error = statusError(failure({ kind: "status", status: 403 }), "a.gguf");
  assert.ok(error.hints.length > 0);
  assert.ok(error.cause instanceof Error && error.cause.cause instanceof Error);
});

Deno.test("exhaustedError() says how often and how long it was tried", () => {
  const facts = { file: "a.gguf", attempts: 6, elapsedMs: 12_300 };
  const error = exhaustedError(failure(), facts);
  assert.equal(error.code, "NETWORK_ERROR");
  assert.equal(
    error.message,
    'Cannot download "a.gguf": gave up after 6 attempts over 12 s without progress: "host" broke off',
  );
  assert.equal(error.retryable, true);
  assert.ok(error.cause instanceof Error && error.cause.message === "Connection reset");
  assert.equal(exhaustedError(failure({ kind: "status", status: 429 }), facts).code, "RATE_LIMITED");
  assert.equal(exhaustedError(failure({ kind: "crashed" }), facts).code, "FAILED");
});

Deno.test("decideOnFailure() tries no host again that cannot be used at all", () => {
  const unusable = failure({ kind: "unusable" });
  const decision = decideOnFailure(unusable, "a.gguf");
  assert.ok(decision.action === "elsewhere");
  assert.equal(decision.error.message, 'Cannot download "a.gguf": "host" broke off');
});

Deno.test("blamesHost() is true where another host may do better, and false for what the file is", () => {
  const of = (kind: TransferFailure["kind"], status?: number) =>
    blamesHost(failure(status === undefined ? { kind } : { kind, status }));
  assert.deepEqual([of("network"), of("unusable"), of("status", 502), of("status", 408)], [
    true,
    true,
    true,
    true,
  ]);
  assert.deepEqual([of("status", 404), of("status", 403), of("status", 429)], [false, false, false]);
  assert.deepEqual([of("changed"), of("bad-reply"), of("disk"), of("crashed")], [false, false, false, false]);
});

Deno.test("isUnreasonableWait() waits for a quarter of an hour, and the error says for how long one would have to", () => {
  assert.equal(isUnreasonableWait(undefined), false);
  assert.equal(isUnreasonableWait(900_000), false);
  assert.equal(isUnreasonableWait(900_001), true);
  const busy = unreasonableWaitError(
    failure({ kind: "status", status: 503, retryAfterMs: 7_200_000 }),
    "a.gguf",
  );
  assert.match(
    busy.message,
    /"host" broke off and asks to wait 2 h, longer than the 15 min that are waited for$/,
  );
  assert.equal(busy.hints[0], "Run the same command again in 2 h: what has arrived is kept");
  assert.deepEqual([busy.code, busy.retryAfterMs], ["NETWORK_ERROR", 7_200_000]);
  assert.equal(
    unreasonableWaitError(failure({ kind: "status", status: 429 }), "a.gguf").code,
    "RATE_LIMITED",
  );
});
