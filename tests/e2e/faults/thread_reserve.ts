/**
 * Real worker threads that are used by one pool after another.
 *
 * @module
 */
import type { SpawnWorker, WorkerHandle, WorkerKind } from "../../../core/download/worker_protocol.ts";
import { spawnWorker } from "../../../workers/spawn.ts";

/** They serve one sandbox after another. */
const EVERYWHERE = { folders: ["/"] } as const;

/** Gives threads out, and takes them back when their pool ends them while they are idle. */
export class ThreadReserve implements Disposable {
  readonly #idle: { readonly kind: WorkerKind; readonly thread: WorkerHandle }[] = [];

  /** Starts a thread, or takes one that is idle. */
  readonly spawn: SpawnWorker = (kind) => {
    const index = this.#idle.findIndex((one) => one.kind === kind);
    const thread = index < 0
      ? spawnWorker(kind, EVERYWHERE)
      : this.#idle.splice(index, 1)[0]?.thread ?? spawnWorker(kind, EVERYWHERE);
    const running = new Set<number>();
    let ended = false;
    const handle: WorkerHandle = {
      onMessage: () => {},
      onCrash: () => {},
      postMessage: (message) => {
        if (message.type === "segment" || message.type === "hash") running.add(message.id);
        thread.postMessage(message);
      },
      terminate: () => {
        if (ended) return;
        ended = true;
        thread.onMessage = () => {};
        if (running.size > 0) thread.terminate();
        else this.#idle.push({ kind, thread });
      },
    };
    thread.onMessage = (message) => {
      if (/-done$|^failed$/.test(message.type)) running.delete(message.id);
      handle.onMessage(message);
    };
    thread.onCrash = (reason) => {
      running.add(-1);
      handle.onCrash(reason);
    };
    return handle;
  };

  /** Loads the code of the threads; where it was changed, that takes a compiler's time. */
  async warmUp(): Promise<void> {
    for (const kind of ["download", "hash"] as const) {
      const handle = this.spawn(kind, EVERYWHERE);
      const request = { path: "", sizeBytes: 0, algorithm: "sha256", pieceBytes: 0 } as const;
      // It has no counters yet, and says so.
      await new Promise<void>((resolve) => {
        handle.onMessage = () => resolve();
        handle.postMessage({ type: "hash", id: 0, slot: 0, request });
      });
      handle.terminate();
    }
  }

  [Symbol.dispose](): void {
    for (const { thread } of this.#idle.splice(0)) thread.terminate();
  }
}
