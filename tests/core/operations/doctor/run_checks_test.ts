import assert from "node:assert/strict";
import { isModelManagerError, ModelManagerError } from "../../../../core/base/errors.ts";
import { ok } from "../../../../core/operations/doctor/check.ts";
import { type CheckTask, flagFor, runChecks } from "../../../../core/operations/doctor/run_checks.ts";
import { settle, TestClock } from "../../../support/test_clock.ts";

const LIMIT = { limitMs: 4_000, lateHint: "Try again: mm doctor" } as const;

function task(id: string, run: CheckTask["run"], rest: Partial<CheckTask> = {}): CheckTask {
  return { id, group: "program", title: id, run, ...rest };
}

Deno.test("runChecks() gives the findings in the order of the tasks, with nothing left open", async () => {
  const clock = new TestClock();
  const slow = Promise.withResolvers<void>();
  const running = runChecks([
    task("slow", () => slow.promise.then(() => ok("late"))),
    task("quick", () => ok("at once", { more: ["a"], hints: ["b"] })),
  ], { ...LIMIT, clock });
  await settle();
  slow.resolve();
  const [first, second] = await running;
  assert.deepEqual([first?.id, first?.detail, first?.hints, first?.more, first?.skipped], [
    "slow",
    "late",
    [],
    [],
    false,
  ]);
  assert.deepEqual([second?.detail, second?.more, second?.hints], ["at once", ["a"], ["b"]]);
  assert.equal(clock.sleeping, 0);
});

Deno.test("runChecks() turns whatever a check throws into a finding", async () => {
  const ours = new ModelManagerError("FAILED", "It is broken", {
    hints: ["Mend it: mm list"],
    cause: new Error("deep"),
  });
  const checks = await runChecks([
    task("ours", () => Promise.reject(ours)),
    task("foreign", () => {
      throw new TypeError("x is not a function\nat y");
    }),
    task(
      "right",
      () =>
        Promise.reject(
          Object.assign(new Error('Requires sys access to "x", run again with the --allow-sys flag'), {
            name: "NotCapable",
          }),
        ),
    ),
    task("fine", () => ok("fine")),
  ], { ...LIMIT, clock: new TestClock() });
  assert.deepEqual(checks.map(({ status }) => status), ["problem", "problem", "problem", "ok"]);
  assert.deepEqual([checks[0]?.detail, checks[0]?.hints, checks[0]?.more], [
    "It is broken",
    ["Mend it: mm list"],
    ["deep"],
  ]);
  assert.equal(checks[1]?.detail, "cannot be checked: x is not a function");
  assert.deepEqual(checks[2]?.hints, [
    "Add the flag --allow-sys=x to deno run: with it, mm looks at the room on disks, the memory and the name of the machine",
    "See the flags for everything it needs here: mm doctor --permissions pull",
  ]);
});

Deno.test("runChecks() waits for nobody longer than the limit, and tells the check to stop", async () => {
  const clock = new TestClock();
  let stopped = false;
  let asked = "http://far";
  const running = runChecks([
    task("hangs", (signal) => {
      signal.addEventListener("abort", () => stopped = true);
      return new Promise<never>(() => {});
    }, { about: "http://far" }),
    task("fine", () => ok("fine")),
    task("moves on", () => {
      asked = "files.test";
      return new Promise<never>(() => {});
    }, { about: () => asked }),
  ], { ...LIMIT, clock });
  await settle();
  await clock.advance(4_000);
  const [late, fine, moved] = await running;
  assert.equal(moved?.detail, '"files.test" does not answer within 4 s');
  assert.deepEqual([late?.status, late?.detail, late?.hints], [
    "problem",
    '"http://far" does not answer within 4 s',
    ["Try again: mm doctor"],
  ]);
  assert.equal(fine?.status, "ok");
  assert.ok(stopped);
});

Deno.test("runChecks() does not begin what the process has no right to", async () => {
  let begun = 0;
  const [check] = await runChecks([
    task("net", () => {
      begun++;
      return ok("");
    }, {
      needs: [{ name: "read" }, { name: "net", scope: "huggingface.co" }, { name: "write", scope: "/a b" }],
    }),
  ], { ...LIMIT, clock: new TestClock(), isGranted: ({ name }) => name === "read" });
  assert.equal(begun, 0);
  assert.deepEqual([check?.status, check?.skipped], ["ok", true]);
  assert.equal(check?.detail, "not checked: it needs --allow-net=huggingface.co --allow-write='/a b'");
});

Deno.test("runChecks() shows no secret that a check repeats", async () => {
  const secret = "hf_abcdefghijklmnop";
  const url = "https://ada:pw@host/x?Signature=abc";
  const [check] = await runChecks([
    task("leaks", () => ok(`${secret} ${url}`, { hints: [secret, url], more: [secret, url] })),
  ], { ...LIMIT, clock: new TestClock() });
  assert.doesNotMatch(JSON.stringify(check), /abcdefghijklmnop|ada:pw|Signature=abc/);
});

Deno.test("runChecks() is cancelled by its signal", async () => {
  const stop = new AbortController();
  const running = runChecks([task("hangs", () => new Promise<never>(() => {}))], {
    ...LIMIT,
    clock: new TestClock(),
    signal: stop.signal,
  });
  await settle();
  stop.abort();
  await assert.rejects(running, (error) => isModelManagerError(error) && error.code === "CANCELLED");
});

Deno.test("flagFor() writes a flag as a shell reads it", () => {
  assert.equal(flagFor({ name: "env" }), "--allow-env");
  assert.equal(flagFor({ name: "net", scope: "a.b:1,*.c" }), "--allow-net=a.b:1,*.c");
  assert.equal(flagFor({ name: "read", scope: "/my models" }), "--allow-read='/my models'");
});
