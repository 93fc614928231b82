/**
 * Workers that fetch in the calling thread, through a given `fetch`: a function cannot be handed to another thread.
 *
 * @module
 */
import type { TransferClient } from "../platform/transfer_client.ts";
import type { FromWorker, SpawnWorker, ToWorker, WorkerHandle } from "./worker_protocol.ts";

/** What bytes are fetched with. */
export type BytesFetch = TransferClient["fetch"];

/**
 * Makes the starter of workers that go through `fetch`. They share the thread of the caller, which costs speed and
 * makes it slower to answer; hashing stays in threads.
 *
 * @param spawnThread Starts everything but what fetches.
 */
export function fetchThrough(fetch: BytesFetch, spawnThread: SpawnWorker): SpawnWorker {
  return (kind, access) => kind === "download" ? new FetchWorker(fetch) : spawnThread(kind, access);
}

/** The part of the worker's service that is used here. */
interface Service extends Disposable {
  receive(message: ToWorker): void;
}

/** One worker in this thread. Messages go later, as between threads, and in their order. */
class FetchWorker implements WorkerHandle {
  onMessage: (message: FromWorker) => void = () => {};
  onCrash: (reason: string) => void = () => {};
  readonly #service: Promise<Service>;
  #isEnded = false;

  constructor(fetch: BytesFetch) {
    this.#service = this.#start(fetch);
    this.#service.catch((error: unknown) => {
      if (!this.#isEnded) this.onCrash(error instanceof Error ? error.message : String(error));
    });
  }

  async #start(fetch: BytesFetch): Promise<Service> {
    // Loaded only then: everybody else's bytes are fetched in threads.
    const { WorkerService } = await import("./worker_service.ts");
    const post = (message: FromWorker): void => {
      queueMicrotask(() => {
        if (!this.#isEnded) this.onMessage(message);
      });
    };
    return new WorkerService({ post, fetch });
  }

  postMessage(message: ToWorker): void {
    this.#service.then((service) => {
      if (!this.#isEnded) service.receive(message);
    }, () => {});
  }

  terminate(): void {
    this.#isEnded = true;
    this.#service.then((service) => service[Symbol.dispose](), () => {});
  }
}
