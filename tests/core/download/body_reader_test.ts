import assert from "node:assert/strict";
import fc from "fast-check";
import { openBodyReader } from "../../../core/download/body_reader.ts";

type Bytes = Uint8Array<ArrayBuffer>;

function streamOf(chunks: readonly Bytes[], type: "bytes" | undefined): ReadableStream<Bytes> {
  const rest = chunks.filter((chunk) => chunk.length > 0).map((chunk) => chunk.slice());
  if (type === undefined) {
    return new ReadableStream({
      pull: (controller) => {
        const chunk = rest.shift();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    });
  }
  return new ReadableStream({
    type,
    pull: (controller) => {
      const chunk = rest.shift();
      if (chunk !== undefined) return controller.enqueue(chunk);
      controller.close();
      // A buffer that was lent has to be given back, empty.
      controller.byobRequest?.respond(0);
    },
  });
}

async function readAll(body: ReadableStream<Bytes>, bufferBytes: number): Promise<number[]> {
  const reader = openBodyReader(body);
  const all: number[] = [];
  let buffer = new Uint8Array(bufferBytes);
  for (;;) {
    const { value, done } = await reader.read(buffer);
    if (done || value === undefined) return all;
    assert.ok(value.length > 0 && value.length <= bufferBytes);
    all.push(...value);
    buffer = new Uint8Array(value.buffer);
    assert.equal(buffer.length, bufferBytes, "the whole buffer comes back");
  }
}

Deno.test("openBodyReader() gives the same bytes of every kind of stream, however they are cut", async () => {
  const chunk = fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes));
  await fc.assert(
    fc.asyncProperty(
      fc.array(chunk, { maxLength: 6 }),
      fc.integer({ min: 1, max: 50 }),
      async (chunks, size) => {
        const wanted = chunks.flatMap((each) => [...each]);
        assert.deepEqual(await readAll(streamOf(chunks, undefined), size), wanted);
        assert.deepEqual(await readAll(streamOf(chunks, "bytes"), size), wanted);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("openBodyReader() passes errors and cancelling on", async () => {
  let cancelled = false;
  const body = new ReadableStream<Bytes>({ cancel: () => void (cancelled = true) });
  await openBodyReader(body).cancel();
  assert.ok(cancelled);
  const broken = new ReadableStream<Bytes>({ pull: (controller) => controller.error(new Error("cut")) });
  await assert.rejects(openBodyReader(broken).read(new Uint8Array(4)), /cut/);
});

Deno.test("openBodyReader() refuses a body that somebody else reads", () => {
  const body = streamOf([], undefined);
  body.getReader();
  assert.throws(() => openBodyReader(body), TypeError);
});
