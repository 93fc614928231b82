/**
 * A second proof for GGUF files: what the header says of itself, and of the tensors behind it, has to fit the file.
 * It tells a page of text, a file of zeros and a file that was cut off from a model, without a digest, and reads the
 * header only.
 *
 * @module
 */
import { GgufProblem, GgufReader, type GgufReader as Reader, type RandomReader } from "./gguf_reader.ts";
import { ggufTensorBytes } from "./gguf_types.ts";

/** What the structure of a file tells. */
export type GgufCheck =
  /** Everything fits; wrong bytes within tensors do not show. */
  | { readonly status: "sound" }
  /** It cannot be loaded; `problem` ends the sentence "The file is no sound GGUF: …". */
  | { readonly status: "broken"; readonly problem: string }
  /** It is of a version that is not known here. */
  | { readonly status: "unknown" };

const MAGIC = [0x47, 0x47, 0x55, 0x46];
const LAST_VERSION = 3;
/** A version that may come one day; a higher number is no version. */
const MAX_VERSION = 255;
const MAX_PAIRS = 100_000;
const MAX_TENSORS = 1_000_000;
const MAX_NAME_BYTES = 64 * 1024;
const MAX_DIMENSIONS = 8;
const MAX_ARRAY_DEPTH = 4;
const DEFAULT_ALIGNMENT = 32;
const MAX_ALIGNMENT = 1024 * 1024;
/** Walking a long list takes a while: others get a turn after so many elements. */
const ELEMENTS_BETWEEN_YIELDS = 20_000;

/** Bytes of the values of fixed length, by the number of their type. */
const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const UINT32 = 4;
const STRING = 8;
const ARRAY = 9;

/** Whether a path is that of a GGUF file. */
export function isGgufPath(path: string): boolean {
  return /\.gguf$/i.test(path);
}

/**
 * Reads the header of a file and compares it with the file's size. Of several shards, each has a table of its own.
 *
 * @throws what the reader throws, and nothing else.
 */
export async function checkGguf(source: RandomReader): Promise<GgufCheck> {
  try {
    return await check(source);
  } catch (error) {
    if (error instanceof GgufProblem) return { status: "broken", problem: error.message };
    throw error;
  }
}

/** How many things a header tells of. */
export interface GgufCounts {
  readonly tensors: number;
  readonly pairs: number;
}

/**
 * Reads what every header begins with.
 *
 * @returns `undefined` for a version that is not known here.
 * @throws {GgufProblem} When it is no such header.
 */
export async function readGgufStart(reader: Reader): Promise<GgufCounts | undefined> {
  for (const byte of MAGIC) {
    if (reader.rest === 0 || await reader.u8() !== byte) {
      throw new GgufProblem('it does not begin with "GGUF"');
    }
  }
  const version = await readVersion(reader);
  if (version > LAST_VERSION) return undefined;
  reader.wideCounts = version > 1;
  const tensors = await reader.count();
  const pairs = await reader.count();
  if (tensors > MAX_TENSORS) throw new GgufProblem(`it claims to have ${tensors} tensors`);
  if (pairs > MAX_PAIRS) throw new GgufProblem(`it claims to have ${pairs} key-value pairs`);
  return { tensors, pairs };
}

async function check(source: RandomReader): Promise<GgufCheck> {
  const reader = new GgufReader(source);
  const counts = await readGgufStart(reader);
  if (counts === undefined) return { status: "unknown" };
  const { tensors, pairs } = counts;
  const { alignment } = await readPairs(reader, pairs);
  const table = await readTensors(reader, tensors, alignment);
  const dataStart = Math.ceil(reader.position / alignment) * alignment;
  for (const { name, offset, bytes } of table) {
    const end = dataStart + offset + bytes;
    if (end > source.sizeBytes) {
      throw new GgufProblem(
        `its tensor ${JSON.stringify(name)} ends at byte ${end}, the file at ${source.sizeBytes}`,
      );
    }
  }
  return { status: "sound" };
}

