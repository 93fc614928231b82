/**
 * Workers on loan: starts them when they are first needed, hands out work, replaces the dead.
 *
 * @module
 */
import { dirname } from "node:path";
import { cancelledError } from "../base/errors.ts";
import { missingRightHints, readMissingRight, REQUIRES_ALL } from "../base/missing_right.ts";
import { FolderSet } from "./folder_set.ts";
import { TransferSlots } from "./transfer_slots.ts";
import {
  type FromWorker,
  type HashRequest,
  type HashResult,
  type SegmentReply,
  type SegmentRequest,
  type SegmentResult,
  type SpawnWorker,
  type ToWorker,
  TransferError,
  type TransferFailure,
  type WorkerHandle,
  type WorkerKind,
} from "./worker_protocol.ts";

const DEFAULT_CANCEL_GRACE_MS = 2_000;
const DEFAULT_IDLE_MS = 2_000;

/** How a pool is made. */
export interface WorkerPoolOptions {
  readonly spawnWorker: SpawnWorker;
  /** Threads that fetch. */
  readonly downloadWorkers: number;
  /** Threads that hash. */
  readonly hashWorkers: number;
  /** Idle connections a thread keeps to one host. */
  readonly connections: number;
  /** Where downloads are known to go, absolute; others are found out. @default {none} */
  readonly folders?: readonly string[];
  /** How long a worker may take to answer a cancel before it counts as dead. @default {2000} */
  readonly cancelGraceMs?: number;
  /**
   * How long threads wait for more work when there is none for any of them. A thread keeps its process from ending, and
   * starting another one takes some milliseconds.
   *
   * @default {2000}
   */
  readonly idleMs?: number;
}

interface Job {
  readonly worker: PooledWorker;
  readonly slot: number;
  readonly onReply: ((reply: SegmentReply) => void) | undefined;
  readonly onDiffers: ((piece: number) => Promise<void> | void) | undefined;
  readonly resolve: (result: SegmentResult | HashResult) => void;
  readonly reject: (error: TransferError) => void;
}

interface PooledWorker {
  readonly kind: WorkerKind;
  readonly handle: WorkerHandle;
  /** Where it can write; `undefined` is everywhere. */
  readonly folders: FolderSet | undefined;
  jobs: number;
  /** It gets no more work: another one, with more folders, has taken its place. */
  isReplaced: boolean;
}

type Work = ToWorker & { readonly type: "segment" | "hash" };

/** How one piece of work is done. */
export interface PoolCallOptions {
  /** A leased slot of {@link WorkerPool.slots}. */
  readonly slot: number;
  readonly signal: AbortSignal;
  /** Told what the server says of the file, before its bytes come. */
  readonly onReply?: ((reply: SegmentReply) => void) | undefined;
  /**
   * Told the first piece that is not as expected; with a spare file each such piece, and when the promise resolves,
   * the piece is read from there.
   */
  readonly onDiffers?: ((piece: number) => Promise<void> | void) | undefined;
  /** How many threads of the kind may be at work for calls like this. @default {as many as the pool is made for} */
  readonly threads?: number | undefined;
}

