/**
 * How far one model is, worked out from the events of its download.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { ErrorData } from "../base/errors.ts";
import { addSample, remainingMs, type SpeedWindow, windowSpeed } from "../base/speed_window.ts";
import type { DownloadEvent, FileEvent } from "../download/events.ts";

/**
 * Where a download stands. `pending`: it waits for its turn, or the Hub is being asked. `verifying`: all bytes are here,
 * and are being proved. The last three are final.
 */
export type DownloadStatus = "pending" | "downloading" | "verifying" | "available" | "error" | "cancelled";

/** How far a model is. All counts are absolute. */
export interface DownloadProgress {
  /** As it was asked for. */
  readonly modelId: string;
  /** Where it stands. */
  readonly status: DownloadStatus;
  /** `receivedBytes` of `totalBytes`, 0 to 1. What earlier runs have fetched counts from the start. */
  readonly progress: number;
  /** Bytes that are on disk, those of earlier runs included. */
  readonly receivedBytes: number;
  /** Size of all files; 0 until the Hub has told. */
  readonly totalBytes: number;
  /** Files that are in place, proved. */
  readonly filesCompleted: number;
  /** How many files there are; 0 until the Hub has told. */
  readonly filesTotal: number;
  /** Over the last seconds; `undefined` while too little is known. */
  readonly bytesPerSecond: number | undefined;
  /** Until the last byte has arrived; `undefined` while that cannot be told. */
  readonly estimatedSeconds: number | undefined;
  /** What it waits for, in words; `undefined` when it does not wait. */
  readonly waitingFor: string | undefined;
  /** Why it failed or was stopped; `undefined` when it has not. */
  readonly error: ErrorData | undefined;
}

interface FileState {
  readonly receivedBytes: number;
  readonly totalBytes: number;
  readonly phase: "waiting" | "receiving" | "verifying" | "done";
}

/** Takes the events of one download in, and tells how far it is. */
export class DownloadTracker {
  readonly #modelId: string;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #files = new Map<string, FileState>();
  #window: SpeedWindow = [];
  #status: DownloadStatus = "pending";
  #waitingFor: string | undefined;
  #error: ErrorData | undefined;

  constructor(modelId: string, clock: Pick<Clock, "monotonic">) {
    this.#modelId = modelId;
    this.#clock = clock;
  }

  /** Takes an event in. */
  handle(event: DownloadEvent): void {
    this.#waitingFor = event.type === "waiting" ? event.message : undefined;
    if (event.type === "planned") {
      this.#files.clear();
      for (const { path, action, totalBytes, resumedBytes } of event.files) {
        const isThere = action === "present";
        this.#files.set(path, {
          receivedBytes: isThere ? totalBytes : action === "resume" ? resumedBytes : 0,
          totalBytes,
          phase: isThere ? "done" : "waiting",
        });
      }
      this.#restartSpeed();
    } else if ("file" in event) this.#handleFile(event);
    if (this.#status === "pending" || this.#status === "downloading" || this.#status === "verifying") {
      this.#status = this.#phase();
    }
  }

  /** It has ended. */
  end(status: "available" | "error" | "cancelled", error?: ErrorData): void {
    this.#status = status;
    this.#error = error;
    this.#waitingFor = undefined;
  }

  /** How far it is now. */
  get progress(): DownloadProgress {
    const files = [...this.#files.values()];
    const { receivedBytes, totalBytes } = this.#bytes();
    const isOver = this.#status === "available" || this.#status === "error" || this.#status === "cancelled";
    const bytesPerSecond = isOver ? undefined : windowSpeed(this.#window, this.#clock.monotonic());
    const restMs = isOver || totalBytes === 0
      ? undefined
      : remainingMs(totalBytes - receivedBytes, bytesPerSecond);
    return {
      modelId: this.#modelId,
      status: this.#status,
      progress: this.#status === "available" ? 1 : totalBytes === 0 ? 0 : receivedBytes / totalBytes,
      receivedBytes,
      totalBytes,
      filesCompleted: files.filter(({ phase }) => phase === "done").length,
      filesTotal: files.length,
      bytesPerSecond,
      estimatedSeconds: restMs === undefined ? undefined : Math.ceil(restMs / 1000),
      waitingFor: this.#waitingFor,
      error: this.#error,
    };
  }

  #handleFile(event: FileEvent): void {
    const { file, type, totalBytes } = event;
    const known = this.#files.get(file);
    const phase = type === "verifying" || type === "verified"
      ? "verifying"
      : type === "finished"
      ? "done"
      : "receiving";
    const receivedBytes = Math.min(event.receivedBytes, totalBytes);
    this.#files.set(file, { receivedBytes, totalBytes, phase });
    // What an earlier run has left, or another file had, did not come over the network just now.
    const isHeld = type === "started" && receivedBytes !== (known?.receivedBytes ?? 0);
    if (isHeld) this.#restartSpeed();
    else this.#window = addSample(this.#window, this.#sample());
  }

  #sample() {
    return { atMs: this.#clock.monotonic(), bytes: this.#bytes().receivedBytes };
  }

  #restartSpeed(): void {
    this.#window = [this.#sample()];
  }

  #bytes(): { readonly receivedBytes: number; readonly totalBytes: number } {
    let receivedBytes = 0;
    let totalBytes = 0;
    for (const file of this.#files.values()) {
      receivedBytes += file.receivedBytes;
      totalBytes += file.totalBytes;
    }
    return { receivedBytes, totalBytes };
  }

  #phase(): "pending" | "downloading" | "verifying" {
    const open = [...this.#files.values()].filter(({ phase }) => phase !== "done");
    if (this.#files.size === 0) return "pending";
    return open.length > 0 && open.every(({ phase }) => phase === "verifying") ? "verifying" : "downloading";
  }
}
