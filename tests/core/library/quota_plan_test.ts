import assert from "node:assert/strict";
import fc from "fast-check";
import { planQuota, type QuotaModel } from "../../../core/library/quota_plan.ts";

function model(name: string, bytes: number, change: Partial<QuotaModel> = {}): QuotaModel {
  return {
    modelId: name,
    files: [{ path: `/m/${name}`, bytes }],
    lastUsedAt: `2025-01-0${name.length}T00:00:00.000Z`,
    keep: undefined,
    ...change,
  };
}

Deno.test("planQuota() lets the least recently used go, and only as many as have to", () => {
  const models = [model("ccc", 30), model("a", 10), model("bb", 20), model("dddd", 40)];
  const plan = (limitBytes: number) => planQuota({ models, otherBytes: 5, limitBytes });
  assert.deepEqual(plan(105).evicted, []);
  assert.deepEqual(plan(104).evicted.map(({ modelId }) => modelId), ["a"]);
  const some = plan(80);
  assert.deepEqual(some.evicted.map(({ modelId }) => modelId), ["a", "bb"]);
  assert.deepEqual([some.bytesBefore, some.bytesAfter, some.fits, some.kept], [105, 75, true, []]);
});

Deno.test("planQuota() does not empty the library for a limit that is smaller than one model", () => {
  const models = [model("a", 10), model("bb", 20)];
  const plan = planQuota({ models, otherBytes: 0, limitBytes: 5 });
  assert.deepEqual(plan.evicted.map(({ modelId }) => modelId), ["a"]);
  assert.equal(plan.fits, false);
  assert.deepEqual(plan.kept.map(({ modelId, reason }) => [modelId, reason]), [["bb", "used-last"]]);
  const all = planQuota({ models, otherBytes: 0, limitBytes: 5, lastMayGo: true });
  assert.deepEqual([all.evicted.length, all.bytesAfter, all.fits], [2, 0, true]);
  // It would have room, but for what is pinned.
  const pinned = planQuota({
    models: [model("a", 10, { keep: "pinned" }), models[1] as QuotaModel],
    otherBytes: 0,
    limitBytes: 25,
  });
  assert.deepEqual([pinned.evicted.map(({ modelId }) => modelId), pinned.fits], [["bb"], true]);
});

Deno.test("planQuota() says why what stays does", () => {
  const models = [
    model("a", 10, { keep: "pinned" }),
    model("bb", 10, { keep: "in-use" }),
    model("ccc", 10, { keep: "unknown-source" }),
    model("dddd", 10),
  ];
  const plan = planQuota({ models, otherBytes: 0, limitBytes: 0 });
  assert.deepEqual(plan.evicted, []);
  assert.deepEqual(plan.kept.map(({ reason }) => reason), [
    "pinned",
    "in-use",
    "unknown-source",
    "used-last",
  ]);
});

Deno.test("planQuota() frees what models share with the last of them", () => {
  const shared = { path: "/m/mmproj", bytes: 50 };
  const one = model("a", 10);
  const two = model("bb", 20);
  const models = [
    { ...one, files: [...one.files, shared] },
    { ...two, files: [...two.files, shared] },
    model("ccc", 1),
  ];
  const plan = planQuota({ models, otherBytes: 0, limitBytes: 60 });
  assert.deepEqual(plan.evicted.map(({ modelId, bytes }) => [modelId, bytes]), [["a", 10], ["bb", 70]]);
  // The one that has nothing of its own goes after the one it shares with.
  const bare = planQuota({
    models: [{ ...one, files: [shared] }, models[1] as QuotaModel, model("ccc", 5)],
    otherBytes: 0,
    limitBytes: 4,
  });
  assert.deepEqual(bare.evicted.map(({ modelId, bytes }) => [modelId, bytes]), [["bb", 20], ["a", 50]]);
});

const KEEPS = [undefined, undefined, "pinned", "in-use", "wanted", "unknown-source"] as const;

const MODELS = fc.array(
  fc.record({
    own: fc.nat(1000),
    shares: fc.subarray([0, 1, 2]),
    day: fc.integer({ min: 1, max: 9 }),
    keep: fc.constantFrom(...KEEPS),
  }),
  { maxLength: 12 },
).map((drafts) =>
  drafts.map((draft, index): QuotaModel => ({
    modelId: `m${index}`,
    files: [
      { path: `/m/${index}`, bytes: draft.own },
      ...draft.shares.map((share) => ({ path: `/m/shared${share}`, bytes: 100 * (share + 1) })),
    ],
    lastUsedAt: `2025-01-0${draft.day}T00:00:00.000Z`,
    keep: draft.keep,
  }))
);

/** What models take on the disk. */
function taken(models: readonly QuotaModel[]): number {
  const files = new Map(
    models.flatMap(({ files }) => files.map(({ path, bytes }) => [path, bytes] as const)),
  );
  return [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
}

Deno.test("planQuota() keeps its promises for any models: kept ones stay, the oldest go first, within the limit or said why", () => {
  fc.assert(
    fc.property(
      MODELS,
      fc.nat(500),
      fc.nat(6000),
      fc.boolean(),
      (models, otherBytes, limitBytes, lastMayGo) => {
        const plan = planQuota({ models, otherBytes, limitBytes, lastMayGo });
        const gone = new Set(plan.evicted.map(({ modelId }) => modelId));
        const left = models.filter(({ modelId }) => !gone.has(modelId));
        assert.equal(gone.size, plan.evicted.length, "nothing goes twice");
        assert.ok(
          left.filter(({ keep }) => keep !== undefined).length ===
            models.filter(({ keep }) => keep !== undefined).length,
          "what is kept stays",
        );
        assert.equal(plan.bytesBefore, otherBytes + taken(models));
        assert.equal(plan.bytesAfter, otherBytes + taken(left));
        assert.equal(plan.fits, plan.bytesAfter <= limitBytes);
        assert.ok(plan.evicted.every(({ bytes }) => bytes > 0), "nothing goes in vain");
        const order = [...models].sort((a, b) =>
          a.lastUsedAt === b.lastUsedAt
            ? (a.modelId < b.modelId ? -1 : 1)
            : a.lastUsedAt < b.lastUsedAt
            ? -1
            : 1
        );
        const newest = order.findLast((each) => taken([each]) > 0);
        const last = lastMayGo || newest === undefined || taken([newest]) <= limitBytes ? undefined : newest;
        assert.ok(last === undefined || !gone.has(last.modelId), "the one used last stays");
        const may = left.filter((each) => each.keep === undefined && each !== last);
        const frees = (each: QuotaModel): number =>
          taken(left) - taken(left.filter((other) => other !== each));
        if (!plan.fits) {
          assert.deepEqual(may.filter((each) => frees(each) > 0), [], "more could have gone");
          const said = new Set(plan.kept.map(({ modelId }) => modelId));
          assert.ok(left.every((each) => said.has(each.modelId) || may.includes(each)), "who stays is said");
        }
        if (plan.evicted.length > 0) {
          const before = models.filter(({ modelId }) =>
            !gone.has(modelId) || modelId === plan.evicted.at(-1)?.modelId
          );
          assert.ok(otherBytes + taken(before) > limitBytes, "the last one had to go");
        }
        if (models.every(({ files }) => files.length === 1)) {
          const times = plan.evicted.map(({ lastUsedAt }) => lastUsedAt);
          assert.deepEqual(times, [...times].sort(), "oldest first");
          assert.ok(may.every((each) => frees(each) === 0 || each.lastUsedAt >= (times.at(-1) ?? "")));
        }
      },
    ),
    { numRuns: 500 },
  );
});
