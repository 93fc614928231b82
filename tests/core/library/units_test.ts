import assert from "node:assert/strict";
import fc from "fast-check";
import { defaultUnit, groupUnits } from "../../../core/library/units.ts";

function sized(...paths: readonly string[]): { path: string; sizeBytes: number }[] {
  return paths.map((path, index) => ({ path, sizeBytes: 100 + index }));
}

Deno.test("groupUnits() makes one unit of all shards of a quant, in their order", () => {
  const { units } = groupUnits(sized(
    "F16/m-F16-00003-of-00003.gguf",
    "F16/m-F16-00001-of-00003.gguf",
    "F16/m-F16-00002-of-00003.gguf",
    "m-Q4_K_M.gguf",
  ));
  assert.deepEqual(units.map((unit) => unit.label), ["Q4_K_M", "F16"]);
  assert.deepEqual(units[1]?.files.map((file) => file.path.slice(10, 15)), ["00001", "00002", "00003"]);
  assert.equal(units[1]?.sizeBytes, 303);
  assert.equal(units[1]?.complete, true);
});

Deno.test("groupUnits() says which shards are missing", () => {
  const { units: [unit] } = groupUnits(sized("m-F16-00001-of-00004.gguf", "m-F16-00003-of-00004.gguf"));
  assert.equal(unit?.complete, false);
  assert.deepEqual(unit?.missingShards, [2, 4]);
});

Deno.test("groupUnits() keeps files of one label apart when names or folders differ", () => {
  const { units } = groupUnits(
    sized("a/m-Q8_0.gguf", "b/m-Q8_0.gguf", "7B-Q4_0.gguf", "13B-Q4_0.gguf", "x-Q2_K.gguf"),
  );
  assert.deepEqual(units.map((unit) => unit.label), ["Q2_K", "13B-Q4_0", "7B-Q4_0", "a/m-Q8_0", "b/m-Q8_0"]);
  assert.deepEqual(units.map((unit) => unit.quant), ["Q2_K", "Q4_0", "Q4_0", "Q8_0", "Q8_0"]);
});

Deno.test("groupUnits() keeps a sharded and a whole file of one label apart", () => {
  const { units } = groupUnits(
    sized("m-Q8_0-00001-of-00002.gguf", "m-Q8_0-00002-of-00002.gguf", "m-Q8_0.gguf"),
  );
  assert.equal(units.length, 2);
  assert.equal(new Set(units.map((unit) => unit.label)).size, 2);
});

Deno.test("groupUnits() sorts companions and others out", () => {
  const groups = groupUnits(sized(
    "m-Q4_K_M.gguf",
    "mmproj-F16.gguf",
    "imatrix.dat",
    "README.md",
    "model.safetensors",
    ".gitattributes",
  ));
  assert.deepEqual(groups.units.map((unit) => unit.label), ["Q4_K_M"]);
  assert.deepEqual(groups.companions.map((file) => file.path), ["imatrix.dat", "mmproj-F16.gguf"]);
  assert.deepEqual(groups.others.map((file) => file.path), [
    ".gitattributes",
    "README.md",
    "model.safetensors",
  ]);
});

Deno.test("groupUnits() takes the sharded set of a safetensors repository as one unit", () => {
  const groups = groupUnits(sized(
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "model.safetensors.index.json",
    "config.json",
  ));
  assert.deepEqual(groups.units.map(({ label, quant, gguf }) => [label, quant, gguf]), [[
    "model",
    undefined,
    false,
  ]]);
  assert.equal(groups.others.length, 2);
});

Deno.test("defaultUnit() takes Q4_K_M, then Q8_0, then the first, and whole units before broken ones", () => {
  const pick = (...paths: readonly string[]): string | undefined =>
    defaultUnit(groupUnits(sized(...paths)).units)?.label;
  assert.equal(pick("m-Q2_K.gguf", "m-Q8_0.gguf", "m-Q4_K_M.gguf"), "Q4_K_M");
  assert.equal(pick("m-Q2_K.gguf", "m-Q8_0.gguf", "m-Q4_K_S.gguf"), "Q8_0");
  assert.equal(pick("m-Q6_K.gguf", "m-BF16.gguf"), "Q6_K");
  assert.equal(pick("m-Q4_K_M-00001-of-00002.gguf", "m-Q8_0.gguf"), "Q8_0");
  assert.equal(pick("m-Q4_K_M-00001-of-00002.gguf"), "Q4_K_M");
  assert.equal(pick("README.md"), undefined);
});

const anyPath = fc.tuple(
  fc.constantFrom("", "Q8_0/", "a/b/", "BF16/"),
  fc.constantFrom("m", "M-Instruct", "mmproj", "7B", "mtp-x"),
  fc.constantFrom("", "-Q4_K_M", ".Q8_0", "-UD-IQ1_S", "-f16", "-00001-of-00002", "-Q6_K-00002-of-00003"),
  fc.constantFrom(".gguf", ".safetensors", ".json", ".GGUF"),
).map((parts) => parts.join(""));
const anyFiles = fc.uniqueArray(anyPath, { maxLength: 30, selector: (path) => path.toLowerCase() })
  .map((paths) => sized(...paths));

Deno.test("groupUnits() puts each file in exactly one place, whatever the order", () => {
  fc.assert(fc.property(anyFiles, fc.integer(), (files, seed) => {
    const groups = groupUnits(files);
    const placed = [...groups.units.flatMap((unit) => unit.files), ...groups.companions, ...groups.others];
    assert.equal(placed.length, files.length);
    assert.deepEqual(new Set(placed), new Set(files));
    const shuffled = [...files].sort((a, b) => ((a.sizeBytes * seed) % 7) - ((b.sizeBytes * seed) % 7));
    assert.deepEqual(groupUnits(shuffled), groups);
  }));
});

Deno.test("groupUnits() gives every unit a label of its own and sums that are right", () => {
  fc.assert(fc.property(anyFiles, (files) => {
    const { units } = groupUnits(files);
    assert.equal(new Set(units.map((unit) => unit.label.toLowerCase())).size, units.length);
    for (const unit of units) {
      assert.equal(unit.sizeBytes, unit.files.reduce((sum, file) => sum + file.sizeBytes, 0));
      assert.equal(unit.complete, unit.missingShards.length === 0);
      assert.ok(unit.files.length > 0);
    }
  }));
});
