import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { openRandomFile, patchFile } from "../../../core/platform/random_file.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("openRandomFile() reads at any place, and nothing behind the end", async () => {
  await using dir = await makeTempDir();
  using file = await openRandomFile(await dir.write("a", "0123456789"));
  assert.equal(file.sizeBytes, 10);
  const buffer = new Uint8Array(4);
  assert.equal(await file.read(buffer, 3), 4);
  assert.equal(new TextDecoder().decode(buffer), "3456");
  assert.equal(await file.read(buffer, 8), 2);
  assert.equal(await file.read(buffer, 10), 0);
  await assert.rejects(openRandomFile(dir.join("none")), /none/);
});

Deno.test("patchFile() replaces ranges, lengthens and shortens, and touches nothing else", async () => {
  await using dir = await makeTempDir();
  const from = await dir.write("from", "ABCDEFGHIJ");
  const path = await dir.write("to", "0123456789");
  await patchFile(path, { from, ranges: [{ start: 1, end: 3 }, { start: 8, end: 9 }], sizeBytes: 10 });
  assert.equal(await readFile(path, "utf8"), "0BC34567I9");
  await writeFile(path, "012");
  await patchFile(path, { from, ranges: [{ start: 2, end: 10 }], sizeBytes: 10 });
  assert.equal(await readFile(path, "utf8"), "01CDEFGHIJ");
  await writeFile(path, "0123456789too much");
  await patchFile(path, { from, ranges: [], sizeBytes: 10 });
  assert.equal((await stat(path)).size, 10);
  await assert.rejects(patchFile(path, { from, ranges: [{ start: 0, end: 11 }], sizeBytes: 11 }));
});
