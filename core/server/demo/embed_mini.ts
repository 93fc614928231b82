/**
 * A small sentence encoder.
 *
 * @module
 */
import { encoderTensors, type Measures } from "./architectures.ts";
import { modelCard } from "./demo_texts.ts";
import { type GeneratedFile, textFile } from "./generated_file.ts";
import { commitId, type GeneratedModel } from "./generated_source.ts";
import { ggufFacts, quantFiles, type Recipe } from "./recipe.ts";

const EMBED_MEASURES: Measures = {
  vocabulary: 2048,
  width: 256,
  feedForward: 512,
  layers: 3,
  heads: 4,
  contextLength: 512,
};

const EMBED: Recipe = {
  repo: "demo/embed-mini-GGUF",
  name: "embed-mini",
  architecture: "bert",
  sizeLabel: "2.2M",
  measures: EMBED_MEASURES,
  tensors: encoderTensors(EMBED_MEASURES),
  isChat: false,
};

async function embedFiles(): Promise<GeneratedFile[]> {
  return [
    textFile(
      "README.md",
      modelCard({
        title: "embed-mini-GGUF",
        license: "apache-2.0",
        pipelineTag: "feature-extraction",
        libraryName: "gguf",
        body: "A small sentence encoder.",
      }),
    ),
    ...await quantFiles(EMBED, { quants: ["F16", "Q4_K_M", "Q8_0"] }),
  ];
}

/** `demo/embed-mini-GGUF`. */
export function embedMini(): GeneratedModel {
  return {
    facts: {
      ...ggufFacts(EMBED),
      downloads: 5_120,
      likes: 87,
      trendingScore: 12,
      lastModified: "2026-06-21T12:00:00.000Z",
      createdAt: "2026-01-11T08:20:00.000Z",
      pipelineTag: "feature-extraction",
      tags: ["gguf", "bert", "feature-extraction", "en", "license:apache-2.0", "region:us"],
      cardData: { license: "apache-2.0", pipeline_tag: "feature-extraction", language: ["en"] },
      gated: false,
      private: false,
    },
    commits: [{ id: commitId(EMBED.repo, 0), files: embedFiles }],
  };
}
