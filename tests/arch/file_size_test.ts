import assert from "node:assert/strict";
import { listFiles, PROGRAM, readSource } from "./source_scan.ts";

function tooLong(places: readonly string[], limit: number): string[] {
  return listFiles(places, /\.tsx?$/)
    .map((path) => ({ path, lines: readSource(path).trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > limit)
    .map(({ path, lines }) => `${path} has ${lines} lines`);
}

Deno.test("no file of the program has more than 400 lines", () => {
  assert.deepEqual(tooLong([...PROGRAM, "bench", "packaging"], 400), []);
});

Deno.test("no file of the tests has more than 600 lines", () => {
  assert.deepEqual(tooLong(["tests"], 600), []);
});
