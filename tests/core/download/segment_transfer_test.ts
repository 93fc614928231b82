import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { DigestAlgorithm } from "../../../core/base/digest.ts";
import { LaneAllowance } from "../../../core/download/allowance.ts";
import { transferSegment } from "../../../core/download/segment_transfer.ts";
import { TransferSlots } from "../../../core/download/transfer_slots.ts";
import {
  type SegmentRequest,
  type SegmentResult,
  TransferError,
  type TransferFailure,
} from "../../../core/download/worker_protocol.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const SIZE = 1000;
const BYTES = Uint8Array.from({ length: SIZE }, (_, index) => (index * 7 + (index >> 8)) & 0xff);

interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Pieces of the body. Default: the bytes that were asked for. */
  readonly pieces?: readonly Uint8Array[];
  /** What breaks the body off after its pieces. */
  readonly error?: unknown;
  /** Called before each piece. */
  readonly onPiece?: (index: number) => void;
  /** Called when nobody wants the rest. */
  readonly onCancel?: () => void;
}

interface Call {
  readonly start?: number;
  readonly end?: number;
  readonly digest?: DigestAlgorithm;
  readonly signal?: AbortSignal;
  readonly path?: string;
  readonly url?: string;
  readonly reply?: Reply | Error;
  readonly slots?: TransferSlots;
}

interface Outcome {
  readonly result: SegmentResult | undefined;
  readonly failure: TransferFailure | undefined;
  readonly position: number;
  readonly file: Uint8Array;
  readonly init: RequestInit;
}

function bodyOf(pieces: readonly Uint8Array[], { error, onPiece, onCancel }: Reply): ReadableStream {
  let index = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      onPiece?.(index);
      const piece = pieces[index++];
      if (piece !== undefined) return controller.enqueue(piece.slice());
      if (error !== undefined) return controller.error(error);
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: () => onCancel?.(),
  });
}

function respond(range: { readonly start: number; readonly end: number }, reply: Reply): Response {
  const pieces = reply.pieces ?? [BYTES.slice(range.start, range.end)];
  const status = reply.status ?? 206;
  const headers = reply.headers ??
    (status === 206 ? { "content-range": `bytes ${range.start}-${range.end - 1}/${SIZE}` } : {});
  return new Response(bodyOf(pieces, reply), { status, headers });
}

/** One segment into a staged file of zeros. */
async function transfer(call: Call): Promise<Outcome> {
  await using dir = await makeTempDir();
  const staged = await dir.write("a.part", new Uint8Array(SIZE));
  const { start = 100, end = 400, reply = {} } = call;
  const slots = call.slots ?? new TransferSlots();
  const slot = slots.lease(start, end);
  let init: RequestInit = {};
  const request: SegmentRequest = {
    url: call.url ?? "http://files.test/a?Signature=secret",
    headers: { "x-own": "1" },
    range: { start, end },
    fileSizeBytes: SIZE,
    path: call.path ?? staged,
    ...(call.digest === undefined ? {} : { digest: call.digest }),
  };
  const options = {
    slots,
    slot,
    signal: call.signal ?? new AbortController().signal,
    fetch: (_url: string, given: RequestInit) => {
      init = given;
      return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(respond({ start, end }, reply));
    },
  };
  let result: SegmentResult | undefined;
  let failure: TransferFailure | undefined;
  try {
    result = await transferSegment(request, options);
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    failure = error.failure;
  }
  return { result, failure, position: slots.position(slot), file: await readFile(staged), init };
}

