import assert from "node:assert/strict";
import fc from "fast-check";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { selectFiles, type SelectionOptions } from "../../../core/library/selection.ts";
import { groupUnits } from "../../../core/library/units.ts";

function sized(...paths: readonly string[]): { path: string; sizeBytes: number }[] {
  return paths.map((path, index) => ({ path, sizeBytes: 100 + index }));
}

const GGUF = sized(
  ".gitattributes",
  "README.md",
  "F16/m-F16-00001-of-00002.gguf",
  "F16/m-F16-00002-of-00002.gguf",
  "m-Q4_K_M.gguf",
  "m-Q8_0.gguf",
  "m-UD-Q2_K_XL.gguf",
  "mmproj-BF16.gguf",
  "mmproj-F16.gguf",
  "mmproj-F32.gguf",
);
const PLAIN = sized(
  ".gitattributes",
  "config.json",
  "model-00001-of-00002.safetensors",
  "model-00002-of-00002.safetensors",
);

function paths(files: typeof GGUF, options: SelectionOptions = {}): string[] {
  return selectFiles(files, options).files.map((file) => file.path);
}

function errorOf(
  files: typeof GGUF,
  options: SelectionOptions,
): { code: string; message: string; hints: string } {
  try {
    selectFiles(files, { repo: "acme/m", ...options });
  } catch (error) {
    assert.ok(isModelManagerError(error));
    return { code: error.code, message: error.message, hints: error.hints.join("\n") };
  }
  throw new Error("did not throw");
}

Deno.test("selectFiles() takes the default unit of a GGUF repository", () => {
  const selection = selectFiles(GGUF);
  assert.deepEqual(selection.files.map((file) => file.path), ["m-Q4_K_M.gguf"]);
  assert.equal(selection.quant, "Q4_K_M");
  assert.equal(selection.unit?.label, "Q4_K_M");
});

Deno.test("selectFiles() takes everything but git's own files of any other repository", () => {
  assert.deepEqual(paths(PLAIN).sort(), [
    "config.json",
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
  ]);
  assert.equal(selectFiles(PLAIN).quant, undefined);
});

Deno.test("selectFiles() takes a quant in any case with all its shards, in their order", () => {
  const reversed = [...GGUF].reverse();
  assert.deepEqual(paths(reversed, { selector: "f16" }), [
    "F16/m-F16-00001-of-00002.gguf",
    "F16/m-F16-00002-of-00002.gguf",
  ]);
  assert.deepEqual(paths(GGUF, { selector: "fp16" }), paths(GGUF, { selector: "F16" }));
  assert.deepEqual(paths(GGUF, { selector: "q2_k_xl" }), ["m-UD-Q2_K_XL.gguf"]);
});

Deno.test("selectFiles() takes a file by its path, and says which unit it is", () => {
  assert.equal(selectFiles(GGUF, { selector: "m-Q8_0.gguf" }).quant, "Q8_0");
  const shard = selectFiles(GGUF, { selector: "F16/m-F16-00002-of-00002.gguf" });
  assert.equal(shard.files.length, 1);
  assert.equal(shard.quant, undefined, "half a unit is no unit");
});

Deno.test("selectFiles() takes globs and folders", () => {
  assert.deepEqual(paths(GGUF, { selector: "m-Q*.gguf" }), ["m-Q4_K_M.gguf", "m-Q8_0.gguf"]);
  assert.equal(paths(sized("onnx/a.onnx", "onnx/b.onnx", "onnx2/c.onnx"), { selector: "onnx" }).length, 2);
  assert.equal(paths(GGUF, { selector: "F16/*" }).length, 2);
});

Deno.test("selectFiles() selects over all files with include, and exclude wins", () => {
  assert.deepEqual(paths(GGUF, { include: ["*.md", "m-Q8_0.gguf"] }), ["m-Q8_0.gguf", "README.md"]);
  assert.deepEqual(paths(GGUF, { include: ["m-*"], exclude: ["*UD*", "*Q8*"] }), ["m-Q4_K_M.gguf"]);
  assert.deepEqual(paths(GGUF, { selector: "Q8_0", include: ["README.md"] }), ["m-Q8_0.gguf", "README.md"]);
  assert.deepEqual(paths(PLAIN, { exclude: ["*.safetensors"] }), ["config.json"]);
});

