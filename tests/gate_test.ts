import assert from "node:assert/strict";
import { balance, countTests, lastLines, runLimited } from "./gate.ts";

Deno.test("countTests() reads the runner's last summary, colours or not", () => {
  assert.deepEqual(countTests("ok | 3 passed | 0 failed (5ms)", true), { passed: 3, failed: 0 });
  assert.deepEqual(
    countTests(
      "\x1b[31mFAILED\x1b[0m | 10 passed (4 steps) | 2 failed (1 step) | 1 ignored \x1b[38;5;245m(1s)",
      false,
    ),
    { passed: 10, failed: 2 },
  );
  assert.deepEqual(countTests("a | 1 passed | 1 failed\nb | 2 passed | 0 failed", true), {
    passed: 2,
    failed: 0,
  });
});

Deno.test("countTests() counts a run without a failed test as failed when it failed", () => {
  assert.deepEqual(countTests("error: Type checking failed.", false), { passed: 0, failed: 1 });
  assert.deepEqual(countTests("ok | 3 passed | 0 failed (5ms)\nerror: crash", false), {
    passed: 3,
    failed: 1,
  });
});

Deno.test("runLimited() gives what a command wrote, and how it ended", async () => {
  const good = await runLimited(["eval", "console.log('a'); console.error('b')"], { limitMs: 60_000 });
  assert.deepEqual(good, { succeeded: true, wasStopped: false, output: "a\nb\n" });
  const bad = await runLimited(["eval", "Deno.exit(3)"], { limitMs: 60_000 });
  assert.deepEqual(bad, { succeeded: false, wasStopped: false, output: "" });
});

Deno.test("runLimited() ends a command that hangs", async () => {
  const hang = "setInterval(() => {}, 1000)";
  const hanging = await runLimited(["eval", hang], { limitMs: 1 });
  assert.deepEqual([hanging.succeeded, hanging.wasStopped], [false, true]);
  assert.deepEqual(countTests(hanging.output, hanging.succeeded), { passed: 0, failed: 1 });
});

Deno.test("lastLines() leaves out what came before", () => {
  assert.equal(lastLines("a\nb\nc\n\n", 2), "b\nc");
  assert.equal(lastLines("a", 2), "a");
  assert.equal(lastLines("", 2), "");
});

Deno.test("balance() puts every file into one group, and no group far above the others", () => {
  const files = [5, 1, 8, 3, 3, 2].map((weight, index) => ({ path: `${index}`, weight }));
  assert.deepEqual(balance(files, 2), [["2", "4"], ["0", "3", "5", "1"]]);
  assert.deepEqual(balance(files.slice(0, 1), 2), [["0"]]);
});
