/**
 * A repository without GGUF files.
 *
 * @module
 */
import { decoderTensors, type Measures, parameterCount } from "./architectures.ts";
import { configJson, modelCard, tokenizerJson } from "./demo_texts.ts";
import { seedOf } from "./generated_bytes.ts";
import { type GeneratedFile, textFile } from "./generated_file.ts";
import { commitId, type GeneratedModel } from "./generated_source.ts";
import { safetensorsFile } from "./safetensors_file.ts";

const STORY_MEASURES: Measures = {
  vocabulary: 2048,
  width: 256,
  feedForward: 768,
  layers: 3,
  heads: 4,
  contextLength: 2048,
};
const STORY_REPO = "demo/story-safetensors";

function storyFiles(): GeneratedFile[] {
  return [
    textFile(
      "README.md",
      modelCard({
        title: "story-safetensors",
        license: "cc-by-4.0",
        pipelineTag: "text-generation",
        libraryName: "transformers",
        body: "Tells short stories. Weights as safetensors, no GGUF.",
      }),
    ),
    textFile(
      "config.json",
      configJson({ measures: STORY_MEASURES, modelType: "llama", architecture: "LlamaForCausalLM" }),
    ),
    textFile("generation_config.json", '{\n  "bos_token_id": 1,\n  "eos_token_id": 2\n}\n'),
    safetensorsFile({
      path: "model.safetensors",
      tensors: decoderTensors(STORY_MEASURES),
      seed: seedOf(STORY_REPO),
    }),
    textFile("tokenizer.json", tokenizerJson(STORY_MEASURES.vocabulary)),
  ];
}

/** `demo/story-safetensors`. */
export function storySafetensors(): GeneratedModel {
  const total = parameterCount(decoderTensors(STORY_MEASURES));
  return {
    facts: {
      id: STORY_REPO,
      libraryName: "transformers",
      safetensors: { parameters: { BF16: total }, total },
      mainSizeBytes: total * 2,
      downloads: 2_871,
      likes: 45,
      trendingScore: 5,
      lastModified: "2026-04-02T07:15:30.000Z",
      createdAt: "2025-11-20T13:00:00.000Z",
      pipelineTag: "text-generation",
      tags: [
        "transformers",
        "safetensors",
        "llama",
        "text-generation",
        "en",
        "license:cc-by-4.0",
        "region:us",
      ],
      cardData: { license: "cc-by-4.0", pipeline_tag: "text-generation", language: ["en"] },
      config: { architectures: ["LlamaForCausalLM"], model_type: "llama" },
      gated: false,
      private: false,
    },
    commits: [{ id: commitId(STORY_REPO, 0), files: storyFiles }],
  };
}
