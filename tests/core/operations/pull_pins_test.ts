import assert from "node:assert/strict";
import { ModelManagerError } from "../../../core/base/errors.ts";
import { setPinned } from "../../../core/operations/pin.ts";
import { type FollowedRevision, holdPinned } from "../../../core/operations/pull_pins.ts";
import type { ProvableFile } from "../../../core/operations/pull_facts.ts";
import { COMMIT, sha256 } from "../library/library_fixture.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { openOperations } from "./operation_fixture.ts";

const HERE = {
  "m-Q4_K_M.gguf": "four",
  "m-Q8_0.gguf": "eight",
  "mmproj-F16.gguf": "projector",
  "README.md": "read me",
};

/** A pull of files with these contents, where Q8_0 is pinned, which has a README and a projector. */
async function hold(
  dir: TempDir,
  contents: Readonly<Record<string, string>>,
  force = false,
): Promise<{ readonly files: readonly ProvableFile[]; readonly notices: readonly string[] }> {
  using fixture = openOperations(dir);
  const { "m-Q4_K_M.gguf": four, "m-Q8_0.gguf": eight, ...shared } = HERE;
  await fixture.files.add("acme/m", { "m-Q4_K_M.gguf": four });
  await fixture.files.add("acme/m", { "m-Q8_0.gguf": eight, ...shared });
  await setPinned(fixture.context, ["acme/m:Q8_0"], true);
  const files = Object.entries(contents).map(([path, data]): ProvableFile => ({
    path,
    sizeBytes: data.length,
    digest: { algorithm: "sha256", hex: sha256(data) },
  }));
  const selection = { files, quant: undefined, unit: undefined, mmproj: undefined };
  const held = await holdPinned(fixture.context, { repo: "acme/m", selection, force });
  return { files: held.selection.files, notices: held.notices };
}

Deno.test("holdPinned() refuses to replace a pinned model, and names the pin", async () => {
  await using dir = await makeTempDir();
  const error = await hold(dir, { "m-Q8_0.gguf": "newer" }).catch((error: unknown) => error);
  assert.ok(error instanceof ModelManagerError);
  assert.equal(error.code, "FAILED");
  assert.match(error.message, /^"acme\/m:Q8_0" is pinned: the Hub has another "m-Q8_0\.gguf"/);
  assert.match(error.hints.join("\n"), /mm models unpin "acme\/m:Q8_0"\n.*--force/);
  const refused = { code: "FAILED", message: /pinned/ };
  await assert.rejects(hold(dir, { "m-Q8_0.gguf": "eight", "README.md": "newer" }), refused);
  await assert.rejects(hold(dir, { "README.md": "newer" }), refused, "nothing but a file of it");
});

Deno.test("holdPinned() lets a pull be that replaces nothing, or is to replace the model", async () => {
  await using dir = await makeTempDir();
  const same = { "m-Q8_0.gguf": "eight", "README.md": "read me" };
  assert.deepEqual((await hold(dir, same)).notices, []);
  const { files, notices } = await hold(dir, { "m-Q8_0.gguf": "newer", "README.md": "newer" }, true);
  assert.deepEqual(files.map(({ digest }) => digest.hex), [sha256("newer"), sha256("newer")]);
  assert.deepEqual(notices, []);
});

/** A pull of files with these contents, where Q8_0 was pulled by its commit, and follows `revision` afterwards. */
async function holdByCommit(
  contents: Readonly<Record<string, string>>,
  follows: FollowedRevision | undefined,
): Promise<{ readonly files: readonly ProvableFile[]; readonly notices: readonly string[] }> {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const here = { "m-Q8_0.gguf": "eight", "README.md": "read me" };
  await fixture.files.add("acme/m", here, COMMIT);
  const files = Object.entries(contents).map(([path, data]): ProvableFile => ({
    path,
    sizeBytes: data.length,
    digest: { algorithm: "sha256", hex: sha256(data) },
  }));
  const selection = { files, quant: undefined, unit: undefined, mmproj: undefined };
  const { context } = fixture;
  const held = await holdPinned(context, { repo: "acme/m", selection, force: false, follows });
  return { files: held.selection.files, notices: held.notices };
}

const OTHER_COMMIT = "d".repeat(40);
const NEWER = { "m-Q8_0.gguf": "newer" };

Deno.test("holdPinned() says what becomes of what was pulled by its commit", async () => {
  const was = `acme/m:Q8_0 was pinned to ${COMMIT.slice(0, 12)}:`;
  const main = await holdByCommit(NEWER, { revision: "main", commit: OTHER_COMMIT });
  assert.deepEqual(main.notices, [`${was} it follows main from now on`]);
  const other = await holdByCommit(NEWER, { revision: OTHER_COMMIT, commit: OTHER_COMMIT });
  assert.deepEqual(other.notices, [`${was} it is pinned to ${OTHER_COMMIT.slice(0, 12)} from now on`]);
  const same = { revision: COMMIT, commit: COMMIT };
  assert.deepEqual((await holdByCommit({ "m-Q8_0.gguf": "eight" }, same)).notices, []);
  assert.deepEqual((await holdByCommit(NEWER, undefined)).notices, []);
});

Deno.test("holdPinned() gives another model what the pinned one has as it is, with a notice, force or not", async () => {
  await using dir = await makeTempDir();
  for (const force of [false, true]) {
    const { files, notices } = await hold(dir, {
      "m-Q4_K_M.gguf": "newer four",
      "mmproj-F16.gguf": "newer projector",
      "README.md": "read me",
    }, force);
    assert.deepEqual(files.map(({ path, digest, commit }) => [path, digest.hex, commit]), [
      ["m-Q4_K_M.gguf", sha256("newer four"), undefined],
      ["mmproj-F16.gguf", sha256("projector"), COMMIT],
      ["README.md", sha256("read me"), undefined],
    ]);
    assert.deepEqual(notices, ["mmproj-F16.gguf is kept: the pinned acme/m:Q8_0 uses it"]);
  }
});
