import assert from "node:assert/strict";
import { drain } from "../../cli/drain.ts";

Deno.test("drain() hands over every event and gives the result", async () => {
  async function* work(): AsyncGenerator<number, string, undefined> {
    yield await Promise.resolve(1);
    yield 2;
    return "done";
  }
  const seen: number[] = [];
  assert.equal(await drain(work(), (event) => seen.push(event)), "done");
  assert.deepEqual(seen, [1, 2]);
});

Deno.test("drain() stops the work when nobody can take its events", async () => {
  let stopped = false;
  async function* work(): AsyncGenerator<number, void, undefined> {
    try {
      while (true) yield await Promise.resolve(1);
    } finally {
      stopped = true;
    }
  }
  const refuse = (): never => {
    throw new Error("no room");
  };
  await assert.rejects(drain(work(), refuse), { message: "no room" });
  assert.equal(stopped, true);
});
