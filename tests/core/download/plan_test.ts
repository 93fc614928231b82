import assert from "node:assert/strict";
import fc from "fast-check";
import { formatByteSize } from "../../../core/base/byte_size.ts";
import { isModelManagerError, ModelManagerError } from "../../../core/base/errors.ts";
import {
  checkSpace,
  type FileFacts,
  fullDiskError,
  isFetched,
  isReused,
  planDownload,
  withoutCopies,
} from "../../../core/download/plan.ts";

const DIGEST = { algorithm: "sha256", hex: "ab".repeat(32) } as const;

function facts(path: string, changes: Partial<FileFacts> = {}): FileFacts {
  return { path, sizeBytes: 1000, digest: DIGEST, atTarget: "nothing", keptBytes: 0, ...changes };
}

Deno.test("planDownload() leaves what is there, goes on with what was begun, fetches the rest", () => {
  const plan = planDownload([
    facts("a", { atTarget: "same" }),
    facts("b", { keptBytes: 400 }),
    facts("c", { atTarget: "older" }),
    facts("d"),
  ], { force: false });
  assert.deepEqual(plan.files.map((file) => [file.path, file.action]), [
    ["a", "present"],
    ["b", "resume"],
    ["c", "fetch"],
    ["d", "fetch"],
  ]);
  assert.deepEqual([plan.totalBytes, plan.heldBytes, plan.fetchBytes], [4000, 1400, 2600]);
});

Deno.test("planDownload() takes what is elsewhere on the machine, be it that it was begun; not when forced", () => {
  const copy = { path: "/else/a", way: "link" } as const;
  const given = [
    facts("a", { copy }),
    facts("b", { copy: { ...copy, way: "copy" }, keptBytes: 400, atTarget: "older" }),
    facts("c", { copy, atTarget: "same" }),
    facts("d"),
  ];
  const plan = planDownload(given, { force: false });
  assert.deepEqual(plan.files.map((file) => file.action), ["link", "copy", "present", "fetch"]);
  assert.deepEqual([plan.totalBytes, plan.heldBytes, plan.fetchBytes], [4000, 3000, 1000]);
  assert.deepEqual(plan.files.map(isReused), [true, true, false, false]);
  assert.deepEqual(plan.files.map(isFetched), [false, false, false, true]);
  const forced = planDownload(given, { force: true });
  assert.deepEqual(forced.files.map((file) => file.action), ["fetch", "resume", "fetch", "fetch"]);
});

Deno.test("withoutCopies() fetches files whose copies are of no use, from where they were left", () => {
  const copy = { path: "/else/a", way: "link" } as const;
  const plan = planDownload(["a", "b", "c"].map((path) => facts(path, { copy })), { force: false });
  assert.equal(withoutCopies(plan, new Set(), () => 0), plan);
  const next = withoutCopies(plan, new Set(["a", "b"]), (path) => path === "b" ? 400 : 0);
  assert.deepEqual(next.files.map((file) => [file.path, file.action, file.keptBytes]), [
    ["a", "fetch", 0],
    ["b", "resume", 400],
    ["c", "link", 1000],
  ]);
  assert.deepEqual([next.totalBytes, next.heldBytes, next.fetchBytes], [3000, 1400, 1600]);
});

Deno.test("planDownload() puts large files first, and those of one size in the order of their names", () => {
  const plan = planDownload(
    [facts("b"), facts("z", { sizeBytes: 5000 }), facts("a"), facts("empty", { sizeBytes: 0 })],
    { force: false },
  );
  assert.deepEqual(plan.files.map((file) => file.path), ["z", "a", "b", "empty"]);
});

Deno.test("planDownload() refuses to replace what is not ours, unless forced", () => {
  const given = [facts("mine.gguf", { atTarget: "foreign" })];
  assert.throws(
    () => planDownload(given, { force: false }),
    (error) =>
      isModelManagerError(error) && error.code === "FAILED" && error.hints.join().includes("--force"),
  );
  assert.equal(planDownload(given, { force: true }).files[0]?.action, "fetch");
});

