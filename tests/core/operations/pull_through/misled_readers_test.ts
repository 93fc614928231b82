import { strictEqual } from "node:assert/strict";
import { MisledReaders } from "../../../../core/operations/pull_through/misled_readers.ts";
import { makeTempDir } from "../../../support/temp_dir.ts";
import { TestClock } from "../../../support/test_clock.ts";

Deno.test("MisledReaders knows a file at any revision, for a day", async () => {
  const clock = new TestClock();
  await using dir = await makeTempDir();
  const misled = new MisledReaders(clock, dir.join("x", "misled"));
  strictEqual(misled.has("a/b", ["main", "sub", "x.gguf"]), false);
  misled.add({ info: { repo: "a/b" }, file: { path: "sub/x.gguf" } });
  strictEqual(misled.has("a/b", ["main", "sub", "x.gguf"]), true);
  strictEqual(misled.has("a/b", ["feature", "y", "sub", "x.gguf"]), true);
  strictEqual(misled.has("a/b", ["main", "x.gguf"]), false);
  strictEqual(misled.has("a/c", ["main", "sub", "x.gguf"]), false);
  await clock.advance(24 * 60 * 60_000);
  strictEqual(misled.has("a/b", ["main", "sub", "x.gguf"]), false);
});

Deno.test("MisledReaders tells the server that comes after it, and works without a disk", async () => {
  const clock = new TestClock();
  await using dir = await makeTempDir();
  const file = { info: { repo: "a/b" }, file: { path: "x.gguf" } };
  new MisledReaders(clock, dir.join("misled")).add(file);
  const next = new MisledReaders(clock, dir.join("misled"));
  strictEqual(next.has("a/b", ["main", "x.gguf"]), true);
  strictEqual(next.has("a/b", ["main", "y.gguf"]), false);
  await clock.advance(24 * 60 * 60_000);
  strictEqual(next.has("a/b", ["main", "x.gguf"]), false);

  await Deno.writeTextFile(dir.join("file"), "");
  const diskless = new MisledReaders(clock, dir.join("file", "misled"));
  diskless.add(file);
  strictEqual(diskless.has("a/b", ["main", "x.gguf"]), true);
});
