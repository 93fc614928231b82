/**
 * Key-value pairs of generated GGUF files.
 *
 * @module
 */
import type { Measures } from "./architectures.ts";
import { fileTypeOf, type Quant } from "./tensor_types.ts";

/** A typed value; the kinds are those of the format. */
export type MetadataEntry =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "uint16" | "uint32" | "int32" | "float32"; readonly value: number }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "float32s" | "int32s"; readonly value: readonly number[] };

/** Pairs in the order of the file. */
export type Metadata = Readonly<Record<string, MetadataEntry>>;

/** What the pairs say of a model. */
export interface ModelMetadataOptions {
  readonly architecture: string;
  readonly name: string;
  readonly sizeLabel: string;
  readonly measures: Measures;
  readonly chatTemplate?: string | undefined;
}

function text(value: string): MetadataEntry {
  return { kind: "string", value };
}

function count(value: number): MetadataEntry {
  return { kind: "uint32", value };
}

/** The general pairs that every model file has. */
export function generalMetadata(
  options: { readonly architecture: string; readonly name: string; readonly sizeLabel: string },
  quant: Quant,
): Metadata {
  return {
    "general.architecture": text(options.architecture),
    "general.type": text("model"),
    "general.name": text(options.name),
    "general.size_label": text(options.sizeLabel),
    "general.license": text("mit"),
    "general.quantization_version": count(2),
    "general.file_type": count(fileTypeOf(quant)),
  };
}

/** A made-up vocabulary: three control tokens, then numbered pieces. */
function tokenizer(vocabulary: number): Metadata {
  const control = ["<unk>", "<s>", "</s>"];
  const tokens = Array.from({ length: vocabulary }, (_, id) => control[id] ?? `▁t${id}`);
  return {
    "tokenizer.ggml.model": text("llama"),
    "tokenizer.ggml.tokens": { kind: "strings", value: tokens },
    "tokenizer.ggml.scores": { kind: "float32s", value: tokens.map((_, id) => -id) },
    "tokenizer.ggml.token_type": {
      kind: "int32s",
      value: tokens.map((_, id) => id === 0 ? 2 : id < 3 ? 3 : 1),
    },
    "tokenizer.ggml.bos_token_id": count(1),
    "tokenizer.ggml.eos_token_id": count(2),
    "tokenizer.ggml.add_bos_token": { kind: "bool", value: true },
  };
}

/** All pairs of a model's file. */
export function modelMetadata(options: ModelMetadataOptions, quant: Quant): Metadata {
  const { architecture, measures, chatTemplate } = options;
  return {
    ...generalMetadata(options, quant),
    [`${architecture}.context_length`]: count(measures.contextLength),
    [`${architecture}.embedding_length`]: count(measures.width),
    [`${architecture}.block_count`]: count(measures.layers),
    [`${architecture}.feed_forward_length`]: count(measures.feedForward),
    [`${architecture}.attention.head_count`]: count(measures.heads),
    [`${architecture}.attention.head_count_kv`]: count(measures.heads),
    [`${architecture}.attention.layer_norm_rms_epsilon`]: { kind: "float32", value: 1e-5 },
    [`${architecture}.vocab_size`]: count(measures.vocabulary),
    ...tokenizer(measures.vocabulary),
    ...(chatTemplate === undefined ? {} : { "tokenizer.chat_template": text(chatTemplate) }),
  };
}

/** The pairs of an image projector. */
export function projectorMetadata(
  options: {
    readonly name: string;
    readonly width: number;
    readonly layers: number;
    readonly targetWidth: number;
  },
): Metadata {
  return {
    ...generalMetadata({ architecture: "clip", name: options.name, sizeLabel: "" }, "F16"),
    "general.type": text("mmproj"),
    "clip.has_vision_encoder": { kind: "bool", value: true },
    "clip.projector_type": text("mlp"),
    "clip.vision.image_size": count(336),
    "clip.vision.patch_size": count(14),
    "clip.vision.embedding_length": count(options.width),
    "clip.vision.block_count": count(options.layers),
    "clip.vision.projection_dim": count(options.targetWidth),
  };
}

/** The pairs by which one file says that it is part `number` (from 0) of several. */
export function splitMetadata(
  options: { readonly number: number; readonly count: number; readonly tensorCount: number },
): Metadata {
  return {
    "split.no": { kind: "uint16", value: options.number },
    "split.count": { kind: "uint16", value: options.count },
    "split.tensors.count": { kind: "int32", value: options.tensorCount },
  };
}
