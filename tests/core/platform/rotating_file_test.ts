import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { chmod, readdir, readFile, rm, stat } from "node:fs/promises";
import { RotatingFile } from "../../../core/platform/rotating_file.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("RotatingFile.append() makes folder and file for this user only", async () => {
  await using dir = await makeTempDir();
  const file = new RotatingFile(dir.join("logs", "a.log"));
  ok(file.append("one"));
  ok(file.append("two"));
  strictEqual(await readFile(file.path, "utf8"), "one\ntwo\n");
  if (Deno.build.os === "windows") return;
  strictEqual((await stat(file.path)).mode & 0o777, 0o600);
  strictEqual((await stat(dir.join("logs"))).mode & 0o777, 0o700);
});

Deno.test("RotatingFile.append() puts files aside, and keeps as many as it was told", async () => {
  await using dir = await makeTempDir();
  const file = new RotatingFile(dir.join("a.log"), { maxBytes: 20, maxFiles: 3 });
  for (let number = 0; number < 30; number++) ok(file.append(`line ${String(number).padStart(3, "0")}`));
  deepStrictEqual((await readdir(dir.path)).sort(), ["a.log", "a.log.1", "a.log.2"]);
  const texts = await Promise.all(
    ["a.log.2", "a.log.1", "a.log"].map((name) => readFile(dir.join(name), "utf8")),
  );
  strictEqual(texts.join(""), [24, 25, 26, 27, 28, 29].map((n) => `line 0${n}\n`).join(""));
});

Deno.test("RotatingFile.append() writes a line that is longer than a file may be", async () => {
  await using dir = await makeTempDir();
  const file = new RotatingFile(dir.join("a.log"), { maxBytes: 5, maxFiles: 1 });
  file.append("much too long");
  file.append("x");
  strictEqual(await readFile(file.path, "utf8"), "x\n");
});

Deno.test("RotatingFile.append() goes on when the file was deleted or cannot be written for a while", async () => {
  await using dir = await makeTempDir();
  const file = new RotatingFile(dir.join("logs", "a.log"));
  file.append("one");
  await rm(dir.join("logs"), { recursive: true });
  ok(file.append("two"));
  // Where a file is wanted there is a folder: nobody can write it, root included.
  await rm(file.path);
  await dir.write("logs/a.log/in-the-way");
  strictEqual(file.append("lost"), false);
  await chmod(dir.join("logs"), 0o700);
  await rm(file.path, { recursive: true });
  ok(file.append("three"));
  strictEqual(await readFile(file.path, "utf8"), "three\n");
});

Deno.test("RotatingFile.append() begins a new line after half of one", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a.log", "whole\nhal");
  new RotatingFile(path).append("next");
  strictEqual(await readFile(path, "utf8"), "whole\nhal\nnext\n");
});
