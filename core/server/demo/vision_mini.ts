/**
 * A model that sees, with a folder for each quantization.
 *
 * @module
 */
import { decoderTensors, type Measures } from "./architectures.ts";
import { modelCard } from "./demo_texts.ts";
import { type GeneratedFile, textFile } from "./generated_file.ts";
import { commitId, type GeneratedModel } from "./generated_source.ts";
import { ggufShards } from "./gguf_file.ts";
import { ggufFacts, projectorFile, quantFiles, quantOptions, type Recipe } from "./recipe.ts";

const VISION_MEASURES: Measures = {
  vocabulary: 2048,
  width: 256,
  feedForward: 768,
  layers: 4,
  heads: 4,
  contextLength: 32_768,
};

const VISION: Recipe = {
  repo: "demo/vision-mini-GGUF",
  name: "vision-mini",
  architecture: "qwen2vl",
  sizeLabel: "4.5M",
  measures: VISION_MEASURES,
  tensors: decoderTensors(VISION_MEASURES, { attentionBias: true }),
  isChat: true,
};

async function visionFiles(): Promise<GeneratedFile[]> {
  return [
    ...await ggufShards(quantOptions(VISION, { path: "BF16/vision-mini-BF16", quant: "BF16" }), 2),
    textFile(
      "README.md",
      modelCard({
        title: "vision-mini-GGUF",
        license: "apache-2.0",
        pipelineTag: "image-text-to-text",
        libraryName: "gguf",
        baseModel: "demo/vision-mini",
        body: "One folder for each quantization, and the image projector beside them.",
      }),
    ),
    await projectorFile(VISION, { path: "mmproj-F16.gguf", width: 128, layers: 3 }),
    ...await quantFiles(VISION, { quants: ["Q4_K_M", "Q8_0"], folder: (quant) => `${quant}/` }),
  ];
}

/** `demo/vision-mini-GGUF`. */
export function visionMini(): GeneratedModel {
  return {
    facts: {
      ...ggufFacts(VISION),
      downloads: 9_744,
      likes: 203,
      trendingScore: 44,
      lastModified: "2026-08-19T18:45:00.000Z",
      createdAt: "2026-07-30T10:10:00.000Z",
      pipelineTag: "image-text-to-text",
      tags: [
        "gguf",
        "qwen2vl",
        "image-text-to-text",
        "multilingual",
        "base_model:quantized:demo/vision-mini",
        "license:apache-2.0",
        "region:us",
      ],
      cardData: {
        license: "apache-2.0",
        pipeline_tag: "image-text-to-text",
        base_model: "demo/vision-mini",
      },
      gated: false,
      private: false,
    },
    commits: [{ id: commitId(VISION.repo, 0), files: visionFiles }],
  };
}
