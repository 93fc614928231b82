import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ByteRange,
  contiguousEnd,
  mergeRanges,
  rangeLength,
  subtractRanges,
  totalLength,
} from "../../../core/base/byte_range.ts";
import { type ActiveSegment, FileTransfer } from "../../../core/download/file_transfer.ts";
import { TransferSlots } from "../../../core/download/transfer_slots.ts";
import { TestClock } from "../../support/test_clock.ts";

const MIB = 1024 * 1024;
const DIGEST = { algorithm: "sha256", hex: "ab".repeat(32) } as const;

interface SetUp {
  readonly transfer: FileTransfer;
  readonly slots: TransferSlots;
  readonly clock: TestClock;
}

function setUp(sizeBytes: number, kept: readonly ByteRange[] = []): SetUp {
  const slots = new TransferSlots();
  const clock = new TestClock();
  const path = "a.gguf";
  const locate = () => Promise.reject(new Error("Not asked in these tests"));
  const transfer = new FileTransfer({
    source: { path, sizeBytes, digest: DIGEST, locate },
    identity: { repo: "acme/tiny", commit: "c".repeat(40), path, digest: DIGEST, sizeBytes },
    stagedPath: "/a.part",
    journalPath: "/a.journal",
    quarantinePath: "/a.bad",
    kept,
    keptSynced: kept,
    publish: () => Promise.resolve("/a"),
  }, { slots, clock, maxRetries: 3, lanes: 4, signal: new AbortController().signal });
  return { transfer, slots, clock };
}

/** A lane's worker: writes to a disk of which only the ranges are known. */
interface Worker {
  readonly segment: ActiveSegment;
  /** The end of its request: a stolen rest is not known to it until it looks at the limit. */
  readonly requestEnd: number;
}

type Step =
  | { readonly type: "take" | "steal"; readonly speed: number }
  | { readonly type: "write"; readonly lane: number; readonly bytes: number; readonly late: boolean }
  | { readonly type: "settle"; readonly lane: number }
  | { readonly type: "restart"; readonly singleStream: boolean };

/** Drives a transfer as lanes would, beside the plainest model of a disk. */
class Model {
  readonly #parts: SetUp;
  readonly #workers: Worker[] = [];
  /** What was really written since the last restart. */
  #disk: ByteRange[];
  #epoch = 0;
  writtenBytes = 0;

  constructor(parts: SetUp, kept: readonly ByteRange[]) {
    this.#parts = parts;
    this.#disk = mergeRanges(kept);
  }

  step(step: Step): void {
    switch (step.type) {
      case "take":
        this.#started(this.#parts.transfer.take(step.speed));
        break;
      case "steal":
        this.#started(this.#parts.transfer.steal(step.speed));
        break;
      case "write":
        this.#write(this.#worker(step.lane), step);
        break;
      case "settle":
        this.#settle(this.#worker(step.lane));
        break;
      default:
        this.#parts.transfer.restart(step);
    }
    this.#check();
  }

  /** Everything is fetched in the end, by a lane that never fails. */
  finish(): void {
    for (let rounds = 0; !this.#parts.transfer.complete; rounds++) {
      assert.ok(rounds < 1000, "never ends");
      this.step({ type: "take", speed: 0 });
      this.step({ type: "write", lane: 0, bytes: Infinity, late: false });
      this.step({ type: "settle", lane: 0 });
    }
  }