/** The staged file with these bytes right and zeros elsewhere. */
function filled(start: number, end: number): Uint8Array {
  const file = new Uint8Array(SIZE);
  file.set(BYTES.subarray(start, end), start);
  return file;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

Deno.test("transferSegment() writes the range to its place and nothing else", async () => {
  const pieces = [BYTES.slice(100, 101), BYTES.slice(101, 350), BYTES.slice(350, 400)];
  const { result, position, file, init } = await transfer({ reply: { pieces } });
  assert.deepEqual(result, { position: 400 });
  assert.equal(position, 400);
  assert.ok(same(file, filled(100, 400)));
  const headers = new Headers(init.headers);
  assert.equal(headers.get("range"), "bytes=100-399");
  assert.equal(headers.get("accept-encoding"), "identity");
  assert.equal(headers.get("x-own"), "1");
  assert.equal(init.redirect, "manual");
});

Deno.test("transferSegment() hashes and truncates a whole file", async () => {
  const whole = { start: 0, end: SIZE };
  const sha256 = await transfer({ ...whole, digest: "sha256" });
  assert.equal(sha256.result?.digestHex, createHash("sha256").update(BYTES).digest("hex"));
  assert.ok(same(sha256.file, BYTES));
  const git = await transfer({ ...whole, digest: "git-sha1" });
  assert.equal(
    git.result?.digestHex,
    createHash("sha1").update(`blob ${SIZE}\0`).update(BYTES).digest("hex"),
  );
});

Deno.test("transferSegment() takes a plain 200 for a whole file", async () => {
  const reply = { status: 200, headers: { "content-length": String(SIZE) } };
  const { result } = await transfer({ start: 0, end: SIZE, reply });
  assert.equal(result?.position, SIZE);
});

Deno.test("transferSegment() stops where another lane has taken over", async () => {
  const slots = new TransferSlots();
  const probe = slots.lease(0, 0);
  slots.release(probe);
  const pieces = [BYTES.slice(100, 200), BYTES.slice(200, 300), BYTES.slice(300, 400)];
  let cancelled = false;
  const reply: Reply = {
    pieces,
    // The same slot: the limit falls while the second piece is on its way.
    onPiece: (index) => index === 1 && slots.setLimit(probe, 250),
    onCancel: () => cancelled = true,
  };
  const { result, position, file } = await transfer({ slots, reply });
  assert.deepEqual(result, { position: 250 });
  assert.equal(position, 250);
  assert.ok(same(file, filled(100, 250)));
  assert.ok(cancelled, "the rest is not fetched");
});

Deno.test("transferSegment() does not wait for more once its limit is reached exactly", async () => {
  const slots = new TransferSlots();
  const slot = slots.lease(0, 0);
  slots.release(slot);
  const reply: Reply = {
    pieces: [BYTES.slice(100, 200), BYTES.slice(200, 400)],
    onPiece: (index) => {
      if (index === 0) slots.setLimit(slot, 200);
      else throw new Error("Read on");
    },
  };
  assert.deepEqual((await transfer({ slots, reply })).result, { position: 200 });
});

Deno.test("transferSegment() counts what arrived before the connection broke", async () => {
  const error = new TypeError("error reading a body", {
    cause: new Error("reset; see http://h/a?Signature=secret"),
  });
  const { failure, position, file } = await transfer({ reply: { pieces: [BYTES.slice(100, 250)], error } });
  assert.equal(failure?.kind, "network");
  assert.equal(failure?.error.code, "NETWORK_ERROR");
  assert.equal(failure?.error.causes.length, 2);
  assert.doesNotMatch(JSON.stringify(failure), /secret/);
  assert.equal(position, 250);
  assert.ok(same(file, filled(100, 250)));
});

Deno.test("transferSegment() takes a body that ends early for a broken connection", async () => {
  const { failure, position } = await transfer({ reply: { pieces: [BYTES.slice(100, 250)] } });
  assert.equal(failure?.kind, "network");
  assert.match(failure?.error.message ?? "", /sent 150 of 300 bytes/);
  assert.equal(position, 250);
});

Deno.test("transferSegment() writes nothing beyond the range, and stops reading an endless body", async () => {
  let cancelled = false;
  const reply: Reply = {
    pieces: Array.from({ length: 10_000 }, () => BYTES.slice(100, 400)),
    onPiece: (index) => assert.ok(index < 100, "still reading"),
    onCancel: () => cancelled = true,
  };
  const { result, file } = await transfer({ reply });
  assert.deepEqual(result, { position: 400 });
  assert.ok(same(file, filled(100, 400)));
  assert.ok(cancelled);
});

Deno.test("transferSegment() fails without a reply", async () => {
  const { failure, position } = await transfer({ reply: new TypeError("connection refused") });
  assert.equal(failure?.kind, "network");
  assert.equal(failure?.error.message, 'Cannot reach "files.test": the connection was refused');
  assert.deepEqual(failure?.error.causes, ["connection refused"]);
  assert.equal(position, 100);
});

Deno.test("transferSegment() says which status came, and for how long the server asks to wait", async () => {
  const gone = await transfer({ reply: { status: 404, pieces: [] } });
  assert.deepEqual([gone.failure?.kind, gone.failure?.status], ["status", 404]);
  const busy = await transfer({ reply: { status: 503, headers: { "retry-after": "7" }, pieces: [] } });
  assert.equal(busy.failure?.error.retryAfterMs, 7000);
  const headers = { "ratelimit": '"resolvers";r=0;t=42' };
  const limited = await transfer({ reply: { status: 429, headers, pieces: [] } });
  assert.equal(limited.failure?.error.code, "RATE_LIMITED");
  assert.ok((limited.failure?.error.retryAfterMs ?? 0) >= 42_000);
});

Deno.test("transferSegment() refuses bytes that were not asked for, before it writes any", async () => {
  const wrong: Record<string, string>[] = [
    {},
    { "content-range": `bytes 101-400/${SIZE}` },
    { "content-range": `bytes 100-398/${SIZE}` },
    { "content-range": "bytes */1000" },
    { "content-range": `bytes 100-399/${SIZE}`, "content-encoding": "gzip" },
    { "content-range": `bytes 100-399/${SIZE}`, "content-length": "299" },
  ];
  for (const headers of wrong) {
    let cancelled = false;
    const { failure, position, file } = await transfer({
      reply: { headers, onCancel: () => cancelled = true },
    });
    assert.equal(failure?.kind, "bad-reply", JSON.stringify(headers));
    assert.equal(position, 100);
    assert.ok(same(file, new Uint8Array(SIZE)));
    assert.ok(cancelled, "the connection is let go");
  }
  const longer = await transfer({ reply: { headers: { "content-range": `bytes 100-399/${SIZE + 1}` } } });
  assert.deepEqual([longer.failure?.kind, longer.position], ["changed", 100]);
  const gone = await transfer({
    reply: { status: 416, headers: { "content-range": "bytes */5" }, pieces: [] },
  });
  assert.match(
    gone.failure?.error.message ?? "",
    /^"files\.test" has a file of 5 bytes in its place: wanted/,
  );
  const unknownTotal = { "content-range": "bytes 100-399/*" };
  assert.deepEqual((await transfer({ reply: { headers: unknownTotal } })).result, { position: 400 });
});

Deno.test("transferSegment() tells a server without ranges from a page that is in the way", async () => {
  const page = { "content-type": "text/html; charset=utf-8" };
  const kindFor = async (headers: Record<string, string>, call: Call = {}) =>
    (await transfer({ ...call, reply: { status: 200, headers, pieces: [BYTES] } })).failure?.kind;
  assert.equal(await kindFor({ "content-length": String(SIZE) }), "range-ignored");
  assert.equal(await kindFor({ "content-type": "application/octet-stream" }), "range-ignored");
  assert.equal(await kindFor({ "content-length": "512" }), "bad-reply");
  assert.equal(await kindFor(page), "bad-reply");
  const whole = { start: 0, end: SIZE };
  assert.equal(await kindFor(page, whole), "bad-reply", "as the only stream of a large file");
  assert.equal(await kindFor(page, { ...whole, digest: "sha256" }), undefined, "a small file may be a page");
});

Deno.test("transferSegment() says what is wrong with the disk, and lets the connection go", async () => {
  let cancelled = false;
  const { failure } = await transfer({
    path: "/nowhere/at/all.part",
    reply: { onCancel: () => cancelled = true },
  });
  assert.equal(failure?.kind, "disk");
  assert.equal(failure?.error.code, "FAILED");
  assert.ok((failure?.error.hints.length ?? 0) > 0);
  assert.ok(cancelled);
});

Deno.test("transferSegment() stops when it is cancelled", async () => {
  const controller = new AbortController();
  const reply: Reply = {
    pieces: [BYTES.slice(100, 200)],
    error: new DOMException("aborted", "AbortError"),
    onPiece: (index) => index === 1 && controller.abort(),
  };
  const { failure, position } = await transfer({ signal: controller.signal, reply });
  assert.equal(failure?.kind, "cancelled");
  assert.equal(failure?.error.code, "CANCELLED");
  assert.equal(position, 200);
  const before = await transfer({
    signal: AbortSignal.abort(),
    reply: new DOMException("aborted", "AbortError"),
  });
  assert.equal(before.failure?.kind, "cancelled");
});

Deno.test("transferSegment() reads in small bites while a rate limit is on", async () => {
  const slots = new TransferSlots();
  const { allowance } = slots;
  allowance.begin(50);
  allowance.grant(1000, 1000);
  const { result, file } = await transfer({ slots });
  assert.deepEqual(result, { position: 400 });
  assert.ok(same(file, filled(100, 400)));
  const lane = new LaneAllowance(allowance);
  let left = 0;
  for (; lane.next() === 50; left += 50) lane.spend(50);
  assert.equal(left, 700, "all 300 bytes were counted, and nothing else");
});

Deno.test("transferSegment() reads nothing before it may, and leaves the line when it is cancelled", async () => {
  const slots = new TransferSlots();
  slots.allowance.begin(50);
  const controller = new AbortController();
  const transferring = transfer({ slots, signal: controller.signal });
  while (!slots.allowance.awaited) await delay(1);
  controller.abort();
  const { failure, position } = await transferring;
  assert.deepEqual([failure?.kind, position], ["cancelled", 100]);
  assert.equal(slots.allowance.awaited, false);
});

Deno.test("transferSegment() needs no allowance for the end of the body", async () => {
  const slots = new TransferSlots();
  slots.allowance.begin(300);
  slots.allowance.grant(300, 300);
  assert.deepEqual((await transfer({ slots })).result, { position: 400 });
  assert.equal(slots.allowance.awaited, false);
});
