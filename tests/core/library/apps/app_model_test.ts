import assert from "node:assert/strict";
import fc from "fast-check";
import { isRepoName } from "../../../../core/base/reference.ts";
import { localRepo } from "../../../../core/library/apps/app_model.ts";

Deno.test("localRepo() makes a repository's name of any text", () => {
  assert.equal(localRepo("Llama 3.2 (mine)"), "local/Llama-3.2-mine");
  assert.equal(localRepo("../../etc/passwd"), "local/etc-passwd");
  assert.equal(localRepo("🦙"), "local/model");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => isRepoName(localRepo(text))));
  fc.assert(
    fc.property(fc.stringMatching(/^[\w.\- ]{0,200}(\.git)?$/), (text) => isRepoName(localRepo(text))),
  );
});
