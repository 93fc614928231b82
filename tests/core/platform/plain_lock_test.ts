import assert from "node:assert/strict";
import { readFile, rm, stat } from "node:fs/promises";
import { acquirePlainLock, isPlainLockFree } from "../../../core/platform/plain_lock.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

Deno.test("acquirePlainLock() has one holder at a time, and leaves an empty file that anybody may lock", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("a.lock");
  {
    await using _lock = await acquirePlainLock(path);
    await assert.rejects(acquirePlainLock(path), { code: "LOCKED", message: /another program has it/ });
    assert.equal(await isPlainLockFree(path), false);
  }
  assert.equal(await isPlainLockFree(path), true);
  assert.equal(await readFile(path, "utf8"), "");
  if (Deno.build.os !== "windows") assert.equal((await stat(path)).mode & 0o777, 0o664);
});

Deno.test("acquirePlainLock() waits, says so once, and gives up when its time is over", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("a.lock");
  const clock = new TestClock({ autoAdvance: true });
  const first = await acquirePlainLock(path);
  let waits = 0;
  const onWait = (): void => void waits++;
  await assert.rejects(acquirePlainLock(path, { clock, waitMs: 3_000, onWait }), { code: "LOCKED" });
  assert.equal(waits, 1);
  const waiting = acquirePlainLock(path, {
    clock,
    waitMs: Infinity,
    onWait: () => void first[Symbol.asyncDispose](),
  });
  await using _second = await waiting;
});

Deno.test("acquirePlainLock() stops waiting when it is told to", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("a.lock");
  await using _lock = await acquirePlainLock(path);
  const stop = new AbortController();
  const waiting = acquirePlainLock(path, {
    waitMs: Infinity,
    signal: stop.signal,
    onWait: () => stop.abort(),
  });
  await assert.rejects(waiting, { code: "CANCELLED" });
});

Deno.test("isPlainLockFree() makes no file, and acquirePlainLock() heeds one that was deleted under it", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("a.lock");
  assert.equal(await isPlainLockFree(path), true);
  assert.equal(await isPlainLockFree(dir.join("none", "a.lock")), true);
  await assert.rejects(stat(path));
  await using _first = await acquirePlainLock(path);
  if (Deno.build.os === "windows") return;
  await rm(path);
  await using _second = await acquirePlainLock(path);
});
