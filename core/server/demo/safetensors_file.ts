/**
 * Generated safetensors files: a valid header, and noise of the size it asks for.
 *
 * @module
 */
import { GeneratedFile } from "./generated_file.ts";
import { type TensorShape, valueCount } from "./tensor_types.ts";

/** One safetensors file with all tensors as BF16. */
export function safetensorsFile(
  options: { readonly path: string; readonly tensors: readonly TensorShape[]; readonly seed: number },
): GeneratedFile {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let offset = 0;
  for (const shape of options.tensors) {
    const end = offset + valueCount(shape) * 2;
    // GGUF names the row first, safetensors last.
    header[shape.name] = {
      dtype: "BF16",
      shape: [...shape.dimensions].reverse(),
      data_offsets: [offset, end],
    };
    offset = end;
  }
  const json = JSON.stringify(header);
  const text = new TextEncoder().encode(json + " ".repeat((8 - json.length % 8) % 8));
  const prefix = new Uint8Array(8 + text.length);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(text.length), true);
  prefix.set(text, 8);
  return new GeneratedFile({
    path: options.path,
    prefix,
    sizeBytes: prefix.length + offset,
    seed: options.seed,
  });
}
