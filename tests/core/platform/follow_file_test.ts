import { deepStrictEqual } from "node:assert/strict";
import { appendFile, rm } from "node:fs/promises";
import { tailLines } from "../../../core/platform/follow_file.ts";
import { RotatingFile } from "../../../core/platform/rotating_file.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  return await Array.fromAsync(lines);
}

Deno.test("tailLines() gives the last lines, oldest first, across files that were put aside", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a.log", "5\n6\n");
  await dir.write("a.log.1", "3\n4\n");
  await dir.write("a.log.2", "1\n2\n");
  const clock = new TestClock();
  deepStrictEqual(await collect(tailLines(path, { lines: 3, clock })), ["4", "5", "6"]);
  deepStrictEqual(await collect(tailLines(path, { lines: Infinity, clock })), ["1", "2", "3", "4", "5", "6"]);
  deepStrictEqual(await collect(tailLines(path, { lines: 0, clock })), []);
  const accept = (line: string): boolean => Number(line) % 2 === 0;
  deepStrictEqual(await collect(tailLines(path, { lines: 2, clock, accept })), ["4", "6"]);
  deepStrictEqual(await collect(tailLines(dir.join("none"), { lines: 9, clock })), []);
});

Deno.test("tailLines() follows what is written, through rotation and deletion, and misses no line", async () => {
  await using dir = await makeTempDir();
  const clock = new TestClock({ autoAdvance: true });
  const stop = new AbortController();
  const file = new RotatingFile(dir.join("a.log"), { maxBytes: 40, maxFiles: 3 });
  file.append("old");
  const seen: string[] = [];
  const written: string[] = [];
  for await (const line of tailLines(file.path, { lines: 1, follow: true, clock, signal: stop.signal })) {
    seen.push(line);
    // Each line is an answer to the one before, so that nothing is missed by being late.
    const number = written.length;
    if (number === 60) stop.abort();
    else {
      if (number === 30) await rm(file.path);
      written.push(`line ${number}`);
      file.append(`line ${number}`);
    }
  }
  deepStrictEqual(seen, ["old", ...written]);
});

Deno.test("tailLines() waits for a file that is not there yet, and for the end of a line", async () => {
  await using dir = await makeTempDir();
  const clock = new TestClock();
  const stop = new AbortController();
  const lines = tailLines(dir.join("a.log"), { lines: 5, follow: true, clock, signal: stop.signal });
  let isThere = false;
  const first = lines.next().finally(() => isThere = true);
  await clock.advance(1_000);
  await dir.write("a.log", "ha");
  await clock.advance(1_000);
  await appendFile(dir.join("a.log"), "lf a line\n");
  // The file is read by real threads.
  for (let look = 0; !isThere && look < 10_000; look++) {
    await clock.advance(200);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  deepStrictEqual(await first, { done: false, value: "half a line" });
  stop.abort();
  deepStrictEqual((await lines.next()).done, true);
});
