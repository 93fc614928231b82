import assert from "node:assert/strict";
import { PROGRAM, scanFiles } from "./source_scan.ts";

type Graph = ReadonlyMap<string, readonly string[]>;

/** One cycle as its files in order, or `undefined`. */
function findCycle(graph: Graph): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

Deno.test("no files load each other in a circle", () => {
  const graph: Graph = new Map(
    scanFiles([...PROGRAM, "tests", "bench"]).map(({ path, imports }) => [
      path,
      imports.filter(({ kind }) => kind === "value").map(({ target }) => target),
    ]),
  );
  assert.equal(findCycle(graph)?.join(" -> "), undefined);
});

Deno.test("findCycle() names the circle and nothing around it", () => {
  assert.deepEqual(findCycle(new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", []], ["d", ["b"]]])), [
    "b",
    "d",
    "b",
  ]);
  assert.equal(findCycle(new Map([["a", ["b", "c"]], ["b", ["d"]], ["c", ["d"]], ["d", []]])), undefined);
});