Deno.test("planDownload() fetches again what is there when forced, and goes on with what was begun", () => {
  const given = [
    facts("a", { atTarget: "same" }),
    facts("b", { keptBytes: 400 }),
    facts("c", { atTarget: "same", keptBytes: 300 }),
  ];
  const plan = planDownload(given, { force: true });
  assert.deepEqual(plan.files.map((file) => [file.action, file.keptBytes]), [
    ["fetch", 0],
    ["resume", 400],
    ["resume", 300],
  ]);
  assert.equal(plan.fetchBytes, 2300);
});

Deno.test("planDownload() moves and holds the total between them", () => {
  const anyFacts = fc.record({
    sizeBytes: fc.nat(1e9),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    atTarget: fc.constantFrom("same" as const, "older" as const, "nothing" as const),
  }).map(({ sizeBytes, part, atTarget }) =>
    facts("f", { sizeBytes, atTarget, keptBytes: Math.floor(sizeBytes * part) })
  );
  fc.assert(fc.property(fc.array(anyFacts), fc.boolean(), (given, force) => {
    const plan = planDownload(given, { force });
    assert.equal(plan.files.length, given.length);
    assert.equal(plan.fetchBytes + plan.heldBytes, plan.totalBytes);
    assert.ok(plan.fetchBytes >= 0);
  }));
});

const SPACE = { neededBytes: 600, claimedBytes: 0, freeBytes: 1000, reserveBytes: 400, folder: "/models" };

Deno.test("checkSpace() lets through what fits beside the reserve, to the byte", () => {
  checkSpace(SPACE);
  assert.throws(() => checkSpace({ ...SPACE, neededBytes: 601 }));
  assert.throws(() => checkSpace({ ...SPACE, claimedBytes: 1 }));
  assert.throws(() => checkSpace({ ...SPACE, freeBytes: 100 }));
});

Deno.test("checkSpace() lets through when nothing is moved or nothing is known", () => {
  checkSpace({ ...SPACE, neededBytes: 0, freeBytes: 0 });
  checkSpace({ ...SPACE, neededBytes: 1e15, freeBytes: undefined });
});

Deno.test("checkSpace() says what is needed, what is free, what others take and what is missing", () => {
  const facts = { ...SPACE, neededBytes: 3e9, freeBytes: 2e9, reserveBytes: 1e9 };
  assert.throws(() => checkSpace(facts), (error) => {
    assert.ok(isModelManagerError(error));
    assert.equal(error.code, "INSUFFICIENT_SPACE");
    assert.equal(
      error.message,
      `Not enough space in "/models": ${formatByteSize(3e9)} to download, ${
        formatByteSize(2e9)
      } free, of which ` +
        `${formatByteSize(1e9)} stay in reserve; ${formatByteSize(2e9)} are missing`,
    );
    assert.match(error.hints.join(), /mm cleanup/);
    return true;
  });
  assert.throws(() => checkSpace({ ...facts, claimedBytes: 4e9 }), {
    message: /in reserve and 4\.00 GB are for other downloads that are under way; 6\.00 GB are missing$/,
  });
});

Deno.test("fullDiskError() says what is still to come and missing, and that the same command goes on", () => {
  const cause = new ModelManagerError("INSUFFICIENT_SPACE", "Cannot write");
  const facts = { ...SPACE, neededBytes: 3e9, freeBytes: 0, reserveBytes: 1e9 };
  const error = fullDiskError(facts, cause);
  assert.equal(
    error.message,
    'No space left in "/models": 3.00 GB still to download, 0 B free, of which 1.00 GB stay in reserve; ' +
      "4.00 GB are missing",
  );
  assert.deepEqual([error.code, error.cause], ["INSUFFICIENT_SPACE", cause]);
  assert.match(error.hints.join(), /mm cleanup.*mm list --sort size.*same command again/s);
  assert.match(
    fullDiskError({ ...facts, freeBytes: undefined }, cause).message,
    /3\.00 GB still to download$/,
  );
});
