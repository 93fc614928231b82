/**
 * One ranged GET: bytes from a server to their place in a file. Runs inside a download worker.
 *
 * @module
 */
import type { Hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { rangeLength } from "../base/byte_range.ts";
import { toErrorData } from "../base/errors.ts";
import { fileSystemError } from "../platform/file_system_error.ts";
import { openPositionedWriter, type PositionedWriter } from "../platform/sparse_file.ts";
import { LaneAllowance } from "./allowance.ts";
import { type BodyReader, openBodyReader } from "./body_reader.ts";
import { createFileDigest } from "./file_digest.ts";
import { failure, requestSegment, type SegmentRequestOptions } from "./segment_request.ts";
import type { TransferSlots } from "./transfer_slots.ts";
import {
  type SegmentReply,
  type SegmentRequest,
  type SegmentResult,
  TransferError,
} from "./worker_protocol.ts";

/** One read returns up to this much; larger ones gain nothing and cost memory in every lane. */
const BUFFER_BYTES = 512 * 1024;
/** How long a throttled lane sleeps before it looks again. */
const THROTTLE_SLEEP_MS = 10;

/** What a segment needs besides its request. */
export interface SegmentTransferOptions extends SegmentRequestOptions {
  readonly slots: TransferSlots;
  readonly slot: number;
  /** Told what the server says of the file, before the first byte is written. */
  readonly onReply?: ((reply: SegmentReply) => void) | undefined;
}

/** Resolves to the failure, so that it does not count as unhandled while the request is under way. */
function openWriter(request: SegmentRequest): Promise<PositionedWriter | TransferError> {
  const create = request.digest !== undefined;
  return openPositionedWriter(request.path, { position: request.range.start, create })
    .catch((error) => diskFailure(error, request.path));
}

/** Asks and opens side by side: on a busy disk, making a file takes as long as a round trip. */
async function begin(
  segment: SegmentRequest,
  options: SegmentTransferOptions,
): Promise<Awaited<ReturnType<typeof requestSegment>> & { readonly writer: PositionedWriter }> {
  const opening = openWriter(segment);
  let answer: Awaited<ReturnType<typeof requestSegment>> | undefined;
  try {
    answer = await requestSegment(segment, options);
    const writer = await opening;
    if (writer instanceof TransferError) throw writer;
    return { ...answer, writer };
  } catch (error) {
    // Nobody is going to read the body.
    await answer?.response.body?.cancel().catch(() => {});
    const writer = await opening;
    if (!(writer instanceof TransferError)) writer[Symbol.dispose]();
    throw error;
  }
}

function diskFailure(error: unknown, path: string): TransferError {
  return new TransferError({ kind: "disk", error: toErrorData(fileSystemError(error, "write", path)) });
}

/** A body on its way to its place. */
interface Copy {
  readonly segment: SegmentRequest;
  readonly slots: TransferSlots;
  readonly slot: number;
  readonly signal: AbortSignal;
  readonly writer: PositionedWriter;
  readonly digest: Hash | undefined;
}

/** Copies a body until its end, that of the range, or the slot's limit. @returns where it stopped. */
async function copyBody(reader: BodyReader, copy: Copy): Promise<number> {
  const { segment: { range, path }, slots, slot, signal, writer, digest } = copy;
  const allowance = new LaneAllowance(slots.allowanceOf(slots.budget(slot)));
  let position = range.start;
  // One byte more than is wanted, to notice a body that is too long.
  let buffer = new Uint8Array(Math.min(BUFFER_BYTES, rangeLength(range) + 1));
  try {
    for (;;) {
      // The end of the body costs nothing.
      let allowed = position < range.end ? allowance.next() : Infinity;
      if (allowed === undefined) {
        allowed = await untilAllowed(allowance, signal);
        if (position >= slots.limit(slot)) return position;
      }
      const view = allowed < buffer.length ? buffer.subarray(0, allowed) : buffer;
      const { value, done } = await reader.read(view);
      if (done || value === undefined) return position;
      allowance.spend(value.length);
      const room = slots.limit(slot) - position;
      const bytes = value.length > room ? value.subarray(0, Math.max(0, room)) : value;
      if (bytes.length > 0) {
        write(writer, bytes, path);
        digest?.update(bytes);
        position += bytes.length;
        slots.setPosition(slot, position);
      }
      // Another lane has taken the rest over.
      if (position < range.end && position >= slots.limit(slot)) return position;
      // More than was asked for: an endless body would never end the segment.
      if (value.length > room) return position;
      buffer = new Uint8Array(value.buffer);
    }
  } finally {
    allowance.release();
  }
}

function write(writer: PositionedWriter, bytes: Uint8Array, path: string): void {
  try {
    writer.write(bytes);
  } catch (error) {
    throw diskFailure(error, path);
  }
}

/**
 * Fetches a range and writes it in place, counting in its slot, until its end or the slot's limit.
 *
 * @throws {TransferError} With what failed; the slot's position tells how much is on disk all the same.
 */
export async function transferSegment(
  segment: SegmentRequest,
  options: SegmentTransferOptions,
): Promise<SegmentResult> {
  const { slots, slot, signal } = options;
  const { range, path, fileSizeBytes } = segment;
  const { response, place, reply, writer: opened } = await begin(segment, options);
  using writer = opened;
  options.onReply?.(reply);
  const digest = segment.digest === undefined ? undefined : createFileDigest(segment.digest, fileSizeBytes);
  // One read fills as much of our own buffer as has arrived.
  const reader = response.body === null ? undefined : openBodyReader(response.body);
  let position = range.start;
  try {
    if (reader !== undefined) {
      position = await copyBody(reader, { segment, slots, slot, signal, writer, digest });
    }
  } catch (cause) {
    if (cause instanceof TransferError) throw cause;
    if (signal.aborted) throw failure("cancelled", "Cancelled");
    throw failure("network", `The connection to ${place} broke off`, { cause });
  } finally {
    // After the end this does nothing; before it, it closes the connection.
    await reader?.cancel().catch(() => {});
  }
  if (position < range.end && position < slots.limit(slot)) {
    throw failure("network", `${place} sent ${position - range.start} of ${rangeLength(range)} bytes`);
  }
  if (digest === undefined) return { position };
  await writer.sync().catch((error) => {
    throw diskFailure(error, path);
  });
  return { position, digestHex: digest.digest("hex") };
}

/** Waits for the lane's turn. @returns how many bytes it may read. */
async function untilAllowed(allowance: LaneAllowance, signal: AbortSignal): Promise<number> {
  for (;;) {
    if (signal.aborted) throw failure("cancelled", "Cancelled");
    const allowed = allowance.next();
    if (allowed !== undefined) return allowed;
    await delay(THROTTLE_SLEEP_MS);
  }
}
