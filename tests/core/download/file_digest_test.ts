import assert from "node:assert/strict";
import { createFileDigest } from "../../../core/download/file_digest.ts";

Deno.test("createFileDigest() hashes as the Hub names files", () => {
  assert.equal(
    createFileDigest("sha256", 5).update("hello").digest("hex"),
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
  );
  // What `printf hello | git hash-object --stdin` says.
  assert.equal(
    createFileDigest("git-sha1", 5).update("hello").digest("hex"),
    "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0",
  );
  assert.equal(createFileDigest("git-sha1", 0).digest("hex"), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
});
