import assert from "node:assert/strict";
import { acquireFileLock } from "../../../core/platform/file_lock.ts";
import {
  isSuspended,
  type LockOwner,
  ownerState,
  parseOwner,
  thisOwner,
} from "../../../core/platform/lock_owner.ts";
import { startDeno } from "../../support/run_deno.ts";
import { waitUntil } from "../../support/run_program.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

const onLinux = Deno.build.os === "linux";

/** A lock file as it looks on a file system that grants its lock to everybody. */
async function leaveOwner(path: string, owner: LockOwner, ageMs = 0): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(owner));
  await touch(path, ageMs);
}

/** A sign of life: like a real one, it leaves the owner's name in the file at every moment. */
async function touch(path: string, ageMs: number): Promise<void> {
  const touched = new Date(Date.now() - ageMs);
  await Deno.utime(path, touched, touched);
}

/** An owner of which this system cannot know whether it lives. */
function elsewhere(): LockOwner {
  return { ...thisOwner(Date.now()), host: "somewhere-else" };
}

/** The system's lock where everybody gets it. */
const lying = () => Promise.resolve(true);

Deno.test("parseOwner() reads what thisOwner() says, and nothing else", () => {
  const owner = thisOwner(0);
  assert.deepEqual(parseOwner(JSON.stringify(owner)), owner);
  for (const text of ["", "{", "null", "[]", '{"pid":"1"}']) assert.equal(parseOwner(text), undefined);
});

Deno.test("parseOwner() leaves out what follows the first line", () => {
  const owner = thisOwner(0);
  assert.deepEqual(parseOwner(`${JSON.stringify(owner)}\nrest of a longer one"}`), owner);
});

Deno.test({
  name: "ownerState() knows this process from an earlier one of the same number, and from an earlier boot",
  ignore: !onLinux,
  fn() {
    const owner = thisOwner(Date.now());
    assert.equal(ownerState(owner), "alive");
    assert.equal(ownerState({ ...owner, processStart: "1" }), "dead");
    assert.equal(ownerState({ ...owner, bootId: "another" }), "dead");
    assert.equal(ownerState({ ...owner, pid: 2 ** 22 + 1 }), "dead");
  },
});

Deno.test({
  name: "ownerState() takes a stopped process for a living one, and a killed one for dead",
  ignore: !onLinux,
  async fn() {
    await using child = startDeno(`console.log("runs"); setInterval(() => {}, 1000);`);
    await child.printed("runs");
    const { processStart: _, ...owner } = thisOwner(0);
    const start = (await Deno.readTextFile(`/proc/${child.pid}/stat`)).split(") ")[1]?.split(" ")[19] ?? "";
    const other = { ...owner, pid: child.pid, processStart: start };
    Deno.kill(child.pid, "SIGSTOP");
    assert.equal(ownerState(other), "alive");
    await child.kill();
    assert.equal(ownerState(other), "dead");
  },
});

Deno.test("ownerState() cannot tell of other machines and other containers", () => {
  assert.equal(ownerState(elsewhere()), "unknown");
  assert.equal(ownerState({ ...thisOwner(0), pidSpace: "pid:[1]" }), "unknown");
  // Without the time when it began, a process of that number may be a later one.
  const { processStart: _, ...owner } = thisOwner(0);
  assert.equal(ownerState(owner), "unknown");
});

Deno.test({
  name:
    "acquireFileLock() does not trust the system's lock while the named owner lives, however old its sign of life",
  ignore: !onLinux,
  async fn() {
    await using dir = await makeTempDir();
    const path = dir.join("x.lock");
    for (const ageMs of [0, 86_400_000, -86_400_000]) {
      await leaveOwner(path, thisOwner(Date.now()), ageMs);
      const clock = new TestClock({ autoAdvance: true });
      await assert.rejects(acquireFileLock(path, { clock }), { code: "LOCKED" });
      assert.equal(clock.monotonic(), 0, "where the system can tell, nothing is waited for");
    }
  },
});

