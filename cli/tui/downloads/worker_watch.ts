/**
 * Who works the queue, as far as that is known.
 *
 * @module
 */
import { placesOf } from "../../daemon_room.ts";
import type { TuiContext } from "../context.ts";
import type { QueueWorker } from "./downloads_state.ts";

/** Who works the queue. */
export class WorkerWatch {
  readonly #context: Pick<TuiContext, "session" | "clock" | "manager">;
  readonly #onChange: () => void;
  #worker: QueueWorker = { kind: "nobody" };
  /** What was heard last counts, whatever takes longer to find out. */
  #heard = 0;

  constructor(context: Pick<TuiContext, "session" | "clock" | "manager">, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  /** As of now; the same object until it changes. */
  get worker(): QueueWorker {
    return this.#worker;
  }

  /** Another process works it, or, with `undefined`, this one. */
  async setOwner(pid: number | undefined): Promise<void> {
    const heard = ++this.#heard;
    if (pid === undefined) return this.#set({ kind: "here" });
    const isDaemon = await this.#isDaemon(pid);
    if (heard === this.#heard) this.#set({ kind: "other", pid, isDaemon });
  }

  /** Nobody does. */
  setNobody(): void {
    this.#heard++;
    this.#set({ kind: "nobody" });
  }

  /** Somebody has it, and does not answer. */
  async setSilent(): Promise<void> {
    const heard = ++this.#heard;
    const owner = await (await this.#context.manager()).queue.silentOwner();
    const isDaemon = owner !== undefined && await this.#isDaemon(owner.pid);
    if (heard !== this.#heard) return;
    if (owner === undefined) return this.#set({ kind: "nobody" });
    this.#set({ kind: "other", pid: owner.pid, isDaemon, isSilent: true });
  }

  #set(worker: QueueWorker): void {
    if (JSON.stringify(worker) === JSON.stringify(this.#worker)) return;
    this.#worker = worker;
    this.#onChange();
  }

  async #isDaemon(pid: number): Promise<boolean> {
    try {
      const { room, places } = await placesOf(this.#context.session);
      return (await room.findDaemon(places, this.#context.clock))?.pid === pid;
    } catch {
      // It is some process then.
      return false;
    }
  }
}
