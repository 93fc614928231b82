/**
 * How GGUF stores tensors: the size of each type, and which type a quantization gives to which tensor.
 *
 * @module
 */

/** A storage type: its number in the format, and how many values make one block of how many bytes. */
interface TensorTypeFacts {
  readonly id: number;
  readonly blockValues: number;
  readonly blockBytes: number;
}

const TENSOR_TYPES = {
  F32: { id: 0, blockValues: 1, blockBytes: 4 },
  F16: { id: 1, blockValues: 1, blockBytes: 2 },
  Q8_0: { id: 8, blockValues: 32, blockBytes: 34 },
  Q2_K: { id: 10, blockValues: 256, blockBytes: 84 },
  Q3_K: { id: 11, blockValues: 256, blockBytes: 110 },
  Q4_K: { id: 12, blockValues: 256, blockBytes: 144 },
  Q5_K: { id: 13, blockValues: 256, blockBytes: 176 },
  Q6_K: { id: 14, blockValues: 256, blockBytes: 210 },
  BF16: { id: 30, blockValues: 1, blockBytes: 2 },
} satisfies Record<string, TensorTypeFacts>;

/** A storage type of GGUF. */
export type TensorType = keyof typeof TENSOR_TYPES;

/** A quantization of a whole file: its usual type, and its `general.file_type`. */
const QUANTS = {
  F16: { usual: "F16", fileType: 1 },
  Q8_0: { usual: "Q8_0", fileType: 7 },
  Q2_K: { usual: "Q2_K", fileType: 10 },
  Q4_K_M: { usual: "Q4_K", fileType: 15 },
  Q5_K_M: { usual: "Q5_K", fileType: 17 },
  BF16: { usual: "BF16", fileType: 32 },
} satisfies Record<string, { readonly usual: TensorType; readonly fileType: number }>;

/** A quantization that can be generated. */
export type Quant = keyof typeof QUANTS;

/** A tensor's name and shape. The first dimension is the row: blocks do not cross it. */
export interface TensorShape {
  readonly name: string;
  readonly dimensions: readonly number[];
}

/** How many values a tensor holds. */
export function valueCount(shape: TensorShape): number {
  return shape.dimensions.reduce((product, dimension) => product * dimension, 1);
}

/** The number that `general.file_type` has for a quantization. */
export function fileTypeOf(quant: Quant): number {
  return QUANTS[quant].fileType;
}

/** The number of a storage type in the format. */
export function tensorTypeId(type: TensorType): number {
  return TENSOR_TYPES[type].id;
}

/** Bytes of a tensor of some type. */
export function tensorBytes(shape: TensorShape, type: TensorType): number {
  const { blockValues, blockBytes } = TENSOR_TYPES[type];
  return valueCount(shape) / blockValues * blockBytes;
}

/**
 * The type of one tensor in a file of some quantization. Vectors stay exact; the "M" mixes keep the output, every
 * other value projection and every other down projection at six bits, as llama.cpp does.
 */
export function tensorTypeFor(shape: TensorShape, quant: Quant): TensorType {
  const { usual } = QUANTS[quant];
  if (shape.dimensions.length === 1) return "F32";
  const { blockValues } = TENSOR_TYPES[usual];
  const row = shape.dimensions[0] ?? 1;
  if (row % blockValues !== 0) return "F16";
  if (blockValues !== 256) return usual;
  if (shape.name === "output.weight") return "Q6_K";
  const isSensitive = /attn_v|ffn_down/.test(shape.name);
  if (quant === "Q2_K") return isSensitive ? "Q3_K" : "Q2_K";
  const layer = Number(/^blk\.(\d+)\./.exec(shape.name)?.[1] ?? 1);
  return isSensitive && layer % 2 === 0 ? "Q6_K" : usual;
}