Deno.test("acquireFileLock() takes over from an owner elsewhere only after watching it for 20 seconds", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("x.lock");
  // Neither clock says anything: the other machine's may be wrong, and ours may have been set.
  for (const ageMs of [0, 86_400_000, -86_400_000]) {
    await leaveOwner(path, elsewhere(), ageMs);
    const clock = new TestClock({ autoAdvance: true });
    await using lock = await acquireFileLock(path, { clock });
    assert.ok(clock.monotonic() >= 20_000 && clock.monotonic() < 21_000, `${clock.monotonic()} ms`);
    await lock.discard();
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  }
});

Deno.test("acquireFileLock() leaves the lock to an owner elsewhere that gives a sign of life", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("x.lock");
  const owner = elsewhere();
  await leaveOwner(path, owner);
  const clock = new TestClock();
  const refused = assert.rejects(acquireFileLock(path, { clock }), {
    code: "LOCKED",
    message: new RegExp(
      `held by process ${owner.pid} on "somewhere-else" since ${owner.startedAt.slice(0, 19)}Z`,
    ),
  });
  let ended = false;
  void refused.finally(() => ended = true).catch(() => {});
  // Its clock is an hour behind.
  for (let beat = 1; !ended; beat++) {
    await touch(path, 3_600_000 - beat);
    await clock.advance(500);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await refused;
});

Deno.test({
  name: "acquireFileLock() gives the lock to one only where the system grants it to everybody",
  ignore: !onLinux,
  async fn() {
    await using dir = await makeTempDir();
    const path = dir.join("x.lock");
    const clock = new TestClock();
    const options = { trySystemLock: lying, clock };
    let settled = 0;
    const results = Array.from(
      { length: 6 },
      () => acquireFileLock(path, options).finally(() => settled++).catch(() => undefined),
    );
    // Everybody has put in a name, or has seen another's there; only then does time go on.
    while (clock.sleeping + settled < 6) await new Promise((resolve) => setTimeout(resolve, 1));
    clock.autoAdvance = true;
    await clock.advance(300);
    const held = (await Promise.all(results)).filter((lock) => lock !== undefined);
    assert.equal(held.length, 1);
    await assert.rejects(acquireFileLock(path, options), { code: "LOCKED" });
    await held[0]?.[Symbol.asyncDispose]();
    await using _next = await acquireFileLock(path, options);
  },
});

Deno.test({
  name: "A lock is lost when another owner has taken it meanwhile, and is then left alone",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await makeTempDir();
    const path = dir.join("x.lock");
    const lock = await acquireFileLock(path, { heartbeatMs: 5 });
    const lost = Promise.withResolvers<void>();
    lock.lost.addEventListener("abort", () => lost.resolve());
    await leaveOwner(path, elsewhere());
    await lost.promise;
    assert.match(String(lock.lost.reason), /held by process \d+ on "somewhere-else"/);
    await lock.discard();
    await lock[Symbol.asyncDispose]();
    assert.equal(parseOwner(await Deno.readTextFile(path))?.host, "somewhere-else");
  },
});

Deno.test({
  name: "isSuspended() tells a stopped process from one that runs, and says nothing of others",
  ignore: !onLinux,
  async fn() {
    const here = thisOwner(Date.now());
    assert.equal(isSuspended(here), false);
    assert.equal(isSuspended(elsewhere()), undefined);
    const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
    try {
      const stat = await Deno.readTextFile(`/proc/${child.pid}/stat`);
      const processStart = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
      const owner: LockOwner = { ...here, pid: child.pid, processStart };
      child.kill("SIGSTOP");
      await waitUntil("it is stopped", () => isSuspended(owner) === true);
      child.kill("SIGCONT");
      await waitUntil("it goes on", () => isSuspended(owner) === false);
      assert.equal(isSuspended({ ...owner, processStart: "1" }), undefined, "a later process of that number");
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
  },
});
