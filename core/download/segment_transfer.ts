/**
 * One ranged GET: bytes from a server to their place in a file. Runs inside a download worker.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { rangeLength } from "../base/byte_range.ts";
import { toErrorData } from "../base/errors.ts";
import { fileSystemError } from "../platform/file_system_error.ts";
import { openPositionedWriter, type PositionedWriter } from "../platform/sparse_file.ts";
import { createFileDigest } from "./file_digest.ts";
import { failure, requestSegment, type SegmentRequestOptions } from "./segment_request.ts";
import type { TransferSlots } from "./transfer_slots.ts";
import { type SegmentRequest, type SegmentResult, TransferError } from "./worker_protocol.ts";

/** One read returns up to this much; larger ones gain nothing and cost memory in every lane. */
const BUFFER_BYTES = 512 * 1024;
/** How long a throttled lane sleeps before it looks again. */
const THROTTLE_SLEEP_MS = 10;

/** What a segment needs besides its request. */
export interface SegmentTransferOptions extends SegmentRequestOptions {
  readonly slots: TransferSlots;
  readonly slot: number;
}

async function openWriter(request: SegmentRequest, response: Response): Promise<PositionedWriter> {
  try {
    return openPositionedWriter(request.path, {
      position: request.range.start,
      create: request.digest !== undefined,
    });
  } catch (error) {
    // Nobody is going to read the body.
    await response.body?.cancel().catch(() => {});
    throw diskFailure(error, request.path);
  }
}

function diskFailure(error: unknown, path: string): TransferError {
  return new TransferError({ kind: "disk", error: toErrorData(fileSystemError(error, "write", path)) });
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
  const { response, host } = await requestSegment(segment, options);
  using writer = await openWriter(segment, response);
  const digest = segment.digest === undefined
    ? undefined
    : createFileDigest(segment.digest, segment.fileSizeBytes);
  let position = segment.range.start;
  // Deno's fetch bodies are byte streams: one read fills as much of our own buffer as has arrived.
  const reader = response.body?.getReader({ mode: "byob" });
  let buffer = new Uint8Array(BUFFER_BYTES);
  try {
    while (reader !== undefined) {
      const readLimit = slots.readLimit;
      const view = readLimit === 0 || readLimit >= buffer.length ? buffer : buffer.subarray(0, readLimit);
      const { value, done } = await reader.read(view);
      if (done || value === undefined) break;
      const room = slots.limit(slot) - position;
      const bytes = value.length > room ? value.subarray(0, Math.max(0, room)) : value;
      if (bytes.length > 0) {
        try {
          writer.write(bytes);
        } catch (error) {
          throw diskFailure(error, segment.path);
        }
        digest?.update(bytes);
        position += bytes.length;
        slots.setPosition(slot, position);
      }
      // Another lane has taken the rest over.
      if (position < segment.range.end && position >= slots.limit(slot)) return { position };
      // More than was asked for: an endless body would never end the segment.
      if (value.length > room) break;
      buffer = new Uint8Array(value.buffer);
      if (!slots.consume(value.length)) await throttled(options);
    }
  } catch (cause) {
    if (cause instanceof TransferError) throw cause;
    if (signal.aborted) throw failure("cancelled", "Cancelled");
    throw failure("network", `The connection to "${host}" broke off`, { cause });
  } finally {
    // After the end this does nothing; before it, it closes the connection.
    await reader?.cancel().catch(() => {});
  }
  if (position < segment.range.end && position < slots.limit(slot)) {
    throw failure(
      "network",
      `"${host}" sent ${position - segment.range.start} of ${rangeLength(segment.range)} bytes`,
    );
  }
  if (digest === undefined) return { position };
  await writer.sync().catch((error) => {
    throw diskFailure(error, segment.path);
  });
  return { position, digestHex: digest.digest("hex") };
}

async function throttled({ slots, signal }: SegmentTransferOptions): Promise<void> {
  while (!slots.allowed && !signal.aborted) await delay(THROTTLE_SLEEP_MS);
}
