import assert from "node:assert/strict";
import { rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { FileProofs, type KnownContent } from "../../../core/server/file_proof.ts";
import { TestClock } from "../../support/test_clock.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const HEX = "a".repeat(64);

function content(path: string, change: Partial<KnownContent> = {}): KnownContent {
  return {
    path,
    name: "model.gguf",
    sizeBytes: 3,
    digest: { algorithm: "sha256", hex: HEX },
    proof: undefined,
    ...change,
  };
}

const clock = () => new TestClock({ autoAdvance: true });

/** The file as it is now, proved a minute from now: after every change that a test makes. */
async function provedNow(path: string, provedAtMs = Date.now() + 60_000): Promise<KnownContent> {
  return content(path, { proof: { modifiedAtMs: Math.trunc((await stat(path)).mtimeMs), provedAtMs } });
}

Deno.test("FileProofs lets through what looks untouched, without hashing", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("f"), "abc");
  const proofs = new FileProofs({ clock: clock(), hashFile: () => Promise.reject(new Error("hashed")) });
  assert.equal(await proofs.check(await provedNow(dir.join("f"))), undefined);
});

Deno.test("FileProofs refuses with 410 what is gone, damaged or of another size", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("f"), "abc");
  const proofs = new FileProofs({ clock: clock(), hashFile: () => Promise.reject(new Error("hashed")) });
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
    clock: clock(),
    hashFile: () => Promise.resolve(hashes[count++] ?? ""),
    onNotice: (message) => notices.push(message),
  });
  const file = content(path);
  const pending = await proofs.check(file);
  assert.equal(await proofs.checkBriefly(file), undefined);
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
  assert.equal((await proofs.checkBriefly(file))?.status, 410);
  assert.equal(count, 2);
  assert.equal(notices.length, 1);
});

Deno.test("FileProofs tries again what could not be read", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("f"), "abc");
  let count = 0;
  const proofs = new FileProofs({
    clock: clock(),
    hashFile: () => ++count === 1 ? Promise.reject(new Error("disk")) : Promise.resolve(HEX),
  });
  const file = content(dir.join("f"));
  assert.equal((await proofs.check(file, { waitMs: 5000 }))?.status, 410);
  await proofs.check(file, { waitMs: 5000 });
  assert.equal(await proofs.check(file, { waitMs: 5000 }), undefined);
});

const SPOILERS: Readonly<Record<string, (path: string, stamp: Date) => Promise<void>>> = {
  "replaced by one with an older time": async (path, stamp) => {
    await writeFile(`${path}.new`, "xyz");
    await utimes(`${path}.new`, stamp, new Date(stamp.getTime() - 86_400_000));
    await rename(`${path}.new`, path);
  },
  "replaced by a link to one with the same time": async (path, stamp) => {
    await writeFile(`${path}.other`, "xyz");
    await utimes(`${path}.other`, stamp, stamp);
    await rm(path);
    await symlink(`${path}.other`, path);
  },
};

for (const [name, spoil] of Object.entries(SPOILERS)) {
  Deno.test({
    name: `FileProofs hashes what was ${name}`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using dir = await makeTempDir();
      const path = dir.join("f");
      await writeFile(path, "abc");
      const stamp = new Date(Math.trunc(Date.now() - 5000));
      await utimes(path, stamp, stamp);
      const file = await provedNow(path);
      const proofs = new FileProofs({ clock: clock(), hashFile: () => Promise.resolve("b".repeat(64)) });
      assert.equal(await proofs.check(file), undefined);
      await spoil(path, stamp);
      assert.equal((await proofs.check(file, { waitMs: 5000 }))?.status, 410);
    },
  });
}

Deno.test("FileProofs hashes what was changed after its proof, although its time was put back", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("f");
  await writeFile(path, "abc");
  const proofs = new FileProofs({ clock: clock(), hashFile: () => Promise.resolve("b".repeat(64)) });
  const { changedAtMs } = { changedAtMs: Math.floor((await stat(path)).ctimeMs / 1000) * 1000 };
  assert.equal(await proofs.check(await provedNow(path, changedAtMs)), undefined);
  assert.equal((await proofs.check(await provedNow(path, changedAtMs - 1), { waitMs: 5000 }))?.status, 410);
});

Deno.test("FileProofs begins to hash only when a later change would show in the file's times", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("f");
  await writeFile(path, "abc");
  const { ctimeMs } = await stat(path);
  const time = new TestClock({ autoAdvance: true, startMs: ctimeMs });
  let begunMs = 0;
  const proofs = new FileProofs({
    clock: time,
    hashFile: () => {
      begunMs = time.now();
      return Promise.resolve(HEX);
    },
  });
  assert.equal(await proofs.check(content(path), { waitMs: 5000 }), undefined);
  assert.ok(Math.floor(begunMs / 1000) > Math.floor(ctimeMs / 1000));
});
