/**
 * What the engine does about a failed segment: carries out the decisions of `failure_policy.ts`.
 *
 * @module
 */
import type { EngineEvent, EngineOptions } from "./engine_options.ts";
import { decideOnFailure, exhaustedError, statusError } from "./failure_policy.ts";
import type { ActiveSegment } from "./file_transfer.ts";
import type { LaneController } from "./lane_controller.ts";
import type { TrackedFile } from "./tracked_file.ts";
import { TransferError, type TransferFailure } from "./worker_protocol.ts";

/** Lanes that are sent away together are told nearly the same time: one message will do. */
const HOLD_STEP_MS = 1_000;
/** After so many failures in a row without progress, the place itself may be gone. */
const FAILURES_BEFORE_RELOCATION = 2;

/** What a handler needs of its engine. */
export interface FailureHandlerOptions {
  readonly engine: Pick<EngineOptions, "clock" | "stallTimeoutMs">;
  readonly lanes: LaneController;
  readonly emit: (event: EngineEvent) => void;
  /** Ends the engine with an error of one file. */
  readonly fail: (file: TrackedFile, error: unknown) => void;
  /** How many lanes receive bytes just now. */
  readonly deliveringLanes: () => number;
}

/** A segment that failed. */
export interface SegmentFailure {
  readonly segment: ActiveSegment;
  /** Of the location it used. */
  readonly generation: number;
  readonly failure: unknown;
}

/** Decides and acts, for all files of an engine. */
export class FailureHandler {
  readonly #options: FailureHandlerOptions;
  #heldUntil = -Infinity;

  constructor(options: FailureHandlerOptions) {
    this.#options = options;
  }

  /** Whether no lane may ask for anything now, because the server limits the rate. */
  get held(): boolean {
    return this.#options.engine.clock.monotonic() < this.#heldUntil;
  }

  /** Does what a failure calls for. */
  handle(file: TrackedFile, facts: SegmentFailure): void {
    const { fail, engine } = this.#options;
    if (!(facts.failure instanceof TransferError)) return fail(file, facts.failure);
    const { transfer } = file;
    let { failure } = facts.failure;
    if (failure.kind === "cancelled") {
      if (facts.segment.cutBecause !== "stalled") return;
      failure = stalledFailure(engine.stallTimeoutMs);
    }
    const decision = decideOnFailure(failure, file.task.source.path);
    switch (decision.action) {
      case "give-up":
        return fail(file, decision.error);
      case "single-stream":
        return transfer.restart({ singleStream: true });
      case "relocate":
        return this.#relocate(file, { generation: facts.generation, failure });
      default:
        this.#retryLater(file, failure, decision);
        if (failure.kind === "network" && transfer.retries.attempts >= FAILURES_BEFORE_RELOCATION) {
          transfer.locations.expire(facts.generation);
        }
    }
  }

  /** An expired location is asked for again at once, but not over and over. */
  #relocate(
    file: TrackedFile,
    facts: { readonly generation: number; readonly failure: TransferFailure },
  ): void {
    // Of the lanes that used the same location, the first to fail speaks for all.
    if (!file.transfer.locations.expire(facts.generation)) return;
    const { inARow, afterProgress } = file.transfer.noticeExpiry();
    if (inARow === 1 && !afterProgress) return;
    // Lanes that were let in may be about to deliver: then it is not the location that is refused.
    const undecided = inARow === 2 && file.transfer.active.size > 0;
    if (!afterProgress && !undecided) {
      return this.#options.fail(file, statusError(facts.failure, file.task.source.path));
    }
    if (afterProgress) this.#learnLimit(facts.failure);
    this.#retryLater(file, facts.failure, { action: "retry", retryAfterMs: undefined });
  }

  /** A fresh location that is refused while others of its kind deliver: the server allows no more connections. */
  #learnLimit(failure: TransferFailure): void {
    const delivering = this.#options.deliveringLanes();
    if (failure.status === 403 && delivering > 0) this.#options.lanes.limit(delivering);
  }

  #retryLater(
    file: TrackedFile,
    failure: TransferFailure,
    decision: { readonly action: "retry" | "hold"; readonly retryAfterMs: number | undefined },
  ): void {
    const { transfer, task } = file;
    const verdict = transfer.retries.fail({
      receivedBytes: transfer.receivedBytes,
      retryAfterMs: decision.retryAfterMs,
    });
    if (!verdict.retry) {
      const error = exhaustedError(failure, { ...verdict, file: task.source.path });
      return this.#options.fail(file, error);
    }
    if (verdict.counted) {
      transfer.retryCount++;
      const { attempt, delayMs } = verdict;
      file.emit({ type: "retrying", attempt, delayMs, error: failure.error });
    }
    if (decision.action === "hold") this.#hold(file, verdict.delayMs);
  }

  /** The server limits the rate: no lane asks for anything until it may. */
  #hold(file: TrackedFile, delayMs: number): void {
    const { engine: { clock }, emit } = this.#options;
    const heldUntil = clock.monotonic() + delayMs;
    const known = heldUntil - this.#heldUntil < HOLD_STEP_MS;
    this.#heldUntil = Math.max(this.#heldUntil, heldUntil);
    if (known) return;
    emit({
      type: "waiting",
      reason: "rate-limit",
      until: clock.now() + delayMs,
      message: `The server limits the rate: going on in ${Math.ceil(delayMs / 1000)} s`,
      receivedBytes: file.transfer.receivedBytes,
      totalBytes: file.task.source.sizeBytes,
    });
  }
}

/** The failure of a connection, or a file, that stood still. */
export function stalledFailure(timeoutMs: number): TransferFailure {
  return {
    kind: "network",
    error: {
      code: "NETWORK_ERROR",
      message: `No byte arrived for ${Math.round(timeoutMs / 1000)} s`,
      hints: [],
      causes: [],
    },
  };
}
