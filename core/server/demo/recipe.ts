/**
 * What the demo's GGUF repositories have in common.
 *
 * @module
 */
import type { HostedModel } from "../model_source.ts";
import { type Measures, parameterCount, projectorTensors } from "./architectures.ts";
import { CHAT_TEMPLATE } from "./demo_texts.ts";
import { seedOf } from "./generated_bytes.ts";
import type { GeneratedFile } from "./generated_file.ts";
import { ggufFile, type GgufFileOptions } from "./gguf_file.ts";
import { modelMetadata, projectorMetadata } from "./gguf_metadata.ts";
import type { Quant, TensorShape } from "./tensor_types.ts";

/** A model that GGUF files are made of. */
export interface Recipe {
  readonly repo: string;
  /** What the file names start with. */
  readonly name: string;
  readonly architecture: string;
  readonly sizeLabel: string;
  readonly measures: Measures;
  readonly tensors: readonly TensorShape[];
  readonly isChat: boolean;
}

/** One quantization of a recipe, ready to be made. */
export function quantOptions(
  recipe: Recipe,
  options: { readonly path: string; readonly quant: Quant },
): GgufFileOptions {
  const { name, architecture, sizeLabel, measures, tensors } = recipe;
  const chatTemplate = recipe.isChat ? CHAT_TEMPLATE : undefined;
  return {
    ...options,
    tensors,
    metadata: modelMetadata({ architecture, name, sizeLabel, measures, chatTemplate }, options.quant),
    seed: seedOf(`${recipe.repo} ${options.path}`),
  };
}

/** `name-Q4_K_M.gguf` for each quantization, in `folder` (with its slash) when given. */
export function quantFiles(
  recipe: Recipe,
  options: { readonly quants: readonly Quant[]; readonly folder?: (quant: Quant) => string },
): Promise<GeneratedFile[]> {
  const { quants, folder = () => "" } = options;
  return Promise.all(
    quants.map((quant) =>
      ggufFile(quantOptions(recipe, { path: `${folder(quant)}${recipe.name}-${quant}.gguf`, quant }))
    ),
  );
}

/** The image projector of a recipe. */
export function projectorFile(
  recipe: Recipe,
  options: { readonly path: string; readonly width: number; readonly layers: number },
): Promise<GeneratedFile> {
  const shape = { width: options.width, layers: options.layers, targetWidth: recipe.measures.width };
  return ggufFile({
    path: options.path,
    quant: "F16",
    tensors: projectorTensors(shape),
    metadata: projectorMetadata({ name: `${recipe.name} projector`, ...shape }),
    seed: seedOf(`${recipe.repo} ${options.path}`),
  });
}

/** What a search and a card need of a recipe. */
export function ggufFacts(
  recipe: Recipe,
): Pick<HostedModel, "id" | "libraryName" | "gguf" | "mainSizeBytes"> {
  const total = parameterCount(recipe.tensors);
  return {
    id: recipe.repo,
    libraryName: "gguf",
    mainSizeBytes: total * 2,
    gguf: {
      total,
      architecture: recipe.architecture,
      context_length: recipe.measures.contextLength,
      ...(recipe.isChat ? { chat_template: CHAT_TEMPLATE, bos_token: "<s>", eos_token: "</s>" } : {}),
    },
  };
}
