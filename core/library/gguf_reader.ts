/**
 * Numbers and names out of the header of a GGUF file, in order, through a small window: whatever the header claims,
 * the memory it takes stays the same, and what is of no interest is skipped without being read.
 *
 * @module
 */

/** Bytes of a file, wherever they are. */
export interface RandomReader {
  readonly sizeBytes: number;
  /** Fills the buffer from `position` on, as far as the file goes. @returns how many bytes that were. */
  read(buffer: Uint8Array, position: number): Promise<number>;
}

/** The header is not what a GGUF file has. */
export class GgufProblem extends Error {
  override readonly name = "GgufProblem";
}

const WINDOW_BYTES = 256 * 1024;
/** Vocabularies of a few hundred thousand words make headers of some 20 MB. */
const MAX_HEADER_BYTES = 256 * 1024 * 1024;

/** Reads forward from the start of a file. */
export class GgufReader {
  readonly #source: RandomReader;
  readonly #window = new Uint8Array(WINDOW_BYTES);
  readonly #view = new DataView(this.#window.buffer);
  #windowStart = 0;
  #windowEnd = 0;
  #position = 0;
  #bytesRead = 0;
  /** Set once the version has told. */
  littleEndian = true;
  /** The first version of the format counts with 32 bits. */
  wideCounts = true;

  constructor(source: RandomReader) {
    this.#source = source;
  }

  /** Where the next value begins. */
  get position(): number {
    return this.#position;
  }

  /** Bytes behind the position. */
  get rest(): number {
    return this.#source.sizeBytes - this.#position;
  }

  /** Makes sure that so many bytes are in the window. @returns where they begin in it. */
  async #need(bytes: number): Promise<number> {
    if (bytes > this.rest) {
      throw new GgufProblem(`it ends within its header, at byte ${this.#source.sizeBytes}`);
    }
    if (this.#position < this.#windowStart || this.#position + bytes > this.#windowEnd) {
      await this.#fill(bytes);
    }
    const at = this.#position - this.#windowStart;
    this.#position += bytes;
    return at;
  }

  async #fill(bytes: number): Promise<void> {
    this.#windowStart = this.#windowEnd = this.#position;
    while (this.#windowEnd - this.#position < bytes) {
      const used = this.#windowEnd - this.#windowStart;
      const count = await this.#source.read(this.#window.subarray(used), this.#windowEnd);
      if (count === 0) throw new GgufProblem(`it ends within its header, at byte ${this.#windowEnd}`);
      this.#windowEnd += count;
      this.#bytesRead += count;
      if (this.#bytesRead > MAX_HEADER_BYTES) throw new GgufProblem("its header is larger than 256 MiB");
    }
  }

  /** A whole number of 8 bits. */
  async u8(): Promise<number> {
    return this.#view.getUint8(await this.#need(1));
  }

  /** A whole number of 32 bits. */
  async u32(): Promise<number> {
    return this.#view.getUint32(await this.#need(4), this.littleEndian);
  }

  /** A whole number of 64 bits; above 2^53 it is not exact, but large. */
  async u64(): Promise<number> {
    return Number(this.#view.getBigUint64(await this.#need(8), this.littleEndian));
  }

  /** A count or a length. */
  count(): Promise<number> {
    return this.wideCounts ? this.u64() : this.u32();
  }

  /** Passes over bytes without reading them. */
  skip(bytes: number): void {
    if (!(bytes <= this.rest)) {
      throw new GgufProblem(`its header tells of ${bytes} bytes where ${this.rest} are left`);
    }
    this.#position += bytes;
  }

  /** Passes over so many texts: vocabularies are by far the longest part of a header. */
  async skipTexts(count: number): Promise<void> {
    const lengthBytes = this.wideCounts ? 8 : 4;
    for (let left = count; left > 0;) {
      this.skip(await this.count());
      left--;
      // Without a promise for each word, as long as the window lasts.
      for (; left > 0; left--) {
        const at = this.#position - this.#windowStart;
        if (at < 0 || this.#position + lengthBytes > this.#windowEnd) break;
        const length = this.wideCounts
          ? Number(this.#view.getBigUint64(at, this.littleEndian))
          : this.#view.getUint32(at, this.littleEndian);
        this.#position += lengthBytes;
        this.skip(length);
      }
    }
  }

  /** A text of at most `maxBytes`. */
  async text(maxBytes: number): Promise<string> {
    const length = await this.count();
    if (length > maxBytes) throw new GgufProblem(`a name of ${length} bytes is in its header`);
    return await this.bytesAsText(length);
  }

  /** So many bytes as a text; at most as many as the window has. */
  async bytesAsText(length: number): Promise<string> {
    const at = await this.#need(length);
    return new TextDecoder().decode(this.#window.subarray(at, at + length));
  }
}
