/**
 * What goes out on a connection: answers, with files sent straight from the disk.
 *
 * @module
 */
import { STATUS_TEXT } from "./http_status.ts";
import { type FileSlice, takeFileSlice } from "./file_stream.ts";

const BUFFER_BYTES = 262_144;
/** Many transfers at once wait for their clients anyway, and are not to take memory for it. */
const SMALL_BUFFER_BYTES = 65_536;
const MAX_LARGE_BUFFERS = 32;
/** A read that took longer has waited for a disk: the next ones are made on another thread. */
const SLOW_READ_MS = 2;

/** Where bytes go. */
export interface ByteOutput {
  /** Writes some of the bytes; says how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** How an answer is sent. */
export interface SendOptions {
  readonly method: string;
  /** Whether the client speaks HTTP/1.0. */
  readonly isOld: boolean;
  /** Whether the connection goes on. */
  readonly keepAlive: boolean;
  /** Called with the bytes of the body that the system took. */
  readonly onSent: (bytes: number) => void;
  /** Aborted when the connection has ended: then nothing is waited for any more. */
  readonly ended: AbortSignal;
  /** Called before bytes are sent that may be long in coming. */
  readonly onWaiting?: () => void;
}

/** Whether the connection can go on after it. */
export type Sent = "whole" | "ends-connection";

const spare: Uint8Array<ArrayBuffer>[] = [];
let large = 0;

function takeBuffer(): Uint8Array<ArrayBuffer> {
  const kept = spare.pop();
  if (kept !== undefined) return kept;
  if (large >= MAX_LARGE_BUFFERS) return new Uint8Array(SMALL_BUFFER_BYTES);
  large += 1;
  return new Uint8Array(BUFFER_BYTES);
}

/** @param isWhole Otherwise the system may still read from it. */
function giveBack(buffer: Uint8Array<ArrayBuffer>, isWhole: boolean): void {
  if (buffer.length < BUFFER_BYTES) return;
  if (isWhole) spare.push(buffer);
  else large -= 1;
}

async function writeAll(
  output: ByteOutput,
  bytes: Uint8Array,
  onSent?: (bytes: number) => void,
): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const count = await output.write(written === 0 ? bytes : bytes.subarray(written));
    written += count;
    onSent?.(count);
  }
}

function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at) & 0xff;
  return bytes;
}

function headBytes(
  response: Response,
  framing: { readonly keepAlive: boolean; readonly chunked: boolean; readonly emptyLength: boolean },
): Uint8Array<ArrayBuffer> {
  let text = `HTTP/1.1 ${response.status} ${STATUS_TEXT[response.status] ?? "Unknown"}\r\n`;
  for (const [name, value] of response.headers) {
    if (name !== "connection" && name !== "transfer-encoding") text += `${name}: ${value}\r\n`;
  }
  if (framing.chunked) text += "transfer-encoding: chunked\r\n";
  if (framing.emptyLength) text += "content-length: 0\r\n";
  if (!response.headers.has("date")) text += `date: ${new Date().toUTCString()}\r\n`;
  return latin1Bytes(`${text}connection: ${framing.keepAlive ? "keep-alive" : "close"}\r\n\r\n`);
}

/** The head and the first bytes go together: small files are one packet. */
async function sendSlice(
  output: ByteOutput,
  slice: FileSlice,
  options: { readonly head: Uint8Array; readonly onSent: (bytes: number) => void },
): Promise<void> {
  const { head, onSent } = options;
  const buffer = takeBuffer();
  buffer.set(head);
  let offset = head.length;
  let headLeft = head.length;
  const countBody = (bytes: number): void => {
    const ofHead = Math.min(headLeft, bytes);
    headLeft -= ofHead;
    onSent(bytes - ofHead);
  };
  let isSlow = false;
  let isWhole = false;
  try {
    while (slice.remainingBytes > 0) {
      const room = buffer.subarray(offset);
      const startedMs = performance.now();
      const count = isSlow ? await slice.read(room) : slice.readNow(room);
      isSlow = performance.now() - startedMs > SLOW_READ_MS;
      await writeAll(output, buffer.subarray(0, offset + count), countBody);
      offset = 0;
    }
    isWhole = true;
  } finally {
    giveBack(buffer, isWhole);
  }
}