  #worker(lane: number): Worker | undefined {
    return this.#workers[lane % Math.max(1, this.#workers.length)];
  }

  #started(segment: ActiveSegment | undefined): void {
    if (segment === undefined) return;
    assert.ok(segment.end > segment.start);
    assert.equal(this.#parts.slots.limit(segment.slot), segment.end);
    for (const { segment: other } of this.#workers) {
      assert.ok(segment.start >= other.end || segment.end <= other.start, "two lanes fetch the same bytes");
    }
    this.#workers.push({ segment, requestEnd: segment.end });
  }

  #write(worker: Worker | undefined, how: { readonly bytes: number; readonly late: boolean }): void {
    // A cut connection brings nothing any more.
    if (worker === undefined || worker.segment.controller.signal.aborted) return;
    const { slots } = this.#parts;
    const { slot } = worker.segment;
    const start = slots.position(slot);
    // A late worker looked at its limit before the rest was stolen.
    const end = Math.min(start + how.bytes, how.late ? worker.requestEnd : slots.limit(slot));
    if (end <= start) return;
    this.#disk = mergeRanges([...this.#disk, { start, end }]);
    this.writtenBytes += end - start;
    slots.setPosition(slot, end);
  }

  #settle(worker: Worker | undefined): void {
    if (worker === undefined) return;
    this.#workers.splice(this.#workers.indexOf(worker), 1);
    this.#parts.transfer.settle(worker.segment, { discard: false });
  }

  #check(): void {
    const { transfer } = this.#parts;
    if (transfer.epoch !== this.#epoch) {
      this.#epoch = transfer.epoch;
      assert.equal(transfer.active.size, 0, "begun anew under a running lane");
      this.#disk = [];
    }
    assert.equal(transfer.active.size, this.#workers.length);
    for (const range of transfer.written) {
      assert.deepEqual(subtractRanges(range, this.#disk), [], "claims bytes that are not on disk");
    }
    assert.ok(transfer.frontier <= contiguousEnd(this.#disk));
    assert.equal(transfer.receivedBytes, totalLength(transfer.written));
  }
}

const lane = fc.nat(7);
const speed = fc.constantFrom(0, 100_000, 5 * MIB);
const begin = fc.record({ type: fc.constantFrom("take" as const, "steal" as const), speed });
const settleStep = fc.record({ type: fc.constant("settle" as const), lane });
const restartStep = fc.record({ type: fc.constant("restart" as const), singleStream: fc.boolean() });
function writeStep(late: fc.Arbitrary<boolean>): fc.Arbitrary<Step> {
  return fc.record({
    type: fc.constant("write" as const),
    lane,
    bytes: fc.integer({ min: 1, max: 9 * MIB }),
    late,
  });
}

const sizes = fc.integer({ min: MIB + 1, max: 64 * MIB });
const keptRanges = fc.array(fc.tuple(fc.nat(64 * MIB), fc.nat(8 * MIB)), { maxLength: 3 });

function keptWithin(sizeBytes: number, raw: readonly (readonly [number, number])[]): ByteRange[] {
  return mergeRanges(raw.map(([start, length]) => ({
    start: Math.min(start, sizeBytes),
    end: Math.min(start + length, sizeBytes),
  })));
}

Deno.test("FileTransfer fetches each byte exactly once, whatever is taken, stolen and broken off", () => {
  const step = fc.oneof(begin, begin, writeStep(fc.constant(false)), settleStep);
  fc.assert(fc.property(sizes, keptRanges, fc.array(step, { maxLength: 80 }), (sizeBytes, raw, steps) => {
    const kept = keptWithin(sizeBytes, raw);
    const parts = setUp(sizeBytes, kept);
    const model = new Model(parts, kept);
    for (const one of steps) model.step(one);
    model.finish();
    assert.deepEqual(parts.transfer.written, [{ start: 0, end: sizeBytes }]);
    assert.equal(model.writtenBytes, sizeBytes - totalLength(kept));
    assert.equal(parts.transfer.fetchedBytes, model.writtenBytes);
  }));
});

Deno.test("FileTransfer never loses a byte nor claims one, with late workers and restarts", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: begin },
    { weight: 4, arbitrary: writeStep(fc.boolean()) },
    { weight: 2, arbitrary: settleStep },
    { weight: 1, arbitrary: restartStep },
  );
  fc.assert(fc.property(sizes, keptRanges, fc.array(step, { maxLength: 80 }), (sizeBytes, raw, steps) => {
    const kept = keptWithin(sizeBytes, raw);
    const parts = setUp(sizeBytes, kept);
    const model = new Model(parts, kept);
    for (const one of steps) model.step(one);
    model.finish();
    assert.deepEqual(parts.transfer.written, [{ start: 0, end: sizeBytes }]);
  }));
});

Deno.test("FileTransfer.steal() leaves a slow segment what it can do while the rest is fetched", () => {
  const { transfer, slots } = setUp(16 * MIB);
  const segment = transfer.take(50 * MIB);
  assert.ok(segment !== undefined);
  const { start, end } = segment;
  slots.setPosition(segment.slot, start + MIB);
  segment.bytesPerSecond = MIB;
  const stolen = transfer.steal(4 * MIB);
  assert.ok(stolen !== undefined);
  assert.equal(stolen.end, end);
  assert.equal(segment.end, stolen.start);
  assert.equal(slots.limit(segment.slot), stolen.start);
  // Four times as fast, so four of five parts, less what is done until the request is answered.
  const left = rangeLength({ start, end }) - MIB;
  assert.ok(Math.abs(rangeLength(stolen) / left - 4 / 5) < 0.05, `${rangeLength(stolen)} of ${left}`);
});

Deno.test("FileTransfer of a small file is one segment that counts only when it is complete", () => {
  const { transfer, slots } = setUp(MIB);
  assert.equal(transfer.whole, true);
  assert.equal(transfer.inlineDigest, "sha256");
  const first = transfer.take(0);
  assert.ok(first !== undefined);
  assert.deepEqual([first.start, first.end], [0, MIB]);
  assert.equal(transfer.take(0), undefined);
  assert.equal(transfer.steal(5 * MIB), undefined);
  slots.setPosition(first.slot, 1000);
  transfer.settle(first, { discard: true });
  assert.equal(transfer.receivedBytes, 0);
  assert.equal(transfer.hasMissing, true);
});

