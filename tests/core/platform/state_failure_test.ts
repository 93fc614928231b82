import assert from "node:assert/strict";
import { ModelManagerError } from "../../../core/base/errors.ts";
import { fileSystemError } from "../../../core/platform/file_system_error.ts";
import { openStore, withKvRetry } from "../../../core/platform/kv.ts";
import { explainStateFailure } from "../../../core/platform/state_failure.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function hintsOf(error: unknown): string {
  assert.ok(error instanceof ModelManagerError);
  assert.doesNotMatch(error.hints.join(), /models-dir|mm list/, "the models have another place");
  return error.hints.join();
}

Deno.test("explainStateFailure() advises on the place of the state, and keeps code and message", () => {
  for (
    const [system, code, look] of [
      ["EROFS", "PERMISSION_ERROR", /ls -ld "\/s"/],
      ["EACCES", "PERMISSION_ERROR", /ls -ld "\/s"/],
      ["ENOSPC", "INSUFFICIENT_SPACE", /df -h "\/s"/],
      ["EDQUOT", "INSUFFICIENT_SPACE", /df -h "\/s"/],
      ["ENOTDIR", "FAILED", /ls -la "\/"/],
    ] as const
  ) {
    const error = fileSystemError(systemError(system), "open", "/s/state.kv.lock");
    const explained = explainStateFailure(error, "/s/state.kv");
    assert.match(hintsOf(explained), look);
    assert.match(hintsOf(explained), /export MM_STATE_DIR=DIR/);
    assert.deepEqual([(explained as ModelManagerError).code, (explained as Error).message], [
      code,
      error.message,
    ]);
  }
  const locked = new ModelManagerError("LOCKED", "Locked", { hints: ["Wait"] });
  assert.equal(explainStateFailure(locked, "/s/state.kv"), locked);
});

Deno.test("openStore() says how to keep the state elsewhere when a file is in the way, and when the disk is full", async () => {
  await using dir = await makeTempDir();
  await dir.write("file", "");
  const failed = await openStore(dir.join("file", "s", "state.kv")).catch((error) => error);
  assert.match(hintsOf(failed), /MM_STATE_DIR/);
  const full = await withKvRetry(() => Promise.reject(new Error("database or disk is full"))).catch((error) =>
    error
  );
  assert.equal(full.code, "INSUFFICIENT_SPACE");
  assert.match(hintsOf(full), /df -h.*MM_STATE_DIR/);
});