const encoder = new TextEncoder();

/** What is short is gathered first, so that it is one packet. */
const GATHERED_BYTES = 65_536;

interface StreamOptions {
  readonly head: Uint8Array;
  /** `undefined` where the end of the connection, or of the chunks, is the end. */
  readonly length: number | undefined;
  readonly chunked: boolean;
  readonly onSent: (bytes: number) => void;
  readonly ended: AbortSignal;
}

async function sendStream(
  output: ByteOutput,
  body: ReadableStream<Uint8Array>,
  options: StreamOptions,
): Promise<void> {
  const reader = body.getReader();
  const { ended, length } = options;
  const cancel = (): void => void reader.cancel(ended.reason).catch(() => {});
  ended.addEventListener("abort", cancel, { once: true });
  try {
    if (length !== undefined && length <= GATHERED_BYTES) {
      await sendGathered(output, reader, { ...options, length });
    } else {
      await sendPiecewise(output, reader, options);
    }
  } catch (error) {
    await reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    ended.removeEventListener("abort", cancel);
  }
}

function wrongLength(): Error {
  return new Error("The body has another length than was said");
}

async function sendGathered(
  output: ByteOutput,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { head, length, onSent }: StreamOptions & { readonly length: number },
): Promise<void> {
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let position = head.length;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (position + next.value.length > bytes.length) throw wrongLength();
    bytes.set(next.value, position);
    position += next.value.length;
  }
  if (position !== bytes.length) throw wrongLength();
  await writeAll(output, bytes);
  onSent(length);
}

async function sendPiecewise(
  output: ByteOutput,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { head, length, chunked, onSent }: StreamOptions,
): Promise<void> {
  await writeAll(output, head);
  let sentBytes = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const { value } = next;
    if (value.length === 0) continue;
    sentBytes += value.length;
    if (length !== undefined && sentBytes > length) throw wrongLength();
    if (chunked) await writeAll(output, encoder.encode(`${value.length.toString(16)}\r\n`));
    await writeAll(output, value, onSent);
    if (chunked) await writeAll(output, encoder.encode("\r\n"));
  }
  if (length !== undefined && sentBytes < length) throw wrongLength();
  if (chunked) await writeAll(output, encoder.encode("0\r\n\r\n"));
}

/**
 * Sends an answer.
 *
 * @throws What the body or the connection failed with; the connection has to be cut then, so that nobody takes what
 * was sent for everything.
 */
export async function sendResponse(
  output: ByteOutput,
  response: Response,
  options: SendOptions,
): Promise<Sent> {
  const { method, isOld, onSent } = options;
  const { body, status, headers } = response;
  const bodiless = method === "HEAD" || status === 304 || status === 204;
  const announced = headers.get("content-length");
  const length = announced === null ? undefined : Number(announced);
  const streams = !bodiless && body !== null;
  const chunked = streams && length === undefined && !isOld;
  const keepAlive = options.keepAlive && (!streams || length !== undefined || chunked);
  const emptyLength = body === null && announced === null && method !== "HEAD" && status !== 304 &&
    status !== 204;
  const head = headBytes(response, { keepAlive, chunked, emptyLength });
  if (!streams) {
    await body?.cancel();
    await writeAll(output, head);
  } else {
    const slice = takeFileSlice(body);
    if (slice === undefined) {
      options.onWaiting?.();
      await sendStream(output, body, { head, length, chunked, onSent, ended: options.ended });
    } else {
      using _file = slice;
      if (length !== slice.sizeBytes) throw new Error("The body has another length than was said");
      await sendSlice(output, slice, { head, onSent });
    }
  }
  return keepAlive ? "whole" : "ends-connection";
}
