import assert from "node:assert/strict";
import fc from "fast-check";
import { EventStream } from "../../../core/base/event_stream.ts";
import { settle } from "../../support/test_clock.ts";

interface Count {
  readonly key: string | undefined;
  readonly value: number;
}

function newStream(): EventStream<Count> {
  return new EventStream<Count>({ coalesceKey: (event) => event.key });
}

async function readAll<T>(stream: EventStream<T>): Promise<T[]> {
  const events: T[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

Deno.test("EventStream keeps every event in order when none has a key", async () => {
  const stream = new EventStream<number>();
  for (const value of [3, 1, 1, 2]) stream.push(value);
  stream.close();
  assert.deepEqual(await readAll(stream), [3, 1, 1, 2]);
});

Deno.test("EventStream reads the newest event of a key where it was pushed", async () => {
  const stream = newStream();
  stream.push({ key: "a", value: 1 });
  stream.push({ key: undefined, value: 2 });
  stream.push({ key: "a", value: 3 });
  stream.push({ key: "b", value: 4 });
  stream.close();
  assert.deepEqual((await readAll(stream)).map((event) => event.value), [2, 3, 4]);
});

Deno.test("EventStream drops only events that a later one of their key replaces", async () => {
  const step = fc.record({ key: fc.constantFrom("a", "b", undefined), pause: fc.boolean() });
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
    const stream = newStream();
    const read: Count[] = [];
    const reader = (async () => {
      for await (const event of stream) read.push(event);
    })();
    for (const [value, { key, pause }] of steps.entries()) {
      stream.push({ key, value });
      if (pause) await settle(1);
    }
    stream.close();
    await reader;
    const values = read.map((event) => event.value);
    assert.deepEqual(values, [...values].sort((a, b) => a - b), "the order is kept");
    for (const [value, { key }] of steps.entries()) {
      const replaced = key !== undefined && steps.slice(value + 1).some((later) => later.key === key);
      assert.ok(replaced || values.includes(value), `event ${value} was lost`);
    }
  }));
});

Deno.test("EventStream wakes a waiting reader", async () => {
  const stream = new EventStream<number>();
  const reading = readAll(stream);
  await settle();
  stream.push(1);
  await settle();
  stream.push(2);
  stream.close();
  assert.deepEqual(await reading, [1, 2]);
});

Deno.test("EventStream holds one event a key however long the reader is away", async () => {
  const stream = newStream();
  for (let value = 0; value < 10_000; value++) stream.push({ key: "progress", value });
  stream.close();
  assert.deepEqual(await readAll(stream), [{ key: "progress", value: 9_999 }]);
});

Deno.test("EventStream.fail() throws after what is queued", async () => {
  const stream = new EventStream<number>();
  stream.push(1);
  stream.fail(new Error("broken"));
  stream.push(2);
  const read: number[] = [];
  await assert.rejects(async () => {
    for await (const event of stream) read.push(event);
  }, /broken/);
  assert.deepEqual(read, [1]);
});

Deno.test("EventStream ignores a failure after the end", async () => {
  const stream = new EventStream<number>();
  stream.close();
  stream.fail(new Error("late"));
  assert.deepEqual(await readAll(stream), []);
});

Deno.test("EventStream lets a reader stop in the middle", async () => {
  const stream = new EventStream<number>();
  stream.push(1);
  stream.push(2);
  for await (const event of stream) {
    assert.equal(event, 1);
    break;
  }
  stream.close();
  assert.deepEqual(await readAll(stream), [2]);
});