/** A set of workers. Disposing ends their threads at once; those that have nothing to do for a while end, too. */
export class WorkerPool implements Disposable {
  /** The counters that all workers of the pool share. */
  readonly slots: TransferSlots = new TransferSlots();
  readonly #options: WorkerPoolOptions;
  readonly #workers: PooledWorker[] = [];
  readonly #jobs = new Map<number, Job>();
  #folders: FolderSet;
  /** Some files are where only who has all rights may go. */
  #needsAll = false;
  #nextId = 1;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#folders = new FolderSet(options.folders ?? []);
  }

  /**
   * Names a folder that downloads will go to. Without it they go there, too; a thread that was started for other
   * folders is then replaced, once for each folder of a file.
   *
   * @param folder Absolute.
   */
  admit(folder: string): void {
    this.#folders = this.#folders.with(folder);
  }

  /** Starts the threads that bulk transfers need while there is still time, before the first request is known. */
  warmUp(kinds: readonly WorkerKind[] = ["download", "hash"]): void {
    for (const kind of kinds) {
      while (this.#count(kind) < this.#limit(kind)) this.#spawn(kind);
    }
    this.#rest();
  }

  /** Fetches a segment in some worker. @throws {TransferError} */
  fetchSegment(request: SegmentRequest, options: PoolCallOptions): Promise<SegmentResult> {
    return this.#call(
      "download",
      { type: "segment", id: this.#nextId++, slot: options.slot, request },
      options,
    );
  }

  /** Hashes a file in some worker. @throws {TransferError} */
  hashFile(request: HashRequest, options: PoolCallOptions): Promise<HashResult> {
    return this.#call("hash", { type: "hash", id: this.#nextId++, slot: options.slot, request }, options);
  }

  #limit(kind: WorkerKind): number {
    return kind === "download" ? this.#options.downloadWorkers : this.#options.hashWorkers;
  }

  #count(kind: WorkerKind): number {
    return this.#ready(kind).length;
  }

  #spawn(kind: WorkerKind): PooledWorker {
    const folders = this.#folders;
    const handle = this.#options.spawnWorker(kind, { folders: folders.list, needsAll: this.#needsAll });
    const isConfined = handle.isConfined === true;
    const worker = { kind, handle, folders: isConfined ? folders : undefined, jobs: 0, isReplaced: false };
    handle.onMessage = (message) => this.#settle(message);
    handle.onCrash = (reason) => this.#bury(worker, reason);
    handle.postMessage({ type: "open", slots: this.slots.buffer, connections: this.#options.connections });
    this.#workers.push(worker);
    return worker;
  }

  /** Those that take work. */
  #ready(kind: WorkerKind): PooledWorker[] {
    return this.#workers.filter((worker) => worker.kind === kind && !worker.isReplaced);
  }

  #pick(kind: WorkerKind, { limit, path }: { readonly limit: number; readonly path: string }): PooledWorker {
    if (kind === "download") this.#admitFile(path);
    const idlest = this.#ready(kind).sort((a, b) => a.jobs - b.jobs)[0];
    if (idlest === undefined || (idlest.jobs > 0 && this.#count(kind) < limit)) {
      return this.#spawn(kind);
    }
    return idlest;
  }

  /** Takes the threads that cannot reach a file from their work, as soon as they have done what they are at. */
  #admitFile(path: string): void {
    if (!this.#folders.contains(path)) this.admit(dirname(path));
    for (const worker of this.#ready("download")) {
      if (worker.folders?.contains(path) === false) this.#replace(worker);
    }
  }

  #replace(worker: PooledWorker): void {
    worker.isReplaced = true;
    this.#endReplaced(worker);
  }

  /** From now on threads have the rights of the process. */
  #giveAll(): void {
    if (this.#needsAll) return;
    this.#needsAll = true;
    for (const worker of [...this.#workers]) this.#replace(worker);
  }

  /** Ends the threads when no work comes for a while. */
  #rest(): void {
    clearTimeout(this.#idleTimer);
    if (this.#workers.some(({ jobs }) => jobs > 0)) return;
    const { idleMs = DEFAULT_IDLE_MS } = this.#options;
    this.#idleTimer = setTimeout(() => this.#endAll("There is no work for it"), idleMs);
  }

  #endReplaced(worker: PooledWorker): void {
    if (worker.isReplaced && worker.jobs === 0) this.#bury(worker, "Another one has taken its place");
  }

  async #call<T extends SegmentResult | HashResult>(
    kind: WorkerKind,
    message: Work,
    options: PoolCallOptions,
  ): Promise<T> {
    const hadAll = this.#needsAll;
    try {
      return await this.#attempt<T>(kind, message, options);
    } catch (error) {
      if (hadAll || !wantsAllRights(error)) throw error;
      this.#giveAll();
      return await this.#attempt<T>(kind, { ...message, id: this.#nextId++ }, options);
    }
  }

  async #attempt<T extends SegmentResult | HashResult>(
    kind: WorkerKind,
    message: Work,
    { slot, signal, onReply, onDiffers, threads }: PoolCallOptions,
  ): Promise<T> {
    if (signal.aborted) throw new TransferError(cancelledFailure(signal.reason));
    const { path } = message.request;
    const worker = this.#pick(kind, { limit: threads ?? this.#limit(kind), path });
    worker.jobs++;
    clearTimeout(this.#idleTimer);
    const { id } = message;
    let graceTimer: ReturnType<typeof setTimeout> | undefined;
    const cancel = () => {
      worker.handle.postMessage({ type: "cancel", id });
      const { cancelGraceMs = DEFAULT_CANCEL_GRACE_MS } = this.#options;
      graceTimer = setTimeout(() => this.#bury(worker, "It did not answer a cancel"), cancelGraceMs);
    };
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await new Promise<SegmentResult | HashResult>((resolve, reject) => {
        this.#jobs.set(id, { worker, slot, onReply, onDiffers, resolve, reject });
        worker.handle.postMessage(message);
      }) as T;
    } finally {
      signal.removeEventListener("abort", cancel);
      clearTimeout(graceTimer);
      worker.jobs--;
      this.#endReplaced(worker);
      if (this.#workers.length > 0) this.#rest();
    }
  }

  #settle(message: FromWorker): void {
    const job = this.#jobs.get(message.id);
    if (job === undefined) return;
    if (message.type === "replied") return job.onReply?.(message.reply);
    if (message.type === "hash-differs") return void this.#supply(message, job);
    this.#jobs.delete(message.id);
    if (message.type === "failed") job.reject(new TransferError(message.failure));
    else job.resolve(message.result);
  }

  /** Who cannot supply the piece cancels the hash. */
  async #supply({ id, piece }: FromWorker & { readonly type: "hash-differs" }, job: Job): Promise<void> {
    try {
      await job.onDiffers?.(piece);
    } catch {
      return;
    }
    if (this.#jobs.get(id) === job) job.worker.handle.postMessage({ type: "hash-spare", id });
  }

  /** Ends a worker that is dead or deaf; what it was doing fails, and the next call starts a new one. */
  #bury(worker: PooledWorker, reason: string): void {
    const index = this.#workers.indexOf(worker);
    if (index < 0) return;
    this.#workers.splice(index, 1);
    worker.handle.terminate();
    for (const [id, job] of this.#jobs) {
      if (job.worker !== worker) continue;
      this.#jobs.delete(id);
      // A thread ends only when it next waits for something: it may still come to count one more write.
      this.slots.distrust(job.slot);
      job.reject(new TransferError(endFailure(worker.kind, reason)));
    }
  }

  #endAll(reason: string): void {
    for (const worker of [...this.#workers]) this.#bury(worker, reason);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#idleTimer);
    this.#endAll("The program is ending");
  }
}

/**
 * Deno lets only who has all rights open what lies in `/dev`, such as the RAM disk `/dev/shm`, or leads there: a thread
 * with fewer rights than the process is in its way then.
 */
function wantsAllRights(error: unknown): boolean {
  if (!(error instanceof TransferError)) return false;
  const { code, causes } = error.failure.error;
  return code === "PERMISSION_ERROR" && causes.some((cause) => cause.startsWith(REQUIRES_ALL));
}

/** What ended a worker; one that may not even be loaded would end again. */
function endFailure(kind: WorkerKind, reason: string): TransferFailure {
  const message = `A ${kind} worker ended: ${reason}`;
  const right = readMissingRight(reason);
  if (right === undefined) {
    return { kind: "crashed", error: { code: "FAILED", message, hints: [], causes: [] } };
  }
  const hints = missingRightHints(right);
  return { kind: "denied", error: { code: "PERMISSION_ERROR", message, hints, causes: [] } };
}

function cancelledFailure(reason: unknown): TransferFailure {
  const error = cancelledError(reason);
  return { kind: "cancelled", error: { code: "CANCELLED", message: error.message, hints: [], causes: [] } };
}
