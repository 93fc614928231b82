/**
 * Reads a body into a caller's buffer, whatever kind of stream it is: bodies of the runtime's own `fetch` are byte
 * streams, those of somebody else's may not be.
 *
 * @module
 */

/** What one read gives: a view on the buffer that was lent, as full as there was something to put into it. */
export interface BodyRead {
  /** `undefined` at the end. */
  readonly value: Uint8Array<ArrayBuffer> | undefined;
  readonly done: boolean;
}

/** A body that is being read. */
export interface BodyReader {
  /** Fills the buffer; the caller gets it back, in other clothes, in the result. */
  read(buffer: Uint8Array<ArrayBuffer>): Promise<BodyRead>;
  /** Closes the connection; does nothing after the end. */
  cancel(): Promise<void>;
}

/** Opens a body for reading. A byte stream is read without a copy. */
export function openBodyReader(body: ReadableStream<Uint8Array<ArrayBuffer>>): BodyReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = body.getReader({ mode: "byob" });
  } catch (error) {
    if (!(error instanceof TypeError) || body.locked) throw error;
    return new ChunkReader(body);
  }
  return {
    async read(buffer) {
      const { value, done } = await reader.read(buffer);
      return { value, done };
    },
    cancel: () => reader.cancel(),
  };
}

/** Copies chunks, of whatever size they come, into the buffer. */
class ChunkReader implements BodyReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = body.getReader();
  }

  async read(buffer: Uint8Array<ArrayBuffer>): Promise<BodyRead> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#reader.read();
      if (done) return { value: undefined, done: true };
      this.#rest = value;
    }
    const part = this.#rest.subarray(0, buffer.length);
    this.#rest = this.#rest.subarray(part.length);
    buffer.set(part);
    return { value: buffer.subarray(0, part.length), done: false };
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}
