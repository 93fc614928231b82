/**
 * Keys and values as Deno KV keeps them in its database.
 *
 * @module
 */
import { deserialize } from "node:v8";

const BYTES = 0x01;
const TEXT = 0x02;
const INTEGER_ZERO = 0x14;
const MAX_INTEGER_BYTES = 8;
const DOUBLE = 0x21;
const FALSE = 0x26;
const TRUE = 0x27;
const SIGN = 0x80;

interface Part {
  readonly value: Deno.KvKeyPart;
  readonly end: number;
}

/** Ends with a zero; a zero inside is followed by 255. */
function readEscaped(
  bytes: Uint8Array,
  start: number,
): { readonly raw: Uint8Array; readonly end: number } | undefined {
  const raw: number[] = [];
  for (let at = start;; at++) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    if (byte === 0) {
      if (bytes[at + 1] !== 0xff) return { raw: Uint8Array.from(raw), end: at + 1 };
      at++;
    }
    raw.push(byte);
  }
}

/** A whole number has as many bytes as its kind says; the bits of a negative one are turned. */
function readWhole(bytes: Uint8Array, at: number): Part | undefined {
  const length = (bytes[at] ?? 0) - INTEGER_ZERO;
  const size = Math.abs(length);
  const end = at + 1 + size;
  if (size > MAX_INTEGER_BYTES || end > bytes.length) return undefined;
  let value = 0n;
  for (const byte of bytes.subarray(at + 1, end)) {
    value = (value << 8n) | BigInt(length < 0 ? 255 - byte : byte);
  }
  return { value: length < 0 ? -value : value, end };
}

function readDouble(bytes: Uint8Array, at: number): Part | undefined {
  const raw = bytes.slice(at + 1, at + 9);
  const [first] = raw;
  if (raw.length < 8 || first === undefined) return undefined;
  if (first >= SIGN) raw[0] = first ^ SIGN;
  else for (const [index, byte] of raw.entries()) raw[index] = 255 - byte;
  return { value: new DataView(raw.buffer).getFloat64(0), end: at + 9 };
}

function readPart(bytes: Uint8Array, at: number): Part | undefined {
  const kind = bytes[at];
  if (kind === FALSE || kind === TRUE) return { value: kind === TRUE, end: at + 1 };
  if (kind === DOUBLE) return readDouble(bytes, at);
  if (kind !== BYTES && kind !== TEXT) return readWhole(bytes, at);
  const read = readEscaped(bytes, at + 1);
  if (read === undefined) return undefined;
  const { raw, end } = read;
  return {
    value: kind === BYTES ? raw : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw),
    end,
  };
}

/** A key from its bytes; `undefined` when they are none that we know. */
export function decodeKvKey(bytes: Uint8Array): Deno.KvKey | undefined {
  const key: Deno.KvKeyPart[] = [];
  try {
    for (let at = 0; at < bytes.length;) {
      const part = readPart(bytes, at);
      if (part === undefined) return undefined;
      key.push(part.value);
      at = part.end;
    }
  } catch {
    return undefined;
  }
  return key.length === 0 ? undefined : key;
}

/** What a value is kept as. */
const SERIALIZED = 1;
const UNSIGNED = 2;
const RAW = 3;

/** A value from its bytes; nothing when they are none. */
export function decodeKvValue(bytes: Uint8Array, encoding: unknown): { readonly value: unknown } | undefined {
  try {
    if (encoding === SERIALIZED) return { value: deserialize(bytes) };
    // A copy: the bytes are part of a page.
    if (encoding === RAW) return { value: bytes.slice() };
    if (encoding !== UNSIGNED || bytes.length !== 8) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    return { value: new Deno.KvU64(view.getBigUint64(0, true)) };
  } catch {
    return undefined;
  }
}
