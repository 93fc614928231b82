import assert from "node:assert/strict";
import type { EngineEvent } from "../../../core/download/engine_options.ts";
import { eventsOf, MIB, openFixture, stagePrefix } from "./engine_fixture.ts";

const FILES = [
  { path: "a.gguf", sizeBytes: 5 * MIB + 3 },
  { path: "b.gguf", sizeBytes: 2 * MIB },
  { path: "c.txt", text: "hello" },
  { path: "empty.txt", text: "" },
];

function about(events: readonly EngineEvent[], path: string): readonly EngineEvent[] {
  return events.filter((event) => "file" in event && event.file === path);
}

/** The kinds of events in their order, repetitions left out. */
function phases(events: readonly EngineEvent[]): string[] {
  return events.map((event) => event.type).filter((type, index, all) => type !== all[index - 1]);
}

Deno.test("runTransfers() tells each phase of each file in order, and each end once", async () => {
  const slow = { effect: { type: "slow", bytesPerSecond: 4 * MIB } as const };
  await using fixture = await openFixture({ files: FILES, faults: [slow] });
  const { events } = await fixture.run(await fixture.tasks());
  for (const { path } of FILES) {
    const own = about(events, path);
    const order = phases(own);
    // What is there in a moment need not be seen on its way.
    const seen = path === "a.gguf" || order.includes("progress") ? ["progress"] : [];
    assert.deepEqual(order, ["started", ...seen, "verifying", "verified", "finished"], path);
    assert.equal(own.filter((event) => event.type === "started").length, 1);
    assert.equal(own.filter((event) => event.type === "finished").length, 1);
  }
});

Deno.test("runTransfers() counts absolutely, from nothing to everything, never back", async () => {
  const slow = { effect: { type: "slow", bytesPerSecond: 20 * MIB } as const };
  await using fixture = await openFixture({ files: FILES, faults: [slow] });
  const { events } = await fixture.run(await fixture.tasks());
  for (const task of await fixture.tasks()) {
    const own = about(events, task.source.path);
    const counts = own.map((event) => event.receivedBytes);
    assert.deepEqual(counts, counts.toSorted((a, b) => a - b), task.source.path);
    assert.equal(counts[0], 0);
    assert.equal(counts.at(-1), task.source.sizeBytes);
    for (const event of own) assert.equal(event.totalBytes, task.source.sizeBytes);
    const hashed = own.flatMap((event) => event.type === "verifying" ? [event.verifiedBytes] : []);
    assert.ok(hashed.every((bytes) => bytes <= task.source.sizeBytes));
  }
});

Deno.test("runTransfers() counts what an earlier run left from the first event on", async () => {
  await using fixture = await openFixture({ files: FILES });
  const task = await stagePrefix(fixture, "a.gguf", 2 * MIB);
  const result = await fixture.run([task]);
  const [started] = eventsOf(result, "started");
  assert.deepEqual([started?.resumedBytes, started?.receivedBytes], [2 * MIB, 2 * MIB]);
  assert.ok(result.events.every((event) => event.receivedBytes >= 2 * MIB));
});

Deno.test("runTransfers() tells the digest and the final name", async () => {
  await using fixture = await openFixture({ files: FILES });
  const task = await fixture.task("a.gguf");
  const result = await fixture.run([task]);
  assert.deepEqual(eventsOf(result, "verified").map((event) => event.digest), [task.source.digest]);
  const finished = result.events.find((event) => event.type === "finished");
  assert.ok(finished !== undefined && "path" in finished);
  assert.equal(finished.path, fixture.finalPath("a.gguf"));
});
