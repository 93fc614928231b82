/**
 * A repository that access has to be asked for.
 *
 * @module
 */
import { decoderTensors, type Measures } from "./architectures.ts";
import { configJson, MIT_LICENSE, modelCard } from "./demo_texts.ts";
import { type GeneratedFile, textFile } from "./generated_file.ts";
import { commitId, type GeneratedModel } from "./generated_source.ts";
import { ggufFacts, quantFiles, type Recipe } from "./recipe.ts";

const GATED_MEASURES: Measures = {
  vocabulary: 2048,
  width: 256,
  feedForward: 768,
  layers: 6,
  heads: 4,
  contextLength: 8192,
};

const GATED: Recipe = {
  repo: "demo/gated-llama-GGUF",
  name: "gated-llama",
  architecture: "llama",
  sizeLabel: "6.2M",
  measures: GATED_MEASURES,
  tensors: decoderTensors(GATED_MEASURES),
  isChat: true,
};

async function gatedFiles(): Promise<GeneratedFile[]> {
  return [
    textFile("LICENSE", MIT_LICENSE),
    textFile(
      "README.md",
      modelCard({
        title: "gated-llama-GGUF",
        license: "other",
        pipelineTag: "text-generation",
        libraryName: "gguf",
        body: "Access is granted by its authors, one by one.",
      }),
    ),
    textFile(
      "config.json",
      configJson({ measures: GATED_MEASURES, modelType: "llama", architecture: "LlamaForCausalLM" }),
    ),
    ...await quantFiles(GATED, { quants: ["Q4_K_M", "Q8_0"] }),
  ];
}

/** `demo/gated-llama-GGUF`. */
export function gatedLlama(): GeneratedModel {
  return {
    facts: {
      ...ggufFacts(GATED),
      downloads: 31_006,
      likes: 958,
      trendingScore: 22,
      lastModified: "2026-05-05T05:05:05.000Z",
      createdAt: "2026-03-01T00:00:00.000Z",
      pipelineTag: "text-generation",
      tags: ["gguf", "llama", "text-generation", "en", "license:other", "region:us", "conversational"],
      cardData: { license: "other", license_name: "demo-community", pipeline_tag: "text-generation" },
      gated: "manual",
      private: false,
    },
    commits: [{ id: commitId(GATED.repo, 0), files: gatedFiles }],
  };
}