Deno.test("FileTransfer trusts nothing that an earlier run left of a small file", () => {
  assert.equal(setUp(MIB, [{ start: 0, end: 1000 }]).transfer.receivedBytes, 0);
});

Deno.test("FileTransfer.settle() takes a segment back once", () => {
  const { transfer, slots } = setUp(16 * MIB);
  const segment = transfer.take(0);
  assert.ok(segment !== undefined);
  slots.setPosition(segment.slot, segment.start + 10);
  transfer.settle(segment, { discard: false });
  transfer.settle(segment, { discard: false });
  assert.equal(transfer.fetchedBytes, 10);
  assert.notEqual(slots.lease(0, 1), slots.lease(0, 1), "the slot is free once");
});

Deno.test("FileTransfer.restart() waits until the last lane has let go", () => {
  const { transfer, slots } = setUp(16 * MIB);
  const [one, two] = [transfer.take(0), transfer.take(0)];
  assert.ok(one !== undefined && two !== undefined);
  slots.setPosition(one.slot, one.start + 500);
  transfer.restart({ singleStream: true });
  assert.ok(one.controller.signal.aborted && two.controller.signal.aborted);
  assert.equal(one.cutBecause, "restarting");
  assert.equal(transfer.take(0), undefined);
  assert.equal(transfer.complete, false);
  transfer.settle(one, { discard: false });
  assert.equal(transfer.epoch, 0);
  transfer.settle(two, { discard: false });
  assert.equal(transfer.epoch, 1);
  assert.equal(transfer.receivedBytes, 0);
  const stream = transfer.take(0);
  assert.deepEqual([stream?.start, stream?.end], [0, 16 * MIB], "one stream");
  assert.equal(transfer.take(0), undefined);
  assert.equal(transfer.steal(MIB), undefined);
});

Deno.test("FileTransfer.restart() asks for no byte of an empty file", () => {
  const { transfer } = setUp(0);
  assert.equal(transfer.complete, true);
  transfer.restart({ singleStream: false });
  assert.equal(transfer.complete, true);
  assert.equal(transfer.take(0), undefined);
});

Deno.test("FileTransfer.noticeProgress() does not count the time in which the file waits for a lane", () => {
  const { transfer, slots } = setUp(16 * MIB);
  const at = (now: number, excused = false) => {
    transfer.noticeProgress({ now, elapsedMs: 1000, excused });
    return now - transfer.progressAt;
  };
  assert.equal(at(1000), 0, "no lane");
  const segment = transfer.take(0);
  assert.ok(segment !== undefined);
  assert.equal(at(2000), 1000);
  assert.equal(at(3000, true), 1000, "excused");
  assert.equal(at(4000), 2000);
  slots.setPosition(segment.slot, segment.start + 1);
  assert.equal(at(5000), 0, "progress");
  transfer.settle(segment, { discard: false });
  transfer.retries.fail({ receivedBytes: 1 });
  assert.equal(at(6000), 1000, "it waits for itself");
});

Deno.test("FileTransfer.takeReplacement() grants one for each time the file has moved", () => {
  const { transfer, slots } = setUp(16 * MIB);
  const segment = transfer.take(0);
  assert.ok(segment !== undefined);
  assert.equal(transfer.takeReplacement(), true);
  assert.equal(transfer.takeReplacement(), false);
  slots.setPosition(segment.slot, segment.start + 1);
  assert.equal(transfer.takeReplacement(), true);
  assert.equal(setUp(MIB).transfer.takeReplacement(), false, "a small file has no rest");
});

Deno.test("FileTransfer.restart() forgets what servers have shown of the file", () => {
  const { transfer } = setUp(16 * MIB);
  transfer.signs.noticeExpiry(0);
  transfer.restart({ singleStream: false });
  assert.deepEqual(transfer.signs.noticeExpiry(0), { inARow: 1, afterProgress: false });
});

Deno.test("FileTransfer.noticeRanges() lets other lanes help when a server knows ranges after all, but not over and over", () => {
  const { transfer } = setUp(64 * MIB);
  for (let time = 1; time <= 3; time++) {
    transfer.restart({ singleStream: true });
    const segment = transfer.take(MIB);
    assert.ok(segment !== undefined);
    assert.deepEqual([segment.end - segment.start, segment.divisible], [64 * MIB, false]);
    assert.equal(transfer.steal(MIB), undefined);
    transfer.noticeRanges();
    const helper = transfer.steal(MIB);
    assert.deepEqual([segment.divisible, helper !== undefined], [time < 3, time < 3]);
    for (const one of [segment, helper]) if (one !== undefined) transfer.settle(one, { discard: true });
  }
});
