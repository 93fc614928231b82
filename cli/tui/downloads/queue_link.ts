/**
 * The link to the queue: works it here when somebody here wants that, else follows who works it.
 *
 * @module
 */
import type { Clock } from "../../../core/base/clock.ts";
import { isModelManagerError } from "../../../core/base/errors.ts";
import type { Queue, QueueEvent } from "../../../core/operations/model_manager.ts";

/** How often it is looked whether somebody works the queue, while nobody does. */
const LOOK_EVERY_MS = 1_000;

/** What a link is made of. */
export interface QueueLinkPorts {
  readonly clock: Clock;
  /** Aborted when the terminal UI ends. */
  readonly signal: AbortSignal;
  queue(): Promise<Queue>;
  /** Told of everything that happens to jobs. */
  onEvent(event: QueueEvent): void;
  /** Told who works the queue: another process, or `undefined` for this one. */
  onOwner(pid: number | undefined): void;
  /** Told that what was followed has ended, or that there was nobody. */
  onNobody(): void;
  /** Told that somebody has the queue and does not answer. */
  onSilent(): void;
  /** Told what went wrong. */
  onFailure(error: unknown): void;
}

interface Run {
  readonly isWork: boolean;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  /** Who works the queue; `undefined` before that is known. */
  owner: { readonly pid: number | undefined } | undefined;
}

/** The link of this process to the queue. */
export class QueueLink {
  readonly #ports: QueueLinkPorts;
  #run: Run | undefined;
  #isWanted = false;
  #wants = 0;
  #hasBegun = false;
  #idle: AbortController | undefined;

  constructor(ports: QueueLinkPorts) {
    this.#ports = ports;
  }

  /** How often it was wanted that the queue is worked: tells whether {@link rest} is still right. */
  get wants(): number {
    return this.#wants;
  }

  /** Whether this process works the queue, or is about to. */
  get isWorking(): boolean {
    const run = this.#run;
    if (run === undefined) return this.#isWanted;
    return run.isWork ? run.owner?.pid === undefined : this.#isWanted && run.owner === undefined;
  }

  /** Begins to look; from then on it goes on until the terminal UI ends. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    void this.#loop();
  }

  /** Works the queue until it is empty: now, or when the one that works it has ended and has left something. */
  want(): void {
    this.#isWanted = true;
    this.#wants++;
    this.begin();
    // Whom it follows already goes on; a look that has found nobody yet makes room.
    if (this.#run?.isWork === false && this.#run.owner === undefined) this.#run.stop.abort();
    this.#idle?.abort();
  }

  /** There is nothing to do: who works the queue later is followed, and not replaced. */
  rest(wants: number): void {
    if (wants === this.#wants) this.#isWanted = false;
  }

  /** Ends the work here. Who else works the queue is still followed. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    const run = this.#run;
    if (run?.isWork !== true) return;
    run.stop.abort();
    await run.ended;
  }

  async #loop(): Promise<void> {
    const { signal, clock } = this.#ports;
    while (!signal.aborted) {
      const ended = Promise.withResolvers<void>();
      const isWork = this.#isWanted;
      this.#isWanted = false;
      this.#run = { isWork, stop: new AbortController(), ended: ended.promise, owner: undefined };
      await this.#follow(this.#run);
      this.#run = undefined;
      ended.resolve();
      if (this.#isWanted || signal.aborted) continue;
      this.#idle = new AbortController();
      await clock.sleep(LOOK_EVERY_MS, { signal: AbortSignal.any([signal, this.#idle.signal]) }).catch(
        () => {},
      );
      this.#idle = undefined;
    }
  }

  async #follow(run: Run): Promise<void> {
    const { signal, queue, onEvent, onOwner, onNobody, onSilent, onFailure } = this.#ports;
    try {
      const events = (await queue()).run({
        signal: AbortSignal.any([signal, run.stop.signal]),
        takeOver: run.isWork,
        // Who only looks on does so for as long as somebody is there.
        stay: !run.isWork,
        onOwner: (pid) => {
          run.owner = { pid };
          onOwner(pid);
        },
      });
      for await (const event of events) onEvent(event);
    } catch (error) {
      if (signal.aborted) return;
      if (run.stop.signal.aborted) return onNobody();
      if (isModelManagerError(error) && error.code === "LOCKED") {
        if (run.isWork) onFailure(error);
        return onSilent();
      }
      onFailure(error);
    }
    onNobody();
  }
}
