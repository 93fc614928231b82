import assert from "node:assert/strict";
import { isModelManagerError, ModelManagerError } from "../../../core/base/errors.ts";
import {
  downloadErrorOf,
  ModelDownloadError,
  toDownloadError,
} from "../../../core/operations/model_download_error.ts";

Deno.test("toDownloadError() keeps code, hints, causes and waiting time of an error of ours", () => {
  const cause = new Error("deep");
  const error = toDownloadError(
    "a/b",
    new ModelManagerError("RATE_LIMITED", "Wait", { hints: ["h"], retryable: true, retryAfterMs: 7, cause }),
  );
  assert.ok(error instanceof ModelDownloadError && isModelManagerError(error));
  const { name, modelId, code, message, hints, retryable, retryAfterMs } = error;
  assert.deepEqual(
    { name, modelId, code, message, hints, retryable, retryAfterMs, cause: error.cause },
    {
      name: "ModelDownloadError",
      modelId: "a/b",
      code: "RATE_LIMITED",
      message: "Wait",
      hints: ["h"],
      retryable: true,
      retryAfterMs: 7,
      cause,
    },
  );
  assert.equal(toDownloadError("a/b", error), error);
});

Deno.test("toDownloadError() leaves our own bugs what they are", () => {
  const bug = new TypeError("x is undefined");
  assert.equal(toDownloadError("a/b", bug), bug);
});

Deno.test("downloadErrorOf() makes an error of a result's data", () => {
  const error = downloadErrorOf("a/b", { code: "GATED", message: "Ask", hints: ["h"], causes: ["why"] });
  assert.deepEqual([error.code, error.message, error.hints], ["GATED", "Ask", ["h"]]);
  assert.ok(error.cause instanceof Error && error.cause.message === "why");
});
