import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import { FileFetch, heldBackFrom } from "../../../../core/operations/pull_through/file_fetch.ts";

const PATH = "/staged";

function begin() {
  let abandoned = 0;
  let misled = 0;
  const fetch = new FileFetch({ onAbandoned: () => abandoned++, onMisled: () => misled++ });
  return { fetch, abandoned: () => abandoned, misled: () => misled };
}

Deno.test("FileFetch gives a reader what lies before it without a gap, wherever it reads", () => {
  const { fetch } = begin();
  const written = [{ start: 0, end: 10 }, { start: 20, end: 40 }];
  const front = fetch.join(5);
  const ahead = fetch.join(20);
  const between = fetch.join(12);
  strictEqual(fetch.readableNow(front), undefined);
  fetch.notice({ stagedPath: PATH, written, epoch: 0 });
  deepStrictEqual(fetch.readableNow(front), { path: PATH, end: 10, isProved: false, epoch: 0 });
  strictEqual(fetch.readableNow(ahead)?.end, 40);
  strictEqual(fetch.readableNow(between), undefined);
  fetch.succeed("/final");
  deepStrictEqual(fetch.readableNow(between), { path: "/final", end: Infinity, isProved: true, epoch: 0 });
});

Deno.test("FileFetch fails whoever was given bytes that are not trusted any more, and nobody else", () => {
  const { fetch, misled } = begin();
  const [given, waiting] = [fetch.join(0), fetch.join(0)];
  fetch.notice({ stagedPath: PATH, written: [], epoch: 7 });
  fetch.notice({ stagedPath: PATH, written: [{ start: 0, end: 10 }], epoch: 0 });
  const now = fetch.readableNow(given);
  if (now !== undefined) fetch.gave(given, now);
  strictEqual(misled(), 0);
  fetch.notice({ stagedPath: PATH, written: [], epoch: 1 });
  strictEqual(misled(), 1);
  throws(() => fetch.readableNow(given), /wrong/);
  strictEqual(fetch.readableNow(waiting), undefined);
  fetch.succeed("/final");
  throws(() => fetch.readableNow(given), /wrong/);
  strictEqual(fetch.readableNow(waiting)?.isProved, true);
});

Deno.test("FileFetch tells readers why it failed, and when something has changed", async () => {
  const { fetch } = begin();
  const reader = fetch.join(0);
  const changed = fetch.change(reader);
  strictEqual(reader.isWaiting, true);
  fetch.notice({ stagedPath: PATH, written: [], epoch: 0 });
  await changed;
  strictEqual(reader.isWaiting, false);
  const failed = fetch.change(reader);
  fetch.fail(new Error("broken"));
  await failed;
  throws(() => fetch.readableNow(reader), /broken/);
  strictEqual(fetch.isOver, true);
});

Deno.test("FileFetch tells of a refusal only who was given nothing yet", async () => {
  const { fetch } = begin();
  const [given, waiting] = [fetch.join(0), fetch.join(0)];
  fetch.gave(given, { epoch: 0 });
  const both = [fetch.change(given), fetch.change(waiting)] as const;
  fetch.stall({ error: new Error("later"), isLong: true });
  await both[0];
  await rejects(both[1], /later/);
  strictEqual(fetch.isOver, false);
  const next = fetch.change(waiting);
  fetch.notice({ stagedPath: PATH, written: [], epoch: 0 });
  await next;
});

Deno.test("FileFetch knows why nothing comes, until something does", () => {
  const { fetch } = begin();
  const trouble = { error: new Error("later"), isLong: false };
  fetch.notice({ stagedPath: PATH, written: [{ start: 0, end: 10 }], epoch: 0 });
  fetch.stall(trouble);
  fetch.notice({ stagedPath: PATH, written: [{ start: 0, end: 10 }], epoch: 0 });
  strictEqual(fetch.trouble, trouble);
  fetch.notice({ stagedPath: PATH, written: [{ start: 0, end: 10 }, { start: 20, end: 21 }], epoch: 0 });
  strictEqual(fetch.trouble, undefined);
  fetch.stall(trouble);
  fetch.succeed("/final");
  strictEqual(fetch.trouble, undefined);
});

Deno.test("FileFetch wants the bytes next that readers wait for, each in turn", () => {
  const { fetch } = begin();
  strictEqual(fetch.nextWanted(), undefined);
  const readers = [fetch.join(100), fetch.join(200), fetch.join(300)];
  strictEqual(fetch.nextWanted(), undefined, "nobody waits");
  for (const reader of readers.slice(1)) void fetch.change(reader);
  deepStrictEqual([fetch.nextWanted(), fetch.nextWanted(), fetch.nextWanted()], [200, 300, 200]);
});

Deno.test("FileFetch says when nobody reads it any more, unless it is over", () => {
  const { fetch, abandoned } = begin();
  const [one, other] = [fetch.join(0), fetch.join(0)];
  fetch.leave(one);
  strictEqual(abandoned(), 0);
  fetch.leave(other);
  fetch.leave(other);
  strictEqual(abandoned(), 1);
  const last = fetch.join(0);
  fetch.succeed("/final");
  fetch.leave(last);
  strictEqual(abandoned(), 1);
});

Deno.test("heldBackFrom() keeps the end of a range back, and all of a short one", () => {
  strictEqual(heldBackFrom({ start: 10, end: 1010 }, 100), 910);
  strictEqual(heldBackFrom({ start: 10, end: 50 }, 100), 10);
});
