import assert from "node:assert/strict";
import { stat, utimes, writeFile } from "node:fs/promises";
import { FileProofs, type KnownContent } from "../../../core/server/file_proof.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const HEX = "a".repeat(64);

function content(path: string, change: Partial<KnownContent> = {}): KnownContent {
  return {
    path,
    name: "model.gguf",
    sizeBytes: 3,
    digest: { algorithm: "sha256", hex: HEX },
    modifiedAtMs: Date.now() + 60_000,
    ...change,
  };
}

Deno.test("FileProofs lets through what looks untouched, without hashing", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("f"), "abc");
  const proofs = new FileProofs({ hashFile: () => Promise.reject(new Error("hashed")) });
  assert.equal(await proofs.check(content(dir.join("f"))), undefined);
});

Deno.test("FileProofs refuses with 410 what is gone, damaged or of another size", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("f"), "abc");
  const proofs = new FileProofs({ hashFile: () => Promise.reject(new Error("hashed")) });
  const refused = [
    content(dir.join("none")),
    content(dir.join("f"), { damaged: true }),
    content(dir.join("f"), { sizeBytes: 4 }),
  ];
  for (const file of refused) assert.equal((await proofs.check(file))?.status, 410);
});

Deno.test("FileProofs hashes what was changed in the background, once, and believes what comes out", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("f");
  await writeFile(path, "abc");
  const hashes = [HEX, "b".repeat(64)];
  let count = 0;
  const notices: string[] = [];
  const proofs = new FileProofs({
    hashFile: () => Promise.resolve(hashes[count++] ?? ""),
    onNotice: (message) => notices.push(message),
  });
  const file = content(path, { modifiedAtMs: 1000 });
  const pending = await proofs.check(file);
  assert.equal(pending?.status, 410);
  assert.equal(pending?.headers["retry-after"], "5");
  assert.equal(await proofs.check(file, { waitMs: 5000 }), undefined);
  assert.equal(await proofs.check(file), undefined);
  assert.equal(count, 1);

  const later = new Date((await stat(path)).mtimeMs + 5000);
  await utimes(path, later, later);
  const wrong = await proofs.check(file, { waitMs: 5000 });
  assert.equal(wrong?.status, 410);
  assert.match(wrong?.message ?? "", /was changed/);
  assert.equal(proofs.known(file)?.status, 410);
  assert.equal(count, 2);
  assert.equal(notices.length, 1);
});

Deno.test("FileProofs tries again what could not be read", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("f"), "abc");
  let count = 0;
  const proofs = new FileProofs({
    hashFile: () => ++count === 1 ? Promise.reject(new Error("disk")) : Promise.resolve(HEX),
  });
  const file = content(dir.join("f"), { modifiedAtMs: undefined });
  assert.equal((await proofs.check(file, { waitMs: 5000 }))?.status, 410);
  await proofs.check(file, { waitMs: 5000 });
  assert.equal(await proofs.check(file, { waitMs: 5000 }), undefined);
});
