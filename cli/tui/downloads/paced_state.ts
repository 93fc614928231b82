/**
 * A state that may change hundreds of times a second, told of a few times a second.
 *
 * @module
 */
import type { Clock } from "../../../core/base/clock.ts";
import { Notifier } from "../../../core/base/notifier.ts";

/** How often who listens is told, at most: as often as a person can follow. */
export const NOTIFY_EVERY_MS = 100;

/** A state, told of at most every {@link NOTIFY_EVERY_MS}; between that it stays the same object. */
export class PacedState<State> {
  readonly #build: (before: State) => State;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #changes = new Notifier<void>();
  #state: State;
  #isDirty = false;
  #isResting = false;

  /**
   * Begins with a state.
   *
   * @param build Makes the state anew; gives the earlier one back when nothing has changed.
   */
  constructor(
    initial: State,
    options: {
      readonly build: (before: State) => State;
      readonly clock: Clock;
      readonly signal: AbortSignal;
    },
  ) {
    this.#state = initial;
    this.#build = options.build;
    this.#clock = options.clock;
    this.#signal = options.signal;
  }

  /** The state as it was told last. */
  get(): State {
    return this.#state;
  }

  /** Listens until the returned function is called. */
  subscribe(listener: () => void): () => void {
    const subscription = this.#changes.subscribe(listener);
    return () => subscription[Symbol.dispose]();
  }

  /** Something has changed: it is told soon. */
  changed(): void {
    this.#isDirty = true;
    if (this.#isResting) return;
    this.flush();
    void this.#rest();
  }

  /** Tells of everything now. */
  flush(): void {
    this.#isDirty = false;
    const next = this.#build(this.#state);
    if (next === this.#state) return;
    this.#state = next;
    this.#changes.emit();
  }

  async #rest(): Promise<void> {
    this.#isResting = true;
    do {
      // At the end nobody waits any more; what is left is told.
      await this.#clock.sleep(NOTIFY_EVERY_MS, { signal: this.#signal }).catch(() => {});
      if (!this.#isDirty) break;
      this.flush();
    } while (!this.#signal.aborted);
    this.#isResting = false;
  }
}
