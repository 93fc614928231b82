import assert from "node:assert/strict";
import { utimes } from "node:fs/promises";
import { acquireFileLock } from "../../../core/platform/file_lock.ts";
import { thisOwner } from "../../../core/platform/lock_owner.ts";
import { findLockHolder } from "../../../core/platform/lock_state.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("findLockHolder() names who holds a lock, and does not take it", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("lock");
  assert.equal(await findLockHolder(path), undefined);
  {
    await using _lock = await acquireFileLock(path);
    assert.equal((await findLockHolder(path))?.pid, Deno.pid);
  }
  assert.equal(await findLockHolder(path), undefined);
});

Deno.test("findLockHolder() believes an owner elsewhere for as long as clocks may differ", async () => {
  await using dir = await makeTempDir();
  const owner = { ...thisOwner(Date.now()), host: "elsewhere" };
  const path = await dir.write("lock", JSON.stringify(owner));
  assert.equal((await findLockHolder(path))?.host, "elsewhere");
  const old = new Date(Date.now() - 2 * 3_600_000);
  await utimes(path, old, old);
  assert.equal(await findLockHolder(path), undefined);
});

Deno.test("findLockHolder() takes a lock of a dead process for free", async () => {
  await using dir = await makeTempDir();
  const dead = { ...thisOwner(Date.now()), pid: 2 ** 22 - 1, processStart: "1" };
  assert.equal(await findLockHolder(await dir.write("lock", JSON.stringify(dead))), undefined);
  assert.equal(await findLockHolder(await dir.write("torn", "{")), undefined);
});
