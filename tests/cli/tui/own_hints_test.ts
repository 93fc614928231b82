import { strictEqual } from "node:assert/strict";
import { ownHint, saysOnlyAgain } from "../../../cli/tui/own_hints.ts";

Deno.test("ownHint() speaks of no command where there is none", () => {
  strictEqual(
    ownHint("Run the same command again in 5 minutes: what has arrived is kept"),
    "Try it again in 5 minutes: what has arrived is kept",
  );
  strictEqual(
    ownHint("Move the folder away, then run the same command again"),
    "Move the folder away, then try it again",
  );
  strictEqual(ownHint("Make room: mm cleanup"), "Make room: mm cleanup");
});

Deno.test("saysOnlyAgain() is true only of hints that say nothing else", () => {
  for (
    const hint of ["Run the same command again: what has arrived is kept", "Then run the same command again"]
  ) {
    strictEqual(saysOnlyAgain(hint), true, hint);
  }
  for (const hint of ["Run the same command again in 5 minutes: what has arrived is kept", "Make room"]) {
    strictEqual(saysOnlyAgain(hint), false, hint);
  }
});
