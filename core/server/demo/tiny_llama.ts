/**
 * The main repository of the demo.
 *
 * @module
 */
import { decoderTensors, type Measures } from "./architectures.ts";
import { configJson, MIT_LICENSE, modelCard } from "./demo_texts.ts";
import { type GeneratedFile, textFile } from "./generated_file.ts";
import { commitId, type GeneratedModel } from "./generated_source.ts";
import { ggufShards } from "./gguf_file.ts";
import { ggufFacts, projectorFile, quantFiles, quantOptions, type Recipe } from "./recipe.ts";

const TINY_MEASURES: Measures = {
  vocabulary: 4096,
  width: 512,
  feedForward: 1536,
  layers: 12,
  heads: 8,
  contextLength: 8192,
};

const TINY: Recipe = {
  repo: "demo/tiny-llama-GGUF",
  name: "tiny-llama",
  architecture: "llama",
  sizeLabel: "45M",
  measures: TINY_MEASURES,
  tensors: decoderTensors(TINY_MEASURES),
  isChat: true,
};

function tinyTexts(note: string): GeneratedFile[] {
  return [
    textFile(".gitattributes", "*.gguf filter=lfs diff=lfs merge=lfs -text\n"),
    textFile("LICENSE", MIT_LICENSE),
    textFile(
      "README.md",
      modelCard({
        title: "tiny-llama-GGUF",
        license: "mit",
        pipelineTag: "text-generation",
        libraryName: "gguf",
        baseModel: "demo/tiny-llama",
        body: note,
      }),
    ),
    textFile(
      "config.json",
      configJson({ measures: TINY_MEASURES, modelType: "llama", architecture: "LlamaForCausalLM" }),
    ),
  ];
}

async function tinyFiles(): Promise<GeneratedFile[]> {
  return [
    ...tinyTexts("Quantizations of tiny-llama in several sizes, and an image projector."),
    await projectorFile(TINY, { path: "mmproj-tiny-llama-F16.gguf", width: 128, layers: 4 }),
    ...await ggufShards(quantOptions(TINY, { path: "tiny-llama-F16", quant: "F16" }), 3),
    ...await quantFiles(TINY, { quants: ["Q2_K", "Q4_K_M", "Q5_K_M", "Q8_0"] }),
  ];
}

/** `demo/tiny-llama-GGUF`: several quantizations, shards, a projector, a tag and a former name. */
export function tinyLlama(): GeneratedModel {
  return {
    facts: {
      ...ggufFacts(TINY),
      downloads: 18_342,
      likes: 412,
      trendingScore: 31,
      lastModified: "2026-08-14T09:30:00.000Z",
      createdAt: "2026-02-03T16:05:12.000Z",
      pipelineTag: "text-generation",
      tags: [
        "gguf",
        "llama",
        "text-generation",
        "en",
        "base_model:demo/tiny-llama",
        "base_model:quantized:demo/tiny-llama",
        "license:mit",
        "endpoints_compatible",
        "region:us",
        "conversational",
      ],
      cardData: {
        license: "mit",
        pipeline_tag: "text-generation",
        base_model: "demo/tiny-llama",
        language: ["en"],
      },
      gated: false,
      private: false,
    },
    commits: [
      { id: commitId(TINY.repo, 0), files: () => tinyTexts("First upload: the quantizations follow.") },
      { id: commitId(TINY.repo, 1), files: tinyFiles },
    ],
    tags: { "v0.1": commitId(TINY.repo, 0) },
    formerNames: ["demo/tinyllama-GGUF"],
  };
}
