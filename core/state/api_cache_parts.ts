/**
 * How a reply of the Hub is kept in Deno KV: compressed, in parts that a value may hold. It loads nothing, so that
 * completion can read replies without opening the store.
 *
 * @module
 */

/** The first part of all keys: `[API_CACHE, key, part]`. */
export const API_CACHE = "api_cache";

/** One value: the first part of an entry tells how many there are. */
export interface StoredPart {
  /** Version of this shape. */
  readonly v: 1;
  /** Parts of one write carry the same mark: two writers must not be mixed. */
  readonly mark: string;
  readonly parts: number;
  readonly data: Uint8Array;
}

/** Whether a value is a part; anything else is a miss. */
export function isStoredPart(value: unknown): value is StoredPart {
  return typeof value === "object" && value !== null && "v" in value && value.v === 1 &&
    "mark" in value && "parts" in value && typeof value.parts === "number" &&
    "data" in value && value.data instanceof Uint8Array;
}

async function transform(bytes: Blob, by: GenericTransformStream): Promise<Uint8Array> {
  return await new Response(bytes.stream().pipeThrough(by)).bytes();
}

/** Compresses a reply. */
export async function pack(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return await transform(new Blob([bytes]), new CompressionStream("gzip"));
}

/** The reply from the data of all its parts; `undefined` when they are damaged. */
export async function unpackParts(data: readonly Uint8Array[]): Promise<unknown> {
  try {
    const packed = new Blob(data.map((part) => new Uint8Array(part)));
    const text = await transform(packed, new DecompressionStream("gzip"));
    return JSON.parse(new TextDecoder().decode(text));
  } catch {
    return undefined;
  }
}
