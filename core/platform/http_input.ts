/**
 * What comes in on a connection: heads and bodies of requests, each with a limit.
 *
 * @module
 */
import { HttpProblem, parseRequestHead, type RequestHead } from "./http_head.ts";

/** The head of a request may have so many bytes. */
const MAX_HEAD_BYTES = 32_768;
const READ_BYTES = 16_384;

/** Where bytes come from. */
export interface ByteInput {
  /** Reads some bytes; `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/** Reads requests one after another; what was read too far belongs to the next. */
export class HttpInput {
  readonly #input: ByteInput;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** A read that was begun before anybody wanted its bytes. */
  #ahead: Promise<boolean> | undefined;

  constructor(input: ByteInput) {
    this.#input = input;
  }

  /** Watches for the end of the connection while nothing is expected to come in. */
  watchForEnd(onEnd: () => void): void {
    if (this.#rest.length > 0 || this.#ahead !== undefined) return;
    this.#ahead = this.#fill();
    this.#ahead.then((isMore) => isMore ? undefined : onEnd(), onEnd);
  }

  /**
   * The next head, or `undefined` when the connection ended before it.
   *
   * @param onBegin Called with the first byte.
   * @throws {HttpProblem}
   */
  async readHead(onBegin: () => void): Promise<RequestHead | undefined> {
    if (this.#rest.length > 0) onBegin();
    let searched = 0;
    while (true) {
      this.#skipEmptyLines();
      const end = indexOfHeadEnd(this.#rest, searched);
      if ((end >= 0 ? end : this.#rest.length) > MAX_HEAD_BYTES) {
        throw new HttpProblem(431, "The request's head is too large");
      }
      if (end >= 0) {
        const text = latin1(this.#rest.subarray(0, end));
        this.#rest = this.#rest.slice(end + 4);
        return parseRequestHead(text);
      }
      searched = Math.max(0, this.#rest.length - 3);
      const isFirst = this.#rest.length === 0;
      if (!(await this.#more())) return undefined;
      if (isFirst) onBegin();
    }
  }

  /**
   * The body, whole.
   *
   * @throws {HttpProblem} 413 above `maxBytes`, 400 when it ends too early.
   */
  async readBody(length: number | "chunked", maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    if (length === "chunked") return await this.#readChunks(maxBytes);
    if (length > maxBytes) throw tooLarge();
    return await this.#take(length);
  }

  async #readChunks(maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Uint8Array[] = [];
    let total = 0;
    while (true) {
      const size = /^([0-9a-f]{1,8})(?:;[^\r\n]*)?$/i.exec(await this.#readLine())?.[1];
      if (size === undefined) throw new HttpProblem(400, "Malformed chunk");
      const length = Number.parseInt(size, 16);
      total += length;
      if (total > maxBytes) throw tooLarge();
      if (length === 0) break;
      chunks.push(await this.#take(length));
      if (await this.#readLine() !== "") throw new HttpProblem(400, "Malformed chunk");
    }
    // Fields after the last chunk say nothing here.
    for (let fields = 0; await this.#readLine() !== ""; fields++) {
      if (fields > 20) throw new HttpProblem(431, "Too many fields after the body");
    }
    return concatenate(chunks, total);
  }

  async #readLine(): Promise<string> {
    while (true) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) {
        const line = latin1(this.#rest.subarray(0, end));
        this.#rest = this.#rest.slice(end + 1);
        if (!line.endsWith("\r")) throw new HttpProblem(400, "Malformed line end");
        return line.slice(0, -1);
      }
      if (this.#rest.length > 4096) throw new HttpProblem(400, "Malformed chunk");
      if (!(await this.#more())) throw cutShort();
    }
  }

  async #take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    for (let position = 0; position < length;) {
      if (this.#rest.length === 0 && !(await this.#more())) throw cutShort();
      const part = this.#rest.subarray(0, length - position);
      bytes.set(part, position);
      position += part.length;
      this.#rest = this.#rest.slice(part.length);
    }
    return bytes;
  }

  /** Some clients send a line end too many after a body. */
  #skipEmptyLines(): void {
    let start = 0;
    while (start < 4 && (this.#rest[start] === 13 || this.#rest[start] === 10)) start++;
    if (start > 0 && start < this.#rest.length) this.#rest = this.#rest.slice(start);
    else if (start === 4) throw new HttpProblem(400, "Malformed request line");
  }

  async #more(): Promise<boolean> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return await (ahead ?? this.#fill());
  }

  async #fill(): Promise<boolean> {
    const buffer = new Uint8Array(READ_BYTES);
    const count = await this.#input.read(buffer);
    if (count === null || count === 0) return false;
    const fresh = buffer.subarray(0, count);
    this.#rest = this.#rest.length === 0
      ? fresh
      : concatenate([this.#rest, fresh], this.#rest.length + count);
    return true;
  }
}

function tooLarge(): HttpProblem {
  return new HttpProblem(413, "The body is too large");
}

function cutShort(): HttpProblem {
  return new HttpProblem(400, "The body ended too early");
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return text;
}

function concatenate(parts: readonly Uint8Array[], total: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(total);
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}

/** Where the empty line after the head begins. */
function indexOfHeadEnd(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(13, from); at >= 0 && at + 3 < bytes.length; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return -1;
}
