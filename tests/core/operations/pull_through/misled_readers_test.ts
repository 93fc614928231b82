import { strictEqual } from "node:assert/strict";
import { MisledReaders } from "../../../../core/operations/pull_through/misled_readers.ts";
import { TestClock } from "../../../support/test_clock.ts";

Deno.test("MisledReaders knows a file at any revision, for a day", async () => {
  const clock = new TestClock();
  const misled = new MisledReaders(clock);
  misled.add({ info: { repo: "a/b" }, file: { path: "sub/x.gguf" } });
  strictEqual(misled.has("a/b", ["main", "sub", "x.gguf"]), true);
  strictEqual(misled.has("a/b", ["feature", "y", "sub", "x.gguf"]), true);
  strictEqual(misled.has("a/b", ["main", "x.gguf"]), false);
  strictEqual(misled.has("a/c", ["main", "sub", "x.gguf"]), false);
  await clock.advance(24 * 60 * 60_000);
  strictEqual(misled.has("a/b", ["main", "sub", "x.gguf"]), false);
});
