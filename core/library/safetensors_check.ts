/**
 * A look at how a safetensors file begins: the length of its header, and the header, which is JSON and tells how far
 * the tensors behind it go. It tells a page of text and a file that was cut off from a model, without a digest.
 *
 * @module
 */
import type { RandomReader } from "./gguf_reader.ts";

/** The format allows no longer header. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

/** Whether a path is that of a safetensors file. */
export function isSafetensorsPath(path: string): boolean {
  return /\.safetensors$/i.test(path);
}

/**
 * What is wrong with a safetensors file, as the end of a sentence; `undefined` for nothing. Wrong bytes within tensors
 * do not show.
 *
 * @throws what the reader throws, and nothing else.
 */
export async function safetensorsProblem(source: RandomReader): Promise<string | undefined> {
  const head = await readAt(source, 0, LENGTH_BYTES);
  if (head === undefined) return "it is too short for a header";
  const length = new DataView(head.buffer).getBigUint64(0, true);
  if (length < 2n || length > BigInt(MAX_HEADER_BYTES)) {
    return "it does not begin with the length of a header";
  }
  const header = await readAt(source, LENGTH_BYTES, Number(length));
  if (header === undefined) return "it ends within its header";
  const end = dataEnd(new TextDecoder().decode(header));
  if (end === undefined) return "its header cannot be read";
  const wantedBytes = LENGTH_BYTES + Number(length) + end;
  if (wantedBytes <= source.sizeBytes) return undefined;
  return `its last tensor ends at byte ${wantedBytes}, the file at ${source.sizeBytes}`;
}

async function readAt(
  source: RandomReader,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (position + length > source.sizeBytes) return undefined;
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const count = await source.read(bytes.subarray(done), position + done);
    if (count === 0) return undefined;
    done += count;
  }
  return bytes;
}

/** Where the last tensor ends, counted from the end of the header; `undefined` when it is no header. */
function dataEnd(text: string): number | undefined {
  try {
    const header: unknown = JSON.parse(text);
    if (typeof header !== "object" || header === null || Array.isArray(header)) return undefined;
    let last = 0;
    for (const [name, tensor] of Object.entries(header)) {
      if (name === "__metadata__") continue;
      const end: unknown = tensor?.data_offsets?.[1];
      if (typeof end !== "number" || !Number.isSafeInteger(end) || end < 0) return undefined;
      last = Math.max(last, end);
    }
    return last;
  } catch {
    return undefined;
  }
}
