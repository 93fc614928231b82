import assert from "node:assert/strict";
import { requestsFor } from "../../support/faults.ts";
import type { InProcessWorkerOptions } from "../../support/in_process_worker.ts";
import { eventsOf, hastyClock, MIB, openFixture } from "./engine_fixture.ts";

const BIG = { path: "a.gguf", sizeBytes: 6 * MIB };
const HASTY = hastyClock(50);

Deno.test("runTransfers() loses no byte when a worker dies in the middle of its segments", async () => {
  const slow = { when: requestsFor(BIG.path), effect: { type: "slow", bytesPerSecond: 4 * MIB } as const };
  await using fixture = await openFixture({ files: [BIG], faults: [slow] });
  let crashes = 0;
  const result = await fixture.run(await fixture.tasks(), {
    onEvent: (event) => {
      if (event.type !== "progress" || event.receivedBytes < (crashes + 1) * MIB || crashes === 2) return;
      crashes++;
      fixture.workers.workers.find((worker) => worker.kind === "download" && !worker.ended)?.crash(
        "Out of memory",
      );
    },
  });
  assert.equal(crashes, 2);
  assert.ok(await fixture.isRight(BIG.path));
  assert.match(eventsOf(result, "retrying")[0]?.error.message ?? "", /worker ended: Out of memory/);
  assert.ok((result.outcomes?.[0]?.bytesFetched ?? 0) < BIG.sizeBytes + MIB, "what was written counts");
});

Deno.test("runTransfers() hashes again from the start when the hash worker dies", async () => {
  let crashes = 0;
  const workers: InProcessWorkerOptions = {
    onMessage: (message, worker) => message.type === "hash" && ++crashes <= 2 && worker.crash(),
  };
  await using fixture = await openFixture({ files: [BIG], workers });
  const { error } = await fixture.run(await fixture.tasks());
  assert.equal(error, undefined);
  assert.ok(crashes > 2);
  assert.ok(await fixture.isRight(BIG.path));
});

Deno.test("runTransfers() gives up on workers that always die", async () => {
  for (const type of ["hash", "segment"] as const) {
    let crashes = 0;
    const workers: InProcessWorkerOptions = {
      onMessage: (message, worker) => {
        if (message.type !== type) return;
        crashes++;
        worker.crash("No such module");
      },
    };
    await using fixture = await openFixture({ files: [BIG], workers, clock: HASTY });
    const result = await fixture.run(await fixture.tasks(), { maxRetries: 2 });
    assert.equal(result.error?.code, "FAILED", type);
    assert.ok(crashes < 30, `${crashes} crashes`);
    assert.equal(eventsOf(result, "failed").length, 1);
    assert.equal(await fixture.published(BIG.path), undefined);
  }
});

Deno.test("runTransfers() ends a worker that is deaf to a cancel, and goes on with another", async () => {
  let cancels = 0;
  const workers: InProcessWorkerOptions = {
    delivers: (message) => message.type !== "cancel" || ++cancels > 1,
  };
  const faults = [{ times: 1, effect: { type: "stall", afterBytes: 100_000 } as const }];
  await using fixture = await openFixture({ files: [BIG], faults, workers, clock: HASTY });
  const { error } = await fixture.run(await fixture.tasks(), { stallTimeoutMs: 10_000 });
  assert.equal(error, undefined);
  assert.ok(await fixture.isRight(BIG.path));
  assert.equal(fixture.workers.workers.filter((worker) => worker.ended).length, 1);
});

Deno.test("runTransfers() takes turns over one pool: two runs at once", async () => {
  const files = [BIG, { path: "b.gguf", sizeBytes: 4 * MIB }];
  await using fixture = await openFixture({ files });
  const [one, two] = await fixture.tasks();
  assert.ok(one !== undefined && two !== undefined);
  const results = await Promise.all([fixture.run([one]), fixture.run([two])]);
  assert.deepEqual(results.map((result) => result.error), [undefined, undefined]);
  for (const { path } of files) assert.ok(await fixture.isRight(path), path);
});

Deno.test("runTransfers() gives all slots back", async () => {
  await using fixture = await openFixture({
    files: [BIG, { path: "b.gguf", sizeBytes: 4 * MIB }, { path: "c.gguf", sizeBytes: 10 }],
    faults: [{ effect: { type: "cut", afterBytes: 500_000 } }],
    clock: HASTY,
  });
  await fixture.run(await fixture.tasks());
  const { slots } = fixture.pool;
  const leased = Array.from({ length: 256 }, () => slots.lease(0, 1));
  assert.equal(new Set(leased).size, 256);
});
