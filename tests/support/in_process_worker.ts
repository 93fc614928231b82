/**
 * Workers without threads: the worker's own service in this thread, behind the same asynchronous, copying messages.
 *
 * @module
 */
import type {
  FromWorker,
  SpawnWorker,
  ToWorker,
  WorkerHandle,
  WorkerKind,
} from "../../core/download/worker_protocol.ts";
import { WorkerService } from "../../core/download/worker_service.ts";

/** What a test may do with messages on their way. */
export interface InProcessWorkerOptions {
  /** Whether a message reaches the worker: a worker that never sees a `cancel` is deaf. Default: all do. */
  readonly delivers?: (message: ToWorker, kind: WorkerKind) => boolean;
  /** Sees each message on its way to a worker. */
  readonly onMessage?: (message: ToWorker, worker: InProcessWorker) => void;
}

/** One stand-in for a thread. */
export interface InProcessWorker {
  readonly kind: WorkerKind;
  /** Whether it was ended, or ended by itself. */
  readonly ended: boolean;
  /** Dies as a thread does of an uncaught error: what it was doing stops without an answer. */
  crash(reason?: string): void;
}

/** A set of stand-ins; disposing ends those that still run. */
export interface InProcessWorkers extends Disposable {
  readonly spawnWorker: SpawnWorker;
  /** All that were ever started, oldest first. */
  readonly workers: readonly InProcessWorker[];
}

/** Messages go through here: later, and as copies, as between threads. */
function deliver<T>(message: T, receive: (copy: T) => void): void {
  const copy = structuredClone(message);
  queueMicrotask(() => receive(copy));
}

class Worker implements WorkerHandle, InProcessWorker {
  readonly kind: WorkerKind;
  ended = false;
  onMessage: (message: FromWorker) => void = () => {};
  onCrash: (reason: string) => void = () => {};
  readonly #options: InProcessWorkerOptions;
  readonly #service: WorkerService;

  constructor(kind: WorkerKind, options: InProcessWorkerOptions) {
    this.kind = kind;
    this.#options = options;
    this.#service = new WorkerService({
      post: (message) => {
        if (!this.ended) deliver(message, (copy) => this.ended || this.onMessage(copy));
      },
    });
  }

  postMessage(message: ToWorker): void {
    if (this.ended) return;
    deliver(message, (copy) => {
      if (this.ended) return;
      this.#options.onMessage?.(copy, this);
      if (this.ended || this.#options.delivers?.(copy, this.kind) === false) return;
      this.#service.receive(copy);
    });
  }

  terminate(): void {
    if (this.ended) return;
    this.ended = true;
    this.#service[Symbol.dispose]();
  }

  crash(reason = "Uncaught error"): void {
    if (this.ended) return;
    this.terminate();
    queueMicrotask(() => this.onCrash(reason));
  }
}

/** Makes workers that run in this thread. */
export function inProcessWorkers(options: InProcessWorkerOptions = {}): InProcessWorkers {
  const workers: Worker[] = [];
  return {
    workers,
    spawnWorker: (kind) => {
      const worker = new Worker(kind, options);
      workers.push(worker);
      return worker;
    },
    [Symbol.dispose]: () => {
      for (const worker of workers) worker.terminate();
    },
  };
}

/** Starts a worker in this thread; the pool that owns it ends it. */
export const spawnInProcessWorker: SpawnWorker = (kind, access) =>
  inProcessWorkers().spawnWorker(kind, access);
