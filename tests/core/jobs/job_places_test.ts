import assert from "node:assert/strict";
import { JobLimit } from "../../../core/jobs/job_limit.ts";
import { JobPlaces } from "../../../core/jobs/job_places.ts";

/** What came of asking for a place. */
class Ask {
  readonly stop = new AbortController();
  place: Disposable | undefined;
  error: unknown;

  constructor(places: JobPlaces, own?: number) {
    places.enter({ signal: this.stop.signal, own }).then((place) => this.place = place, (error) => {
      this.error = error;
    });
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

async function has(...asks: readonly Ask[]): Promise<boolean[]> {
  await settle();
  return asks.map(({ place }) => place !== undefined);
}

Deno.test("JobPlaces lets as many in as the limit says, whichever schedule asks, in their order", async () => {
  const limit = new JobLimit(2);
  const places = new JobPlaces(limit);
  const asks = Array.from({ length: 4 }, () => new Ask(places));
  assert.deepEqual(await has(...asks), [true, true, false, false]);
  asks[0]?.place?.[Symbol.dispose]();
  asks[0]?.place?.[Symbol.dispose]();
  assert.deepEqual(await has(...asks), [true, true, true, false]);
  limit.set(3);
  assert.deepEqual(await has(...asks), [true, true, true, true]);
});

Deno.test("JobPlaces gives queue and schedules turns where there is room for one only", async () => {
  const places = new JobPlaces(new JobLimit(1));
  let woken = 0;
  using _changes = places.onChange(() => woken++);
  assert.equal(places.forQueue({ running: 0, urgent: 0 }), 1);
  places.noteQueue(1, true);
  const [a, b] = [new Ask(places), new Ask(places)];
  assert.deepEqual(await has(a, b), [false, false]);

  assert.equal(places.forQueue({ running: 0, urgent: 0 }), 0, "the schedule is next");
  places.noteQueue(0, true);
  assert.deepEqual(await has(a, b), [true, false]);

  assert.equal(places.forQueue({ running: 0, urgent: 0 }), 0);
  a.place?.[Symbol.dispose]();
  assert.ok(woken > 0, "the queue is told");
  assert.deepEqual(await has(a, b), [true, false], "now the queue is next");
  assert.equal(places.forQueue({ running: 0, urgent: 0 }), 1);
  places.noteQueue(1, true);
  places.noteQueue(0, true);
  assert.deepEqual(await has(b), [true]);
});

Deno.test("JobPlaces waits for no queue that has nothing to do, or is worked elsewhere", async () => {
  const places = new JobPlaces(new JobLimit(1));
  const [a, b] = [new Ask(places), new Ask(places)];
  await settle();
  a.place?.[Symbol.dispose]();
  assert.deepEqual(await has(a, b), [true, true]);
  places.noteQueue(0, true);
  const c = new Ask(places);
  b.place?.[Symbol.dispose]();
  assert.deepEqual(await has(c), [false], "it is the queue's turn");
  places.noteQueue(0, false);
  assert.deepEqual(await has(c), [true], "which has ended");
});

Deno.test("JobPlaces lets a schedule with a number of its own have as many, and counts them", async () => {
  const places = new JobPlaces(new JobLimit(1));
  const asks = Array.from({ length: 3 }, () => new Ask(places, 2));
  const other = new Ask(places);
  assert.deepEqual(await has(...asks, other), [true, true, false, false]);
  assert.equal(places.forQueue({ running: 0, urgent: 0 }), 0);
  assert.equal(places.forQueue({ running: 0, urgent: 1 }), 1, "an urgent job waits for no schedule");
  const lone = new JobPlaces(new JobLimit(1));
  lone.noteQueue(1, false);
  const one = new Ask(lone, 1);
  assert.deepEqual(await has(one), [false], "one of its own is no more than everybody's");
});

Deno.test("JobPlaces.enter() rejects who is stopped, and keeps no place for it", async () => {
  const places = new JobPlaces(new JobLimit(1));
  const [first, second, third] = [new Ask(places), new Ask(places), new Ask(places)];
  await settle();
  second.stop.abort();
  assert.deepEqual(await has(first, second, third), [true, false, false]);
  assert.equal((second.error as { code?: string }).code, "CANCELLED");
  first.place?.[Symbol.dispose]();
  assert.deepEqual(await has(third), [true]);
  const late = new AbortController();
  late.abort();
  await assert.rejects(places.enter({ signal: late.signal }), { code: "CANCELLED" });
});
