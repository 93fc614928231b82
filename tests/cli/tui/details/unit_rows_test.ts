import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { rowReference, selectedIds, unitRows } from "../../../../cli/tui/details/unit_rows.ts";
import { type OpenJob, readTarget } from "../../../../cli/tui/library/open_jobs.ts";
import { MODEL, SAFETENSORS, unit } from "./details_fixtures.ts";

function open(reference: string): OpenJob {
  return {
    id: reference,
    reference,
    target: readTarget(reference),
    status: "downloading",
    receivedBytes: 430,
    totalBytes: 1_000,
  };
}

Deno.test("unitRows() says of each quant what is here of it, and why it cannot be had", () => {
  const rows = unitRows(MODEL, []);
  deepStrictEqual(rows.map(({ label, local }) => `${label}: ${local}`), [
    "IQ2_XXS: ",
    "Q4_K_M: here",
    "Q5_K_M: update available",
    "Q6_K: shards missing on the Hub",
    "Q8_0: partly here",
    "../evil: cannot be pulled",
    "F16: ",
  ]);
  deepStrictEqual(rows.filter(({ refused }) => refused !== undefined).map(({ label }) => label), [
    "Q6_K",
    "../evil",
  ]);
  deepStrictEqual(rows.filter(({ isDefault }) => isDefault).map(({ label }) => label), ["Q4_K_M"]);
});

Deno.test("unitRows() works the bits of a weight out of what it takes", () => {
  const bits = unitRows({
    ...MODEL,
    parameters: 1_000,
    units: [unit("A", { sizeBytes: 600 }), unit("B", { sizeBytes: 9_000 })],
  }, [])
    .map(({ bitsPerWeight }) => bitsPerWeight);
  // 72 bits are those of another number of weights.
  deepStrictEqual(bits, [4.8, undefined]);
  strictEqual(unitRows({ ...MODEL, parameters: undefined }, [])[0]?.bitsPerWeight, undefined);
});

Deno.test("unitRows() knows the job of a quant by label, by file, and as the default", () => {
  const local = (reference: string): string[] =>
    unitRows(MODEL, [open(reference)]).filter((row) => row.tone === "busy").map((row) =>
      `${row.label}: ${row.local}`
    );
  deepStrictEqual(local(`${MODEL.repo}:iq2_xxs`), ["IQ2_XXS: downloading 43 %"]);
  deepStrictEqual(local(`${MODEL.repo}:model-Q8_0.gguf`), ["Q8_0: downloading 43 %"]);
  deepStrictEqual(local(MODEL.repo), ["Q4_K_M: downloading 43 %"]);
  deepStrictEqual(local("acme/other:IQ2_XXS"), []);
});

Deno.test("unitRows() offers all of a repository that has no quants, without what is git's", () => {
  const [row, ...more] = unitRows(SAFETENSORS, []);
  strictEqual(more.length, 0);
  deepStrictEqual([row?.label, row?.selector, row?.files, row?.sizeBytes], [
    "whole repository",
    undefined,
    3,
    605_003_000,
  ]);
  strictEqual(unitRows(SAFETENSORS, [open("acme/clip")])[0]?.local, "downloading 43 %");
  const none = unitRows({ ...SAFETENSORS, units: [], otherFiles: [] }, [])[0];
  strictEqual(none?.refused, "it has no files");
  const all = {
    ...SAFETENSORS,
    units: SAFETENSORS.units.map((each) => ({ ...each, local: "complete" as const })),
  };
  strictEqual(unitRows(all, [])[0]?.local, "partly here");
  const others = all.otherFiles.map((file) => ({ ...file, local: "complete" as const }));
  strictEqual(unitRows({ ...all, otherFiles: others }, [])[0]?.isHere, true);
});

Deno.test("rowReference() is what a person would type", () => {
  const [first] = unitRows(MODEL, []);
  strictEqual(rowReference(MODEL, first!), `${MODEL.repo}:IQ2_XXS`);
  strictEqual(rowReference({ ...MODEL, revision: "v1" }, first!), `${MODEL.repo}@v1:IQ2_XXS`);
  strictEqual(rowReference(SAFETENSORS, unitRows(SAFETENSORS, [])[0]!), "acme/clip");
});

Deno.test("selectedIds() finds what a reference means", () => {
  deepStrictEqual(selectedIds(MODEL, "q8_0"), ["Q8_0"]);
  deepStrictEqual(selectedIds(MODEL, "model-Q8_0.gguf"), ["Q8_0"]);
  deepStrictEqual(selectedIds(MODEL, "nothing"), []);
  deepStrictEqual(selectedIds(SAFETENSORS, "model"), []);
});

Deno.test("unitRows() does not say of what cannot be pulled that it is too big", () => {
  const [first] = MODEL.units;
  const units = first === undefined
    ? []
    : [{ ...first, refused: "its name is evil", fits: false, fitsGpu: false }];
  const [row] = unitRows({ ...MODEL, units }, []);
  strictEqual(row?.refused, "its name is evil");
  deepStrictEqual([row?.fits, row?.fitsGpu], [undefined, undefined]);
});