/** A version in the wrong byte order looks huge: the file is of a machine with the other order. */
async function readVersion(reader: Reader): Promise<number> {
  const version = await reader.u32();
  const swapped =
    ((version & 0xff) << 24 | (version & 0xff00) << 8 | version >>> 8 & 0xff00 | version >>> 24) >>>
    0;
  if (version === 0 || Math.min(version, swapped) > MAX_VERSION) {
    throw new GgufProblem(`it claims to be of version ${version}`);
  }
  reader.littleEndian = version <= swapped;
  return Math.min(version, swapped);
}

async function readPairs(reader: Reader, count: number): Promise<{ readonly alignment: number }> {
  let alignment = DEFAULT_ALIGNMENT;
  for (let pair = 0; pair < count; pair++) {
    const key = await reader.text(MAX_NAME_BYTES);
    const type = await reader.u32();
    if (key === "general.alignment" && type === UINT32) {
      alignment = await reader.u32();
      if (alignment === 0 || alignment > MAX_ALIGNMENT || (alignment & (alignment - 1)) !== 0) {
        throw new GgufProblem(`it claims an alignment of ${alignment} bytes`);
      }
    } else await skipGgufValue(reader, type);
  }
  return { alignment };
}

/**
 * Passes over a value.
 *
 * @param type The number of its type.
 * @throws {GgufProblem} When it cannot be one.
 */
export async function skipGgufValue(reader: Reader, type: number, depth: number = 0): Promise<void> {
  const scalarBytes = SCALAR_BYTES[type];
  if (scalarBytes !== undefined) return reader.skip(scalarBytes);
  if (type === STRING) return reader.skip(await reader.count());
  if (type !== ARRAY || depth === MAX_ARRAY_DEPTH) {
    throw new GgufProblem(`a value of the unknown type ${type} is in its header`);
  }
  const elementType = await reader.u32();
  const length = await reader.count();
  const elementBytes = SCALAR_BYTES[elementType];
  if (elementBytes !== undefined) return reader.skip(length * elementBytes);
  if (length > reader.rest) throw new GgufProblem(`it claims to have a list of ${length} values`);
  if (elementType === STRING) return await reader.skipTexts(length);
  for (let element = 0; element < length; element++) {
    if (element % ELEMENTS_BETWEEN_YIELDS === ELEMENTS_BETWEEN_YIELDS - 1) await turn();
    await skipGgufValue(reader, elementType, depth + 1);
  }
}

interface Tensor {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
}

/** The one that ends last is enough: where it fits, all the others do. */
async function readTensors(reader: Reader, count: number, alignment: number): Promise<Tensor[]> {
  let last: Tensor | undefined;
  for (let index = 0; index < count; index++) {
    if (index % ELEMENTS_BETWEEN_YIELDS === ELEMENTS_BETWEEN_YIELDS - 1) await turn();
    const tensor = await readTensor(reader);
    const { name, offset, bytes } = tensor;
    if (offset % alignment !== 0) {
      throw new GgufProblem(`its tensor ${JSON.stringify(name)} begins at ${offset}, which is not aligned`);
    }
    if (last === undefined || offset + bytes > last.offset + last.bytes) last = tensor;
  }
  return last === undefined ? [] : [last];
}

async function readTensor(reader: Reader): Promise<Tensor> {
  const name = await reader.text(MAX_NAME_BYTES);
  const dimensions = await reader.u32();
  if (dimensions > MAX_DIMENSIONS) {
    throw new GgufProblem(`its tensor ${JSON.stringify(name)} claims to have ${dimensions} dimensions`);
  }
  let values = 1;
  for (let dimension = 0; dimension < dimensions; dimension++) values *= await reader.count();
  const type = await reader.u32();
  const offset = await reader.u64();
  // Of an unknown type it is known where it begins.
  return { name, offset, bytes: ggufTensorBytes(type, values) ?? 0 };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
