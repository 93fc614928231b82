import assert from "node:assert/strict";
import { OnceMap } from "../../../core/base/once_map.ts";

Deno.test("OnceMap.run() shares work of the same key while it runs", async () => {
  const map = new OnceMap<string, number>();
  const gate = Promise.withResolvers<number>();
  let started = 0;
  const start = (): Promise<number> => {
    started++;
    return gate.promise;
  };
  const both = [map.run("a", start), map.run("a", start)];
  gate.resolve(7);
  assert.deepEqual(await Promise.all(both), [7, 7]);
  assert.equal(started, 1);
});

Deno.test("OnceMap.run() keeps keys apart", async () => {
  const map = new OnceMap<string, string>();
  assert.deepEqual(
    await Promise.all(["a", "b"].map((key) => map.run(key, () => Promise.resolve(key)))),
    ["a", "b"],
  );
});

Deno.test("OnceMap.run() starts again after the end, also after a failure", async () => {
  const map = new OnceMap<string, number>();
  let started = 0;
  const fail = (): Promise<number> => Promise.reject(new Error(`failure ${++started}`));
  const failures = await Promise.allSettled([map.run("a", fail), map.run("a", fail)]);
  assert.deepEqual(failures.map((result) => result.status), ["rejected", "rejected"]);
  assert.equal(started, 1);
  await assert.rejects(map.run("a", fail), /failure 2/);
  assert.equal(await map.run("a", () => Promise.resolve(3)), 3);
});
