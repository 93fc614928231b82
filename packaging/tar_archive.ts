/**
 * Tape archives (`.tgz`) as package registries take them: read whole, written the same way every time.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";

/** One file of an archive. */
export interface ArchiveFile {
  /** With `/`, as in the archive. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Whether it may be run. @default {false} */
  readonly isExecutable?: boolean;
}

const BLOCK_BYTES = 512;
/** The date npm gives to every file of a package, so that equal contents make equal archives. */
const FILE_TIME_SECONDS = 499_162_500;
const LONGEST_NAME_BYTES = 100;
const LONGEST_PREFIX_BYTES = 155;
const REGULAR_FILE = new Set(["0", "\0"]);
const LONG_NAME = "L";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function readField(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return decoder.decode(end === -1 ? field : field.subarray(0, end)).trim();
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/**
 * The regular files of a compressed archive, in its order.
 *
 * @throws {Error} for an archive that ends too early.
 */
export function readArchive(compressed: Uint8Array): ArchiveFile[] {
  const bytes = new Uint8Array(gunzipSync(compressed));
  const files: ArchiveFile[] = [];
  let longName: string | undefined;
  for (let offset = 0; offset + BLOCK_BYTES <= bytes.length;) {
    const header = bytes.subarray(offset, offset + BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) break;
    const sizeBytes = Number.parseInt(readField(header, 124, 12) || "0", 8);
    const start = offset + BLOCK_BYTES;
    const content = bytes.subarray(start, start + sizeBytes);
    if (content.length < sizeBytes) throw new Error("The archive ends in the middle of a file");
    const kind = String.fromCharCode(header[156] ?? 0);
    const prefix = readField(header, 257, 6).startsWith("ustar") ? readField(header, 345, 155) : "";
    const name = readField(header, 0, 100);
    if (kind === LONG_NAME) {
      longName = decoder.decode(content).replace(/\0.*$/, "");
    } else {
      const path = longName ?? (prefix === "" ? name : `${prefix}/${name}`);
      longName = undefined;
      const mode = Number.parseInt(readField(header, 100, 8) || "0", 8);
      if (REGULAR_FILE.has(kind)) {
        files.push({ path, bytes: content.slice(), isExecutable: (mode & 0o111) !== 0 });
      }
    }
    offset = start + padded(sizeBytes);
  }
  return files;
}

/** Splits a path that is too long for the name field at a `/`. */
function splitPath(path: string): { readonly prefix: string; readonly name: string } {
  if (encoder.encode(path).length <= LONGEST_NAME_BYTES) return { prefix: "", name: path };
  for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    const fits = encoder.encode(prefix).length <= LONGEST_PREFIX_BYTES &&
      encoder.encode(name).length <= LONGEST_NAME_BYTES;
    if (fits) return { prefix, name };
  }
  throw new Error(`The path "${path}" is too long for an archive`);
}

function header({ path, bytes, isExecutable = false }: ArchiveFile): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const put = (text: string, offset: number): void => block.set(encoder.encode(text), offset);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  const { prefix, name } = splitPath(path);
  put(name, 0);
  put(octal(isExecutable ? 0o755 : 0o644, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(bytes.length, 11), 124);
  put(octal(FILE_TIME_SECONDS, 11), 136);
  // The sum is made with blanks in its own place.
  put(" ".repeat(8), 148);
  put("0", 156);
  put("ustar\x0000", 257);
  put(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/**
 * A compressed archive of these files in this order; equal files make equal bytes.
 *
 * @throws {Error} for a path that does not fit.
 */
export function writeArchive(files: readonly ArchiveFile[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const file of files) {
    const content = new Uint8Array(padded(file.bytes.length));
    content.set(file.bytes);
    parts.push(header(file), content);
  }
  parts.push(new Uint8Array(2 * BLOCK_BYTES));
  const compressed = gzipSync(Buffer.concat(parts), { level: 9 });
  // The byte that names the operating system.
  compressed[9] = 255;
  return new Uint8Array(compressed);
}
