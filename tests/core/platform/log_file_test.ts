import { deepStrictEqual, doesNotMatch, match, strictEqual } from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { LogFile } from "../../../core/platform/log_file.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

Deno.test("LogFile.write() appends lines with their time, in order, without secrets, for this user only", async () => {
  await using dir = await makeTempDir();
  const log = new LogFile(dir.join("logs/queue.log"), { clock: new TestClock() });
  for (const text of ["one", `token hf_${"x".repeat(20)}`, "two\nlines"]) log.write(text);
  await log.flush();
  const text = await readFile(log.path, "utf8");
  match(text, /^2025-01-01T00:00:00.000Z one\n\S+ token .*\n\S+ two\n {2}lines\n$/);
  doesNotMatch(text, /xxxx/);
  if (Deno.build.os !== "windows") strictEqual((await stat(log.path)).mode & 0o777, 0o600);
});

Deno.test("LogFile.write() puts a long log aside, and keeps no more than one", async () => {
  await using dir = await makeTempDir();
  const log = new LogFile(dir.join("queue.log"), { maxBytes: 100 });
  for (let line = 0; line < 10; line++) log.write(`line ${line} ${"x".repeat(20)}`);
  await log.flush();
  deepStrictEqual((await readdir(dir.path)).sort(), ["queue.log", "queue.log.1"]);
  match(await readFile(log.path, "utf8"), /line 9/);
  match(await readFile(`${log.path}.1`, "utf8"), /line 8/);
});

Deno.test("LogFile.write() stops nobody when it cannot write", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("logs"), "a file where the folder should be");
  const log = new LogFile(dir.join("logs/queue.log"));
  log.write("one");
  await log.flush();
  strictEqual(await readFile(dir.join("logs"), "utf8"), "a file where the folder should be");
});
