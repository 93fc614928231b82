import assert from "node:assert/strict";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { acquireFileLock, type LockOwner } from "../../../core/platform/file_lock.ts";
import { startDeno } from "../../support/run_deno.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

const MODULE = JSON.stringify(new URL("../../../core/platform/file_lock.ts", import.meta.url).href);
const HOLDER = `import { acquireFileLock } from ${MODULE};
  await acquireFileLock(Deno.args[0]);
  console.log("held");
  setInterval(() => {}, 1000);`;

Deno.test("acquireFileLock() excludes a second holder in this process and names the first", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("lock");
  {
    await using _lock = await acquireFileLock(path);
    if (Deno.build.os !== "windows") {
      const owner = JSON.parse(await Deno.readTextFile(path));
      assert.equal(owner.pid, Deno.pid);
      assert.ok(!Number.isNaN(Date.parse(owner.startedAt)));
      assert.equal(typeof owner.host, "string");
    }
    await assert.rejects(acquireFileLock(path), (error) => {
      assert.ok(isModelManagerError(error));
      assert.equal(error.code, "LOCKED");
      if (Deno.build.os !== "windows") {
        assert.match(error.message, new RegExp(`held by process ${Deno.pid} since`));
      }
      return error.hints.length > 0;
    });
  }
  await using _again = await acquireFileLock(path);
});

Deno.test("acquireFileLock() names a holder in another process, and gets the lock when that one is killed", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("lock");
  await using holder = startDeno(HOLDER, [path]);
  await holder.printed("held");
  const expected = Deno.build.os === "windows" ? /another process/ : new RegExp(`process ${holder.pid}`);
  await assert.rejects(acquireFileLock(path), { code: "LOCKED", message: expected });
  const seen = Promise.withResolvers<LockOwner | undefined>();
  const waiting = acquireFileLock(path, { waitMs: 30_000, onWait: seen.resolve });
  const owner = await seen.promise;
  await holder.kill();
  await using _lock = await waiting;
  if (Deno.build.os !== "windows") assert.equal(owner?.pid, holder.pid);
});

Deno.test("acquireFileLock() waits no longer than it is told", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("lock");
  const clock = new TestClock({ autoAdvance: true });
  await using _lock = await acquireFileLock(path);
  await assert.rejects(acquireFileLock(path, { clock, waitMs: 3000 }), { code: "LOCKED" });
  assert.equal(clock.sleeps.reduce((sum, ms) => sum + ms, 0), 3000);
  assert.ok(Math.max(...clock.sleeps) <= 375, "it polls at least a few times a second");
  assert.ok(clock.sleeps.length < 40, `${clock.sleeps.length} polls`);
});

Deno.test("acquireFileLock() stops waiting when its signal says so", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("lock");
  await using _lock = await acquireFileLock(path);
  const stop = new AbortController();
  const waiting = acquireFileLock(path, {
    waitMs: Infinity,
    signal: stop.signal,
    onWait: () => stop.abort(),
  });
  await assert.rejects(waiting, { code: "CANCELLED" });
});

Deno.test("acquireFileLock() lets one in after the other", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("lock");
  let inside = 0, most = 0;
  await Promise.all(Array.from({ length: 8 }, async () => {
    await using _lock = await acquireFileLock(path, { waitMs: 30_000 });
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 1));
    inside -= 1;
  }));
  assert.equal(most, 1);
});

Deno.test("acquireFileLock() does not take a lock on a file that has been deleted", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  const path = dir.join("lock");
  const first = await acquireFileLock(path);
  // Somebody clears the folder: the next one makes a new file and has a lock on that one.
  await Deno.remove(path);
  await using _second = await acquireFileLock(path);
  await first[Symbol.asyncDispose]();
  await assert.rejects(acquireFileLock(path), { code: "LOCKED" });
});

Deno.test("acquireFileLock() says what is wrong with the place", async () => {
  await using dir = await makeTempDir();
  await assert.rejects(acquireFileLock(dir.join("none", "lock")), {
    code: "FAILED",
    message: /^Cannot lock ".*": it does not exist$/,
  });
});
