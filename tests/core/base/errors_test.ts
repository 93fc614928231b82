import assert from "node:assert/strict";
import fc from "fast-check";
import {
  cancelledError,
  causeMessages,
  ERROR_CODES,
  type ErrorData,
  fromErrorData,
  isModelManagerError,
  ModelManagerError,
  throwIfAborted,
  toErrorData,
} from "../../../core/base/errors.ts";

const anyErrorData: fc.Arbitrary<ErrorData> = fc.record({
  code: fc.constantFrom(...ERROR_CODES),
  message: fc.string({ minLength: 1 }),
  hints: fc.array(fc.string()),
  causes: fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 8 }),
}, { requiredKeys: ["code", "message", "hints", "causes"] }).chain((data) =>
  fc.record({
    retryable: fc.constantFrom(true, undefined),
    retryAfterMs: fc.option(fc.nat(), { nil: undefined }),
  }).map(({ retryable, retryAfterMs }) => ({
    ...data,
    ...(retryable === undefined ? {} : { retryable }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }))
);

Deno.test("toErrorData() gives back what fromErrorData() was given", () => {
  fc.assert(fc.property(anyErrorData, (data) => {
    assert.deepEqual(toErrorData(fromErrorData(data)), data);
  }));
});

Deno.test("ErrorData crosses threads and JSON unchanged", () => {
  fc.assert(fc.property(anyErrorData, (data) => {
    assert.deepEqual(structuredClone(data), data);
    assert.deepEqual(JSON.parse(JSON.stringify(data)), data);
  }));
});

Deno.test("ModelManagerError has its defaults", () => {
  const error = new ModelManagerError("FAILED", "It went wrong");
  assert.equal(error.name, "ModelManagerError");
  assert.deepEqual([error.hints, error.retryable, error.retryAfterMs], [[], false, undefined]);
  assert.ok(!("cause" in error));
  assert.ok(error.stack?.includes("errors_test.ts"));
});

Deno.test("ERROR_CODES holds each code once", () => {
  assert.equal(new Set(ERROR_CODES).size, ERROR_CODES.length);
});

Deno.test("isModelManagerError() knows errors made elsewhere by their form", () => {
  const foreign = Object.assign(new Error("x"), { code: "LOCKED", hints: [] });
  assert.ok(isModelManagerError(foreign));
  assert.ok(isModelManagerError(new ModelManagerError("LOCKED", "x")));
  assert.ok(!isModelManagerError(Object.assign(new Error("x"), { code: "ENOENT", hints: [] })));
  assert.ok(!isModelManagerError(Object.assign(new Error("x"), { code: "LOCKED" })));
  assert.ok(!isModelManagerError({ code: "LOCKED", hints: [] }));
  assert.ok(!isModelManagerError(undefined));
});

Deno.test("toErrorData() makes FAILED of everything that is not ours", () => {
  const error = new TypeError("outer", { cause: new Error("inner", { cause: "root" }) });
  assert.deepEqual(toErrorData(error), {
    code: "FAILED",
    message: "outer",
    hints: [],
    causes: ["inner", "root"],
  });
  assert.deepEqual(toErrorData("text"), { code: "FAILED", message: "text", hints: [], causes: [] });
  assert.equal(toErrorData(undefined).message, "undefined");
});

Deno.test("causeMessages() names each message once and ends on a circle", () => {
  const first = new Error("first");
  const second = new Error("second", { cause: first });
  first.cause = second;
  assert.deepEqual(causeMessages(new Error("top", { cause: first })), ["first", "second"]);
  assert.deepEqual(causeMessages(new Error("top", { cause: new Error("") })), []);
  assert.deepEqual(causeMessages("text"), []);
});

Deno.test("cancelledError() passes an error of ours on and wraps any other reason", () => {
  const ours = new ModelManagerError("LOCKED", "x");
  assert.equal(cancelledError(ours), ours);
  assert.equal(cancelledError().code, "CANCELLED");
  assert.ok(!("cause" in cancelledError()));
  assert.equal(cancelledError("SIGINT").cause, "SIGINT");
});

Deno.test("throwIfAborted() throws only after the abort", () => {
  const controller = new AbortController();
  throwIfAborted(undefined);
  throwIfAborted(controller.signal);
  controller.abort();
  assert.throws(() => throwIfAborted(controller.signal), { code: "CANCELLED", message: "Cancelled" });
});
