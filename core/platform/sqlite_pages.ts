/**
 * The pages of an SQLite database as they lie in its file and in its write-ahead log, without asking SQLite: it gives up
 * a whole database for the sake of one page.
 *
 * @module
 */

/** What Deno KV makes its databases with; the first page says it, unless that is the one that is damaged. */
const USUAL_PAGE_BYTES = 4096;
const HEADER = "SQLite format 3\0";
const HEADER_BYTES = 100;
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The last bit says in which order the bytes of the checksums are. */
const LOG_MAGIC = 0x377f0682;

/** The pages of a database; they are counted from 1. */
export interface SqlitePages extends Disposable {
  readonly count: number;
  readonly pageBytes: number;
  /** Bytes at the end of each page that are not SQLite's. */
  readonly reservedBytes: number;
  /** Whether the first page, which says where everything begins, can be relied on. */
  readonly hasHeader: boolean;
  /** A page, whole or not at all. */
  read(page: number): Uint8Array | undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readAt(file: Deno.FsFile, offset: number, sizeBytes: number): Uint8Array | undefined {
  const bytes = new Uint8Array(sizeBytes);
  try {
    file.seekSync(offset, Deno.SeekMode.Start);
    for (let filled = 0; filled < sizeBytes;) {
      const read = file.readSync(bytes.subarray(filled));
      if (read === null) return undefined;
      filled += read;
    }
    return bytes;
  } catch {
    // A bad block of the disk is a page that cannot be read, as any other.
    return undefined;
  }
}

interface Header {
  readonly pageBytes: number;
  readonly reservedBytes: number;
}

function readHeader(bytes: Uint8Array | undefined): Header | undefined {
  if (bytes === undefined || new TextDecoder("latin1").decode(bytes.subarray(0, 16)) !== HEADER) {
    return undefined;
  }
  const size = viewOf(bytes).getUint16(16);
  const pageBytes = size === 1 ? 65_536 : size;
  const reservedBytes = bytes[20] ?? 0;
  const isPage = pageBytes >= 512 && (pageBytes & (pageBytes - 1)) === 0;
  // Three fixed numbers of the format: a first page that was half overwritten shows here.
  const isFixed = bytes[21] === 64 && bytes[22] === 32 && bytes[23] === 32;
  return isPage && isFixed && pageBytes - reservedBytes >= 480 ? { pageBytes, reservedBytes } : undefined;
}

/** Where the newest committed bytes of pages are in the write-ahead log; empty when there is none to rely on. */
function committedFrames(log: Deno.FsFile, pageBytes: number): Map<number, number> {
  const committed = new Map<number, number>();
  const header = readAt(log, 0, LOG_HEADER_BYTES);
  if (header === undefined) return committed;
  const view = viewOf(header);
  const magic = view.getUint32(0);
  if ((magic & ~1) >>> 0 !== LOG_MAGIC || view.getUint32(8) !== pageBytes) return committed;
  const isLittle = (magic & 1) === 0;
  let sums = checksum(header.subarray(0, 24), [0, 0], isLittle);
  if (!isSum(view, 24, sums)) return committed;
  const uncommitted = new Map<number, number>();
  for (let at = LOG_HEADER_BYTES;; at += FRAME_HEADER_BYTES + pageBytes) {
    const frame = readAt(log, at, FRAME_HEADER_BYTES + pageBytes);
    if (frame === undefined) return committed;
    const facts = viewOf(frame);
    // Of an older use of the log.
    if (facts.getUint32(8) !== view.getUint32(16) || facts.getUint32(12) !== view.getUint32(20)) {
      return committed;
    }
    sums = checksum(frame.subarray(0, 8), sums, isLittle);
    sums = checksum(frame.subarray(FRAME_HEADER_BYTES), sums, isLittle);
    if (!isSum(facts, 16, sums)) return committed;
    uncommitted.set(facts.getUint32(0), at + FRAME_HEADER_BYTES);
    if (facts.getUint32(4) === 0) continue;
    for (const [page, offset] of uncommitted) committed.set(page, offset);
    uncommitted.clear();
  }
}

type Sums = readonly [number, number];

function checksum(bytes: Uint8Array, [first, second]: Sums, isLittle: boolean): Sums {
  const view = viewOf(bytes);
  let [a, b] = [first, second];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    a = (a + view.getUint32(at, isLittle) + b) >>> 0;
    b = (b + view.getUint32(at + 4, isLittle) + a) >>> 0;
  }
  return [a, b];
}

function isSum(view: DataView, at: number, [first, second]: Sums): boolean {
  return view.getUint32(at) === first && view.getUint32(at + 4) === second;
}

function openIfThere(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Opens the file of a database to read its pages; nothing in it is changed, whatever is in it. */
export function openPages(path: string): SqlitePages {
  const file = Deno.openSync(path, { read: true });
  const log = openIfThere(`${path}-wal`);
  const own = readHeader(readAt(file, 0, HEADER_BYTES));
  const frames = log === undefined ? undefined : committedFrames(log, own?.pageBytes ?? USUAL_PAGE_BYTES);
  const read = (page: number, pageBytes: number): Uint8Array | undefined => {
    const logged = frames?.get(page);
    if (log !== undefined && logged !== undefined) return readAt(log, logged, pageBytes);
    return readAt(file, (page - 1) * pageBytes, pageBytes);
  };
  const header = readHeader(read(1, own?.pageBytes ?? USUAL_PAGE_BYTES));
  const pageBytes = header?.pageBytes ?? USUAL_PAGE_BYTES;
  const inFile = Math.floor(file.statSync().size / pageBytes);
  return {
    count: Math.max(inFile, ...(frames?.keys() ?? [])),
    pageBytes,
    reservedBytes: header?.reservedBytes ?? 0,
    hasHeader: header !== undefined,
    read: (page) => page >= 1 ? read(page, pageBytes) : undefined,
    [Symbol.dispose]() {
      file.close();
      log?.close();
    },
  };
}
