/**
 * The worker's side of the protocol: turns messages into work and answers with results or failures, never with an
 * exception. It runs in a thread (`workers/`) and, in tests, in the same one.
 *
 * @module
 */
import { cancelledError, toErrorData } from "../base/errors.ts";
import { type ProxyRules, proxyRules } from "../http/proxy.ts";
import { openTransferClient, type TransferClient } from "../platform/transfer_client.ts";
import { followHash } from "./hash_follow.ts";
import { transferSegment } from "./segment_transfer.ts";
import { TransferSlots } from "./transfer_slots.ts";
import { type FromWorker, type ToWorker, TransferError, type TransferFailure } from "./worker_protocol.ts";

/** What a service is given by the thread it runs in. */
export interface WorkerServiceOptions {
  readonly post: (message: FromWorker) => void;
  /** Which proxies the thread's requests go through, for errors. @default {none} */
  readonly proxyFor?: ProxyRules | undefined;
  /** What bytes are fetched with. @default {a client of its own, with a connection for each range} */
  readonly fetch?: TransferClient["fetch"] | undefined;
}

/** Does what the messages say, several jobs at once. */
export class WorkerService implements Disposable {
  readonly #post: (message: FromWorker) => void;
  #proxyFor: ProxyRules | undefined;
  readonly #fetch: TransferClient["fetch"] | undefined;
  readonly #running = new Map<number, AbortController>();
  /** Hashes that wait for a piece: how to let them go on. */
  readonly #waiting = new Map<number, () => void>();
  #slots: TransferSlots | undefined;
  #client: TransferClient | undefined;

  constructor(options: WorkerServiceOptions) {
    this.#post = options.post;
    this.#proxyFor = options.proxyFor;
    this.#fetch = options.fetch;
  }

  /** Takes one message from the main thread. */
  receive(message: ToWorker): void {
    switch (message.type) {
      case "open":
        this.#slots = new TransferSlots(message.slots);
        this.#client?.[Symbol.dispose]();
        this.#client = this.#openClient(message);
        break;
      case "cancel":
        this.#running.get(message.id)?.abort();
        break;
      case "hash-spare":
        this.#waiting.get(message.id)?.();
        break;
      default:
        this.#run(message);
    }
  }

  #openClient({ connections, surroundings }: ToWorker & { type: "open" }): TransferClient {
    const fetch = this.#fetch;
    // Where a fetch of somebody else's goes through is not ours to know.
    if (fetch !== undefined) return { fetch, [Symbol.dispose]: () => {} };
    if (surroundings !== undefined) this.#proxyFor = proxyRules(surroundings.variables);
    return openTransferClient({ connections, certificates: surroundings?.certificates });
  }

  async #run(message: ToWorker & { type: "segment" | "hash" }): Promise<void> {
    const controller = new AbortController();
    const { id, slot } = message;
    this.#running.set(id, controller);
    try {
      const slots = this.#slots;
      const client = this.#client;
      if (slots === undefined || client === undefined) throw new Error("The worker was not opened");
      const options = { slots, slot, signal: controller.signal };
      if (message.type === "segment") {
        const result = await transferSegment(message.request, {
          ...options,
          fetch: client.fetch,
          proxyFor: this.#proxyFor,
          onReply: (reply) => this.#post({ type: "replied", id, reply }),
        });
        this.#post({ type: "segment-done", id, result });
      } else {
        const differs = (piece: number) => this.#differs(id, piece);
        this.#post({
          type: "hash-done",
          id,
          result: await followHash(message.request, { ...options, differs }),
        });
      }
    } catch (error) {
      this.#post({ type: "failed", id, failure: toFailure(error, controller.signal) });
    } finally {
      this.#running.delete(id);
      this.#waiting.delete(id);
    }
  }

  /** Tells of a piece, and waits for the word that it is in the spare file. */
  #differs(id: number, piece: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(id, resolve);
    this.#post({ type: "hash-differs", id, piece });
    return promise;
  }

  [Symbol.dispose](): void {
    for (const controller of this.#running.values()) controller.abort();
    this.#client?.[Symbol.dispose]();
  }
}

/** Whatever the runtime throws of what was cut off, it is no failure of the disk. */
function toFailure(error: unknown, signal: AbortSignal): TransferFailure {
  if (error instanceof TransferError) return error.failure;
  const data = toErrorData(signal.aborted ? cancelledError(signal.reason) : error);
  return { kind: data.code === "CANCELLED" ? "cancelled" : "disk", error: data };
}
