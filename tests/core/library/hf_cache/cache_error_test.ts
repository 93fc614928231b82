import assert from "node:assert/strict";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import { aboutHfCache, inHfCache } from "../../../../core/library/hf_cache/cache_error.ts";

Deno.test("inHfCache() gives advice for the cache in place of that for the library", async () => {
  const cause = new Error("read-only");
  const error = new ModelManagerError("PERMISSION_ERROR", "Cannot write", {
    hints: ["Check who owns it: ls -ld X", "Or choose another folder: --models-dir DIR"],
    cause,
  });
  await assert.rejects(inHfCache(() => Promise.reject(error)), {
    code: "PERMISSION_ERROR",
    message: "Cannot write",
    hints: ["Check who owns it: ls -ld X", "Or choose another cache: set HF_HUB_CACHE to its folder"],
    cause,
  });
  assert.equal(await inHfCache(() => Promise.resolve(1)), 1);
});

Deno.test("aboutHfCache() leaves other errors as they are", () => {
  const error = new ModelManagerError("FAILED", "No", { hints: ["Look at it: ls"] });
  assert.equal(aboutHfCache(error), error);
  const other = new Error("x");
  assert.equal(aboutHfCache(other), other);
});