Deno.test("selectFiles() adds the projector that goes best with the model", () => {
  const selection = selectFiles(GGUF, { selector: "Q8_0", withMmproj: true });
  assert.deepEqual(selection.files.map((file) => file.path), ["m-Q8_0.gguf", "mmproj-F16.gguf"]);
  assert.equal(selection.mmproj?.path, "mmproj-F16.gguf");
  assert.equal(selection.quant, "Q8_0");
  const deep = sized("7B/m-Q8_0.gguf", "7B/mmproj-F32.gguf", "13B/mmproj-Q8_0.gguf", "mmproj-F16.gguf");
  assert.equal(selectFiles(deep, { withMmproj: true }).mmproj?.path, "7B/mmproj-F32.gguf");
  const bits = sized("m-Q8_0.gguf", "mmproj-F16.gguf", "mmproj-Q8_0.gguf");
  assert.equal(selectFiles(bits, { withMmproj: true }).mmproj?.path, "mmproj-Q8_0.gguf");
  const sibling = sized("7B/m-Q8_0.gguf", "13B/mmproj-F16.gguf", "mmproj-F32.gguf");
  assert.equal(selectFiles(sibling, { withMmproj: true }).mmproj?.path, "mmproj-F32.gguf");
  assert.equal(selectFiles(sized("m-Q8_0.gguf"), { withMmproj: true }).mmproj, undefined);
});

Deno.test("selectFiles() lists the quants when a label is wrong", () => {
  const error = errorOf(GGUF, { selector: "Q4_K_S" });
  assert.equal(error.code, "NOT_FOUND");
  assert.equal(error.message, 'No quant or file of "acme/m" matches "Q4_K_S"');
  assert.match(error.hints, /Available: UD-Q2_K_XL, Q4_K_M, Q8_0, F16/);
  assert.match(error.hints, /mm pull "acme\/m:Q4_K_M"/);
});

Deno.test("selectFiles() names files like the wanted one", () => {
  assert.match(errorOf(GGUF, { selector: "m-Q8_O.gguf" }).hints, /mm pull "acme\/m:m-Q8_0.gguf"/);
  assert.match(errorOf(PLAIN, { selector: "confg.json" }).hints, /config\.json/);
  assert.match(errorOf(PLAIN, { include: ["*.bin"] }).message, /No file of "acme\/m" matches "\*\.bin"/);
  assert.match(errorOf(PLAIN, { exclude: ["*"] }).message, /left after --exclude/);
  assert.equal(errorOf([], {}).code, "NOT_FOUND");
});

Deno.test("selectFiles() refuses a unit that lacks a shard, by its number", () => {
  const files = sized("m-F16-00001-of-00003.gguf", "m-F16-00003-of-00003.gguf");
  const error = errorOf(files, { selector: "F16" });
  assert.equal(error.code, "NOT_FOUND");
  assert.match(error.message, /shard 2 of 3 is missing/);
  assert.equal(paths(files, { selector: "m-F16-00001-of-00003.gguf" }).length, 1);
});

Deno.test("selectFiles() asks which one when a label fits several models", () => {
  const error = errorOf(sized("7B-Q8_0.gguf", "13B-Q8_0.gguf"), { selector: "Q8_0" });
  assert.equal(error.code, "USAGE_ERROR");
  assert.match(error.hints, /"acme\/m:7B-Q8_0"/);
  assert.deepEqual(paths(sized("7B-Q8_0.gguf", "13B-Q8_0.gguf"), { selector: "7B-Q8_0" }), ["7B-Q8_0.gguf"]);
});

const anyFiles = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom("", "a/", "Q8_0/"),
    fc.constantFrom("m", "n", "mmproj"),
    fc.constantFrom("-Q4_K_M", "-Q8_0", "", "-F16-00001-of-00002", "-F16-00002-of-00002"),
    fc.constantFrom(".gguf", ".json", ".safetensors"),
  ).map((parts) => parts.join("")),
  { minLength: 1, maxLength: 25 },
).map((names) => sized(...names));

Deno.test("selectFiles() finds every whole unit by its label, and nothing else with it", () => {
  fc.assert(fc.property(anyFiles, (files) => {
    for (const unit of groupUnits(files).units.filter(({ complete, gguf }) => complete && gguf)) {
      // A label may also be the name of a file; a path always means the file.
      if (files.some((file) => file.path === unit.label)) continue;
      const selection = selectFiles(files, { selector: unit.label });
      assert.deepEqual(selection.files, unit.files);
      assert.equal(selection.unit?.label, unit.label);
    }
  }));
});

Deno.test("selectFiles() never selects what is excluded, and only what is there, each once", () => {
  const pattern = fc.constantFrom("*.gguf", "a/*", "*Q8*", "m*", "*.json", "[mn]-*");
  fc.assert(fc.property(anyFiles, fc.array(pattern), fc.array(pattern), (files, include, exclude) => {
    let selected: { path: string }[];
    try {
      selected = [...selectFiles(files, { include, exclude }).files];
    } catch (error) {
      assert.ok(isModelManagerError(error) && error.code === "NOT_FOUND");
      return;
    }
    assert.equal(new Set(selected).size, selected.length);
    assert.ok(selected.every((file) => files.some((other) => other === file)));
    if (exclude.includes("*.gguf")) assert.ok(selected.every((file) => !file.path.endsWith(".gguf")));
    if (exclude.includes("*Q8*")) assert.ok(selected.every((file) => !file.path.includes("Q8")));
  }));
});
