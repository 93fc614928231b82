import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bitsLabel,
  companionKind,
  compareLabels,
  fileStem,
  quantLabel,
} from "../../../core/library/quant_label.ts";

const LABELS: readonly (readonly [path: string, label: string | undefined])[] = [
  ["Llama-3.2-1B-Instruct-Q4_K_M.gguf", "Q4_K_M"],
  ["llama-2-7b.Q5_K_S.gguf", "Q5_K_S"],
  ["ggml-model-q4_0.gguf", "Q4_0"],
  ["ggml-model-f16.gguf", "F16"],
  ["ggml-model-i2_s.gguf", "I2_S"],
  ["model-fp16.gguf", "F16"],
  ["Qwen3-30B-A3B-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"],
  ["UD-IQ1_S/DeepSeek-R1-UD-IQ1_S-00001-of-00003.gguf", "UD-IQ1_S"],
  ["Meta-Llama-3.1-8B-Instruct-Q6_K_L.gguf", "Q6_K_L"],
  ["Mistral-7B.i1-IQ4_XS.gguf", "IQ4_XS"],
  ["gemma-Q5_K_P.gguf", "Q5_K_P"],
  ["gemma-Q3_K.gguf", "Q3_K"],
  ["Qwen-Q3_K_HIFI.gguf", "Q3_K_HIFI"],
  ["phi-Q4_0_4_4.gguf", "Q4_0_4_4"],
  ["phi-IQ4_NL_4_4.gguf", "IQ4_NL_4_4"],
  ["gpt-oss-20b-mxfp4.gguf", "MXFP4"],
  ["Qwen3-Coder-MXFP4_MOE.gguf", "MXFP4_MOE"],
  ["nemotron-NVFP4.gguf", "NVFP4"],
  ["BitNet-TQ1_0.gguf", "TQ1_0"],
  ["Bonsai-8B-Q1_0_g128.gguf", "Q1_0_G128"],
  ["ubergarm-smol-IQ4_KSS-00001-of-00002.gguf", "IQ4_KSS"],
  ["DeepSeek-IQ2_K_R4.gguf", "IQ2_K_R4"],
  ["gemma-3-BF16.gguf", "BF16"],
  ["Model-BF16-Q4_K_M.gguf", "Q4_K_M"],
  ["Q8_0/model.gguf", "Q8_0"],
  ["Q8_0/model-BF16.gguf", "BF16"],
  ["BF16/deep/er/model-00001-of-00002.gguf", "BF16"],
  ["mistral-imatrix-q4_k_m.gguf", "Q4_K_M"],
  ["Mistral-Q4_K_M-imatrix.gguf", "Q4_K_M"],
  ["model-q4.gguf", "Q4"],
  ["model-q4-k-m.gguf", "Q4_K_M"],
  ["model.q5-0.gguf", "Q5_0"],
  ["Q4_K_M/model-q4.gguf", "Q4_K_M"],
  ["Qwen3-4B.gguf", undefined],
  ["model-q4f16_1.gguf", undefined],
  ["mmproj-F16.gguf", undefined],
  ["mmproj-model-Q8_0.gguf", undefined],
  ["model-mmproj-BF16.gguf", undefined],
  ["imatrix_unsloth.gguf", undefined],
  ["Model.imatrix.gguf", undefined],
  ["mtp-Qwen-Q8_0.gguf", undefined],
  ["eagle3-llama-F16.gguf", undefined],
  ["dflash-x-Q4_K_M.gguf", undefined],
  ["dspark-x-Q4_K_M.gguf", undefined],
];

Deno.test("quantLabel() reads labels as repositories write them", () => {
  for (const [path, label] of LABELS) assert.equal(quantLabel(path), label, path);
});

Deno.test("quantLabel() agrees with the Hub's own parser wherever that one sees the whole label", async () => {
  const { parseGGUFQuantLabel } = await import("@huggingface/tasks");
  const knownToDiffer = new Set(["Q5_K_P", "Q3_K", "Q4_0_4_4", "IQ4_NL_4_4", "F16", "Q3_K_HIFI", "IQ2_K_R4"]);
  let compared = 0;
  for (const [path, label] of LABELS) {
    const theirs = parseGGUFQuantLabel(path.slice(path.lastIndexOf("/") + 1));
    if (theirs === undefined || label === undefined || knownToDiffer.has(label)) continue;
    // Theirs knows no rows, groups or new sizes: then it sees the beginning of the label only.
    assert.ok(label === theirs || label.startsWith(theirs), `${path}: ${label} and ${theirs}`);
    compared += 1;
  }
  assert.ok(compared >= 15, `compared only ${compared}`);
});

Deno.test("quantLabel() finds every common label whatever surrounds it", () => {
  const label = fc.constantFrom(
    ..."Q2_K Q3_K_S Q3_K_M Q3_K_L Q4_0 Q4_1 Q4_K_S Q4_K_M Q5_0 Q5_K_M Q6_K Q8_0 IQ1_S IQ2_XXS IQ3_M IQ4_NL TQ2_0 BF16 F32"
      .split(" "),
  );
  const word = fc.stringMatching(/^[A-Z][a-z]{1,8}$/);
  const property = fc.property(
    word,
    label,
    fc.constantFrom("-", ".", "_"),
    fc.boolean(),
    (name, quant, mark, lower) => {
      const text = lower ? quant.toLowerCase() : quant;
      // "_" before a label belongs to no label; the words are too long to be a size.
      assert.equal(quantLabel(`${name}x${mark}${text}.gguf`), quant);
      assert.equal(quantLabel(`${text}/${name}x.gguf`), quant);
    },
  );
  fc.assert(property);
});

Deno.test("companionKind() tells what goes with a model", () => {
  assert.equal(companionKind("mmproj-F16.gguf"), "mmproj");
  assert.equal(companionKind("vision/Qwen-mmproj-f16.gguf"), "mmproj");
  assert.equal(companionKind("imatrix.dat"), "imatrix");
  assert.equal(companionKind("Model.imatrix"), "imatrix");
  assert.equal(companionKind("eagle3-Qwen.gguf"), "draft");
  assert.equal(companionKind("mtp-notes.txt"), undefined);
  assert.equal(companionKind("Model-Q4_K_M.gguf"), undefined);
  assert.equal(companionKind("imatrixed-Q4_K_M.gguf"), undefined);
  assert.equal(companionKind("mtpless-Q4_K_M.gguf"), undefined);
});

Deno.test("bitsLabel() reads the label of a companion too", () => {
  assert.equal(bitsLabel("mmproj-BF16.gguf"), "BF16");
});

Deno.test("fileStem() drops folder, extension and shard number", () => {
  assert.equal(fileStem("a/b/Model-Q8_0-00002-of-00003.gguf"), "Model-Q8_0");
  assert.equal(fileStem("v1.5.safetensors"), "v1.5");
});

Deno.test("compareLabels() orders by bits and size, what has no label last", () => {
  const sorted = ["F32", undefined, "Q8_0", "IQ1_S", "UD-Q4_K_XL", "Q4_K_M", "Q4_K_S", "Q2_K", "BF16", "Q6_K"]
    .sort(compareLabels);
  // `sort` itself puts undefined last; compareLabels has to agree.
  assert.deepEqual(sorted, [
    "IQ1_S",
    "Q2_K",
    "Q4_K_S",
    "Q4_K_M",
    "UD-Q4_K_XL",
    "Q6_K",
    "Q8_0",
    "BF16",
    "F32",
    undefined,
  ]);
  assert.ok(compareLabels(undefined, "F32") > 0);
  assert.equal(compareLabels(undefined, undefined), 0);
});
