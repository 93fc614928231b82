import assert from "node:assert/strict";
import { readHfTree } from "../../../../core/library/hf_cache/tree_note.ts";
import { makeTempDir } from "../../../support/temp_dir.ts";

const COMMIT = "c".repeat(40);

Deno.test("readHfTree() reads sizes and digests, SHA-256 where there is one", async () => {
  await using dir = await makeTempDir();
  const files = {
    "a.bin": { size: 130, blob_id: "a".repeat(40), lfs_sha256: "b".repeat(64), lfs_size: 5 },
    "c.json": { size: 2, blob_id: "d".repeat(40) },
    "broken": { size: "2", blob_id: "x" },
  };
  await dir.write(`trees/${COMMIT}.json`, JSON.stringify({ format_version: 1, files }));
  assert.deepEqual(
    await readHfTree(dir.path, COMMIT),
    new Map([
      ["a.bin", { sizeBytes: 5, digest: { algorithm: "sha256", hex: "b".repeat(64) } }],
      ["c.json", { sizeBytes: 2, digest: { algorithm: "git-sha1", hex: "d".repeat(40) } }],
    ]),
  );
});

Deno.test("readHfTree() knows nothing of other versions, damage, and what is not there", async () => {
  await using dir = await makeTempDir();
  assert.equal(await readHfTree(dir.path, COMMIT), undefined);
  assert.equal(await readHfTree(dir.path, "../x"), undefined);
  for (const text of ["{", "[]", '{"format_version":2,"files":{}}', '{"format_version":1}']) {
    await dir.write(`trees/${COMMIT}.json`, text);
    assert.equal(await readHfTree(dir.path, COMMIT), undefined, text);
  }
});
