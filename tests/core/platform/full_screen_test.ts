import { strictEqual } from "node:assert/strict";
import { isForegroundStat } from "../../../core/platform/full_screen.ts";

Deno.test("isForegroundStat() tells whose the terminal is", () => {
  // pid (name) state parent group session terminal group-of-the-terminal
  strictEqual(isForegroundStat("70 (deno) R 60 70 60 34816 70 4194304 1"), true);
  strictEqual(isForegroundStat("70 (deno) T 60 70 60 34816 60 4194304 1"), false);
  strictEqual(isForegroundStat("70 (a b) c) R 60 70 60 34816 60 4194304 1"), false);
  strictEqual(isForegroundStat("70 (deno) S 60 70 60 0 -1 4194304 1"), true, "without a terminal");
  strictEqual(isForegroundStat("70 (deno) S 60 70 60 34816 -1 4194304 1"), true, "nobody's terminal");
  strictEqual(isForegroundStat(""), true, "what cannot be read");
});
