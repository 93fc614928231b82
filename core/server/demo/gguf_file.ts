/**
 * Generated GGUF files: a valid header and tensor table, and noise of exactly the size the table asks for.
 *
 * @module
 */
import { GeneratedFile } from "./generated_file.ts";
import type { Metadata, MetadataEntry } from "./gguf_metadata.ts";
import { splitMetadata } from "./gguf_metadata.ts";
import { type Quant, tensorBytes, type TensorShape, tensorTypeFor, tensorTypeId } from "./tensor_types.ts";

const ALIGNMENT_BYTES = 32;

/** The writer is loaded when the first file is made, as most runs of the program make none. */
type GgufModule = typeof import("@huggingface/gguf");
type TypedMetadata = Parameters<GgufModule["serializeGgufMetadata"]>[0];

/** What a GGUF file is made of. */
export interface GgufFileOptions {
  readonly path: string;
  readonly metadata: Metadata;
  readonly tensors: readonly TensorShape[];
  readonly quant: Quant;
  readonly seed: number;
}

function typedEntry(entry: MetadataEntry, types: GgufModule["GGUFValueType"]): TypedMetadata[string] {
  switch (entry.kind) {
    case "string":
      return { value: entry.value, type: types.STRING };
    case "bool":
      return { value: entry.value, type: types.BOOL };
    case "uint16":
      return { value: entry.value, type: types.UINT16 };
    case "uint32":
      return { value: entry.value, type: types.UINT32 };
    case "int32":
      return { value: entry.value, type: types.INT32 };
    case "float32":
      return { value: entry.value, type: types.FLOAT32 };
    case "strings":
      return { value: [...entry.value], type: types.ARRAY, subType: types.STRING };
    case "float32s":
      return { value: [...entry.value], type: types.ARRAY, subType: types.FLOAT32 };
    case "int32s":
      return { value: [...entry.value], type: types.ARRAY, subType: types.INT32 };
  }
}

function alignedBytes(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

/** One row of the tensor table: name, dimensions, type, offset. */
function tensorRow(
  shape: TensorShape,
  options: { readonly typeId: number; readonly offset: number },
): Uint8Array {
  const name = new TextEncoder().encode(shape.name);
  const row = new Uint8Array(8 + name.length + 4 + 8 * shape.dimensions.length + 4 + 8);
  const view = new DataView(row.buffer);
  view.setBigUint64(0, BigInt(name.length), true);
  row.set(name, 8);
  let position = 8 + name.length;
  view.setUint32(position, shape.dimensions.length, true);
  position += 4;
  for (const dimension of shape.dimensions) {
    view.setBigUint64(position, BigInt(dimension), true);
    position += 8;
  }
  view.setUint32(position, options.typeId, true);
  view.setBigUint64(position + 4, BigInt(options.offset), true);
  return row;
}

function tensorTable(options: GgufFileOptions): { readonly table: Blob; readonly dataBytes: number } {
  let offset = 0;
  const rows = options.tensors.map((shape) => {
    const type = tensorTypeFor(shape, options.quant);
    const row = tensorRow(shape, { typeId: tensorTypeId(type), offset });
    offset += alignedBytes(tensorBytes(shape, type));
    return row.slice();
  });
  return { table: new Blob(rows), dataBytes: offset };
}

/** One whole GGUF file. */
export async function ggufFile(options: GgufFileOptions): Promise<GeneratedFile> {
  const { buildGgufHeader, GGUFValueType } = await import("@huggingface/gguf");
  const { table, dataBytes } = tensorTable(options);
  const entries = Object.entries(options.metadata);
  const typed: TypedMetadata = {
    ...Object.fromEntries(entries.map(([key, entry]) => [key, typedEntry(entry, GGUFValueType)])),
    version: { value: 3, type: GGUFValueType.UINT32 },
    tensor_count: { value: BigInt(options.tensors.length), type: GGUFValueType.UINT64 },
    kv_count: { value: BigInt(entries.length), type: GGUFValueType.UINT64 },
  };
  const header = await buildGgufHeader(table, typed, {
    littleEndian: true,
    tensorInfoByteRange: [0, table.size],
    alignment: ALIGNMENT_BYTES,
  });
  const prefix = await header.bytes();
  return new GeneratedFile({
    path: options.path,
    prefix,
    sizeBytes: prefix.length + dataBytes,
    seed: options.seed,
  });
}

/** Tensors in `count` groups of about equal size, in order. */
function splitTensors(options: GgufFileOptions, count: number): TensorShape[][] {
  const sizes = options.tensors.map((shape) => tensorBytes(shape, tensorTypeFor(shape, options.quant)));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const groups: TensorShape[][] = Array.from({ length: count }, () => []);
  let before = 0;
  options.tensors.forEach((shape, index) => {
    groups[Math.min(count - 1, Math.floor(before / total * count))]?.push(shape);
    before += sizes[index] ?? 0;
  });
  return groups;
}

/** A GGUF file in `count` shards; `options.path` is without `-00001-of-0000N.gguf`. The first one holds the pairs. */
export async function ggufShards(options: GgufFileOptions, count: number): Promise<GeneratedFile[]> {
  const pad = (value: number): string => String(value).padStart(5, "0");
  const shards: GeneratedFile[] = [];
  for (const [number, tensors] of splitTensors(options, count).entries()) {
    const split = splitMetadata({ number, count, tensorCount: options.tensors.length });
    shards.push(
      await ggufFile({
        path: `${options.path}-${pad(number + 1)}-of-${pad(count)}.gguf`,
        metadata: number === 0 ? { ...options.metadata, ...split } : split,
        tensors,
        quant: options.quant,
        seed: options.seed + number,
      }),
    );
  }
  return shards;
}
