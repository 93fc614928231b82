import assert from "node:assert/strict";
import { acquireFileLock } from "../../../core/platform/file_lock.ts";
import { isAlive, type LockOwner, parseOwner, thisOwner } from "../../../core/platform/lock_owner.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const onLinux = Deno.build.os === "linux";

/** A lock file as it looks on a file system that grants its lock to everybody. */
async function leaveOwner(path: string, owner: LockOwner, ageMs: number): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(owner));
  const touched = new Date(Date.now() - ageMs);
  await Deno.utime(path, touched, touched);
}

Deno.test("parseOwner() reads what thisOwner() says, and nothing else", () => {
  const owner = thisOwner(0);
  assert.deepEqual(parseOwner(JSON.stringify(owner)), owner);
  for (const text of ["", "{", "null", "[]", '{"pid":"1"}']) assert.equal(parseOwner(text), undefined);
});

Deno.test({
  name: "isAlive() knows this process from an earlier one of the same number, and from an earlier boot",
  ignore: !onLinux,
  fn() {
    const owner = thisOwner(Date.now());
    assert.equal(isAlive(owner, Infinity), true);
    assert.equal(isAlive({ ...owner, processStart: "1" }, 0), false);
    assert.equal(isAlive({ ...owner, bootId: "another" }, 0), false);
    assert.equal(isAlive({ ...owner, pid: 2 ** 22 + 1 }, 0), false);
  },
});

Deno.test("isAlive() goes by the heartbeat for owners on other machines", () => {
  const owner = { ...thisOwner(Date.now()), host: "somewhere-else" };
  assert.equal(isAlive(owner, 1_000), true);
  assert.equal(isAlive(owner, 60_000), false);
});

Deno.test({
  name: "acquireFileLock() does not trust the system's lock while the named owner lives",
  ignore: !onLinux,
  async fn() {
    await using dir = await makeTempDir();
    const path = dir.join("x.lock");
    await leaveOwner(path, thisOwner(Date.now()), 0);
    await assert.rejects(acquireFileLock(path), { code: "LOCKED" });
    await leaveOwner(path, { ...thisOwner(Date.now()), host: "somewhere-else" }, 1_000);
    await assert.rejects(acquireFileLock(path), { code: "LOCKED" });
  },
});

Deno.test("acquireFileLock() takes over from an owner that is dead", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("x.lock");
  await leaveOwner(path, { ...thisOwner(Date.now()), host: "somewhere-else" }, 60_000);
  await using lock = await acquireFileLock(path);
  await lock.discard();
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});
