import assert from "node:assert/strict";
import fc from "fast-check";
import { mergeRanges } from "../../../core/base/byte_range.ts";
import {
  formatJournal,
  type Journal,
  keptOf,
  keptRanges,
  parseJournal,
} from "../../../core/download/journal.ts";

const SIZE = 10_000;
const DIGEST = { algorithm: "sha256", hex: "ab".repeat(32) } as const;
const IDENTITY = {
  repo: "acme/tiny",
  commit: "c".repeat(40),
  path: "a/b.gguf",
  digest: DIGEST,
  sizeBytes: SIZE,
};

function journal(changes: Partial<Journal> = {}): Journal {
  return {
    identity: IDENTITY,
    bootId: "boot-1",
    written: [{ start: 0, end: 5000 }, { start: 6000, end: 7000 }],
    synced: [{ start: 0, end: 4000 }],
    ...changes,
  };
}

const ranges = fc.array(
  fc.tuple(fc.nat(SIZE), fc.nat(SIZE)).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) })),
  { maxLength: 8 },
).map(mergeRanges);
const anyJournal: fc.Arbitrary<Journal> = fc.record({
  identity: fc.record({
    repo: fc.string(),
    commit: fc.string(),
    path: fc.string({ unit: "grapheme" }),
    digest: fc.constantFrom(DIGEST, { algorithm: "git-sha1" as const, hex: "0f".repeat(20) }),
    sizeBytes: fc.constant(SIZE),
  }, { noNullPrototype: true }),
  bootId: fc.option(fc.string(), { nil: undefined }),
  written: ranges,
  synced: ranges,
}, { noNullPrototype: true });

Deno.test("parseJournal() reads what formatJournal() wrote", () => {
  fc.assert(fc.property(anyJournal, (given) => {
    assert.deepEqual(parseJournal(formatJournal(given)), given);
  }));
});

Deno.test("parseJournal() never throws, and takes nothing from a text that was cut", () => {
  const text = formatJournal(journal());
  fc.assert(fc.property(fc.nat(text.length - 1), (length) => {
    assert.equal(parseJournal(text.slice(0, length)), undefined);
  }));
  fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (other) => {
    assert.equal(parseJournal(other), undefined);
  }));
});

Deno.test("parseJournal() refuses fields of the wrong kind", () => {
  const raw = JSON.parse(formatJournal(journal()));
  const damages: Record<string, unknown>[] = [
    { version: 2 },
    { sizeBytes: "10000" },
    { sizeBytes: 1.5 },
    { repo: 1 },
    { commit: null },
    { path: undefined },
    { digest: "ab" },
    { digest: { hex: "ab" } },
    { written: {} },
    { written: [5] },
    { written: [[0]] },
    { written: [[-1, 5]] },
    { written: [[5, 5]] },
    { written: [[5, 4]] },
    { written: [[0, SIZE + 1]] },
    { written: [[0, 1.5]] },
    { synced: [["0", "5"]] },
  ];
  assert.ok(parseJournal(JSON.stringify(raw)) !== undefined);
  for (const damage of damages) {
    assert.equal(parseJournal(JSON.stringify({ ...raw, ...damage })), undefined, JSON.stringify(damage));
  }
});

Deno.test("formatJournal() contains no address", () => {
  assert.doesNotMatch(formatJournal(journal()), /https?:/);
});

Deno.test("keptRanges() trusts written bytes in the same run of the machine, else synced ones", () => {
  const kept = (given: Journal, bootId: string | undefined) => keptRanges(given, { ...IDENTITY, bootId });
  assert.deepEqual(kept(journal(), "boot-1"), journal().written);
  assert.deepEqual(kept(journal(), "boot-2"), journal().synced);
  assert.deepEqual(kept(journal(), undefined), journal().synced);
  // Two runs that cannot be told apart may be different ones.
  assert.deepEqual(kept(journal({ bootId: undefined }), undefined), journal().synced);
});

Deno.test("keptRanges() keeps nothing of other bytes, and everything under another name or commit", () => {
  const wanted = { ...IDENTITY, bootId: "boot-1" };
  assert.deepEqual(keptRanges(undefined, wanted), []);
  assert.deepEqual(keptRanges(journal(), { ...wanted, sizeBytes: SIZE + 1 }), []);
  const other = { algorithm: "sha256", hex: "cd".repeat(32) } as const;
  assert.deepEqual(keptRanges(journal(), { ...wanted, digest: other }), []);
  const renamed = journal({ identity: { ...IDENTITY, path: "other.gguf", commit: "d".repeat(40) } });
  assert.deepEqual(keptRanges(renamed, wanted), journal().written);
});

Deno.test("keptOf() goes by the journal in the same run of the machine, and by all that is synced after it", () => {
  const wanted = { digest: DIGEST, sizeBytes: SIZE, bootId: "now" };
  const range = (end: number) => [{ start: 0, end }];
  const newest = journal({ bootId: "now", written: range(60), synced: range(10) });
  const note = journal({ bootId: "now", written: range(40), synced: range(30) });
  assert.deepEqual(keptOf([newest, note], wanted), {
    kept: range(60),
    synced: range(10),
    mayHoldMore: true,
    begunAnew: false,
  });
  const later = { ...wanted, bootId: "later" };
  const afterReboot = { kept: range(30), synced: range(30), mayHoldMore: false, begunAnew: true };
  assert.deepEqual(keptOf([newest, note], later), afterReboot);
  // The journal that is not synced came out empty, or old.
  assert.deepEqual(keptOf([undefined, note], later), afterReboot);
  assert.deepEqual(keptOf([journal({ bootId: "now", written: [], synced: [] }), note], later), afterReboot);
  // One journal alone, as earlier versions kept it.
  assert.deepEqual(keptOf([newest, undefined], later).kept, range(10));
  assert.deepEqual(keptOf([undefined, undefined], wanted).kept, []);
  assert.deepEqual(keptOf([newest, note], { ...wanted, sizeBytes: SIZE + 1 }).kept, []);
  assert.equal(keptOf([{ ...newest, begunAnew: true }, note], wanted).mayHoldMore, false);
});
