import assert from "node:assert/strict";
import fc from "fast-check";
import { wholeEntries } from "../../../core/library/registry_salvage.ts";

interface Entry {
  readonly modelId: string;
  readonly note: unknown;
}

const ENTRIES = fc.array(fc.record({ modelId: fc.string(), note: fc.jsonValue() }), { maxLength: 6 });

function written(models: readonly Entry[]): string {
  return `${JSON.stringify({ owner: "me", version: 1, models }, null, 2)}\n`;
}

Deno.test("wholeEntries() gives the entries before a cut, and nothing else", () => {
  fc.assert(
    fc.property(ENTRIES, fc.double({ min: 0, max: 1, noNaN: true }), (models, share) => {
      const plain: Entry[] = JSON.parse(JSON.stringify(models));
      const text = written(plain);
      const cut = text.slice(0, Math.floor(share * (text.length - 3)));
      // Looks of an entry inside another one's note are no entry of ours; none of the generated have them.
      fc.pre(!plain.some(({ note }) => JSON.stringify(note).includes('"modelId"')));
      const found = wholeEntries(cut);
      assert.deepEqual(found, plain.slice(0, found.length));
      const next = plain[found.length];
      if (next !== undefined) {
        assert.ok(!cut.includes(`${JSON.stringify(next, null, 2).replaceAll("\n", "\n    ")},`));
      }
    }),
  );
});

Deno.test("wholeEntries() finds what stands behind a damaged entry", () => {
  const models = ["a", "b", "c"].map((modelId) => ({ modelId, note: { text: '} " {' } }));
  const text = written(models);
  const at = text.indexOf('"b"');
  for (const garbage of ["\0\0\0\0", '"', "}}}}", "{{{{", "\\"]) {
    const found = wholeEntries(text.slice(0, at) + garbage + text.slice(at + 3));
    assert.deepEqual(found, [models[0], models[2]], JSON.stringify(garbage));
  }
});

Deno.test("wholeEntries() does not try for ever", () => {
  assert.deepEqual(wholeEntries("{".repeat(300_000)), []);
});
