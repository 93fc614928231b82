/**
 * Tensor tables of small models: the names and shapes that their architectures prescribe.
 *
 * @module
 */
import { type TensorShape, valueCount } from "./tensor_types.ts";

/** The measures of a transformer. */
export interface Measures {
  readonly vocabulary: number;
  readonly width: number;
  readonly feedForward: number;
  readonly layers: number;
  readonly heads: number;
  /** In tokens. */
  readonly contextLength: number;
}

function tensor(name: string, ...dimensions: number[]): TensorShape {
  return { name, dimensions };
}

function repeatLayers(layers: number, make: (prefix: string) => readonly TensorShape[]): TensorShape[] {
  return Array.from({ length: layers }, (_, layer) => make(`blk.${layer}.`)).flat();
}

/** Tensors of a decoder of the Llama family; `attentionBias` as in Qwen2. */
export function decoderTensors(
  measures: Measures,
  options: { readonly attentionBias?: boolean } = {},
): TensorShape[] {
  const { vocabulary, width, feedForward, layers } = measures;
  const biases = options.attentionBias === true ? ["attn_q.bias", "attn_k.bias", "attn_v.bias"] : [];
  return [
    tensor("token_embd.weight", width, vocabulary),
    ...repeatLayers(layers, (prefix) => [
      tensor(`${prefix}attn_norm.weight`, width),
      ...["attn_q", "attn_k", "attn_v", "attn_output"].map((name) =>
        tensor(`${prefix}${name}.weight`, width, width)
      ),
      ...biases.map((name) => tensor(prefix + name, width)),
      tensor(`${prefix}ffn_norm.weight`, width),
      tensor(`${prefix}ffn_gate.weight`, width, feedForward),
      tensor(`${prefix}ffn_up.weight`, width, feedForward),
      tensor(`${prefix}ffn_down.weight`, feedForward, width),
    ]),
    tensor("output_norm.weight", width),
    tensor("output.weight", width, vocabulary),
  ];
}

/** Tensors of a BERT encoder. */
export function encoderTensors(measures: Measures): TensorShape[] {
  const { vocabulary, width, feedForward, layers, contextLength } = measures;
  const linear = (name: string, from: number, to: number): TensorShape[] => [
    tensor(`${name}.weight`, from, to),
    tensor(`${name}.bias`, to),
  ];
  const norm = (
    name: string,
  ): TensorShape[] => [tensor(`${name}.weight`, width), tensor(`${name}.bias`, width)];
  return [
    tensor("token_embd.weight", width, vocabulary),
    tensor("position_embd.weight", width, contextLength),
    tensor("token_types.weight", width, 2),
    ...norm("token_embd_norm"),
    ...repeatLayers(layers, (prefix) => [
      ...["attn_q", "attn_k", "attn_v", "attn_output"].flatMap((name) => linear(prefix + name, width, width)),
      ...norm(`${prefix}attn_output_norm`),
      ...linear(`${prefix}ffn_up`, width, feedForward),
      ...linear(`${prefix}ffn_down`, feedForward, width),
      ...norm(`${prefix}layer_output_norm`),
    ]),
  ];
}

/** Tensors of an image projector (`mmproj`): a CLIP tower, and the way into a decoder of `targetWidth`. */
export function projectorTensors(
  options: { readonly width: number; readonly layers: number; readonly targetWidth: number },
): TensorShape[] {
  const { width, layers, targetWidth } = options;
  return [
    tensor("v.patch_embd.weight", 14, 14, 3, width),
    tensor("v.position_embd.weight", width, 577),
    ...repeatLayers(layers, (prefix) => [
      tensor(`v.${prefix}ln1.weight`, width),
      ...["attn_q", "attn_k", "attn_v", "attn_out"].map((name) =>
        tensor(`v.${prefix}${name}.weight`, width, width)
      ),
      tensor(`v.${prefix}ln2.weight`, width),
      tensor(`v.${prefix}ffn_up.weight`, width, 4 * width),
      tensor(`v.${prefix}ffn_down.weight`, 4 * width, width),
    ]),
    tensor("mm.0.weight", width, targetWidth),
    tensor("mm.0.bias", targetWidth),
    tensor("mm.2.weight", targetWidth, targetWidth),
    tensor("mm.2.bias", targetWidth),
  ];
}

/** All values of a tensor table: the model's parameters. */
export function parameterCount(shapes: readonly TensorShape[]): number {
  return shapes.reduce((sum, shape) => sum + valueCount(shape), 0);
}
