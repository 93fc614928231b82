import assert from "node:assert/strict";
import { countTests } from "./gate.ts";

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
