import assert from "node:assert/strict";
import { beginSession, hasOpenSession } from "../../../core/platform/kv_sessions.ts";
import { startDeno } from "../../support/run_deno.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

const MODULE = JSON.stringify(new URL("../../../core/platform/kv_sessions.ts", import.meta.url).href);

/** Begins a session and tells what it was told; `undefined` when others have the store open. */
async function begin(
  path: string,
): Promise<{ unclean: boolean | undefined; session: Awaited<ReturnType<typeof beginSession>> }> {
  let unclean: boolean | undefined;
  const session = await beginSession(path, {
    clock: new TestClock({ autoAdvance: true }),
    whileAlone: (facts) => {
      unclean = facts.unclean;
      return Promise.resolve();
    },
  });
  return { unclean, session };
}

Deno.test("beginSession() sees a clean end as clean, and only asks when nobody else is there", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("state.kv");
  const first = await begin(path);
  const second = await begin(path);
  assert.deepEqual([first.unclean, second.unclean], [false, undefined]);
  assert.deepEqual([first.session.wasAlone, second.session.wasAlone], [true, false]);
  await first.session[Symbol.asyncDispose]();
  await second.session[Symbol.asyncDispose]();
  const third = await begin(path);
  assert.equal(third.unclean, false);
  await third.session[Symbol.asyncDispose]();
});

Deno.test("beginSession() notices a process that was killed, also when another one ended well after it", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("state.kv");
  const script = `import { beginSession } from ${MODULE};
    const clock = { now: Date.now, monotonic: () => performance.now(), random: () => 0.5, sleep: () => Promise.resolve() };
    await beginSession(Deno.args[0], { clock, whileAlone: () => Promise.resolve() });
    console.log("open");
    setInterval(() => {}, 1000);`;
  await using crasher = startDeno(script, [path]);
  await crasher.printed("open");
  const beside = await begin(path);
  assert.equal(beside.unclean, undefined);
  await crasher.kill();
  await beside.session[Symbol.asyncDispose]();
  const after = await begin(path);
  assert.equal(after.unclean, true);
  await after.session[Symbol.asyncDispose]();
  assert.equal((await begin(path)).unclean, false, "checked once, then forgotten");
});

Deno.test("beginSession() gives a session that may be disposed twice", async () => {
  await using dir = await makeTempDir();
  const { session } = await begin(dir.join("state.kv"));
  await session[Symbol.asyncDispose]();
  await session[Symbol.asyncDispose]();
});

Deno.test("StoreSession.abandon() ends as a crash does, and an end after it changes nothing", async () => {
  await using dir = await makeTempDir();
  const unclean: boolean[] = [];
  const begin = () =>
    beginSession(dir.join("store"), {
      clock: new TestClock({ autoAdvance: true }),
      whileAlone: (facts) => Promise.resolve(void unclean.push(facts.unclean)),
    });
  const session = await begin();
  session.abandon();
  await session[Symbol.asyncDispose]();
  await (await begin())[Symbol.asyncDispose]();
  await (await begin())[Symbol.asyncDispose]();
  assert.deepEqual(unclean, [false, true, false]);
});

Deno.test("beginSession() frees the store when the check fails", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("state.kv");
  const clock = new TestClock({ autoAdvance: true });
  const failing = beginSession(path, { clock, whileAlone: () => Promise.reject(new Error("broken")) });
  await assert.rejects(failing, /broken/);
  const { session } = await begin(path);
  await session[Symbol.asyncDispose]();
});

Deno.test("hasOpenSession() wants a going for every coming", () => {
  assert.equal(hasOpenSession(""), false);
  assert.equal(hasOpenSession("+a\n+b\n-a\n-b\n"), false);
  assert.equal(hasOpenSession("+a\n+b\n-b\n"), true);
  assert.equal(hasOpenSession("+a\n-a\n-x\n"), false);
  assert.equal(hasOpenSession("\0\0\0"), true);
});
