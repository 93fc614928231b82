/**
 * What the library's screen has under way: checks for updates, updates and a verification; none of them twice at once.
 *
 * @module
 */
import type { TuiContext } from "../context.ts";
import type { ScreenPorts } from "../screen.ts";
import type { Store } from "../store.ts";
import type { LibraryAction, LibraryState } from "./library_state.ts";
import { checkForUpdates, sayChecked, updateModel, verifyModel } from "./library_work.ts";

/** What is under way. */
export class LibraryTasks {
  readonly #store: Store<LibraryState, LibraryAction>;
  readonly #context: TuiContext;
  /** Reads the library again, after each. */
  readonly #read: () => Promise<void>;
  /** References that are being updated. */
  readonly #updating = new Set<string>();
  #verification: AbortController | undefined;
  #hasClaimedCheck = false;

  constructor({ store, context }: ScreenPorts<LibraryState, LibraryAction>, read: () => Promise<void>) {
    this.#store = store;
    this.#context = context;
    this.#read = read;
  }

  /** Asks the Hub about all models; says what it has found only to who has asked. */
  async check({ isAsked }: { readonly isAsked: boolean }): Promise<void> {
    if (this.#store.get().isChecking) return;
    this.#store.dispatch({ type: "checking", isChecking: true });
    try {
      const results = await checkForUpdates(this.#context);
      await this.#read();
      if (isAsked) sayChecked(this.#context, results);
    } finally {
      this.#store.dispatch({ type: "checking", isChecking: false });
    }
  }

  /** The same when the last check was long ago. Nobody has asked for it: what goes wrong changes nothing. */
  async checkWhenDue(): Promise<void> {
    if (this.#hasClaimedCheck) return;
    this.#hasClaimedCheck = true;
    try {
      const manager = await this.#context.manager();
      if (await manager.claimUpdateCheck()) await this.check({ isAsked: false });
    } catch {
      // Whoever asks next tries again.
    }
  }

  /** Whether a model is being updated. */
  isUpdating(reference: string): boolean {
    return this.#updating.has(reference);
  }

  /** Fetches what has changed of a model. */
  async update(reference: string): Promise<void> {
    if (this.#updating.has(reference)) {
      return this.#context.shell.say(`${reference} is being updated already`);
    }
    this.#updating.add(reference);
    try {
      await updateModel(this.#context, reference);
    } finally {
      this.#updating.delete(reference);
      if (!this.#context.signal.aborted) await this.#read();
    }
  }

  /** Hashes the files of a model again. */
  async verify(reference: string): Promise<void> {
    const { signal } = this.#context;
    const stop = this.#verification = new AbortController();
    const show = (receivedBytes: number, totalBytes: number): void =>
      this.#store.dispatch({ type: "verifying", verifying: { reference, receivedBytes, totalBytes } });
    show(0, 0);
    try {
      await verifyModel(this.#context, reference, {
        signal: AbortSignal.any([signal, stop.signal]),
        models: this.#store.get().models,
        onProgress: ({ receivedBytes, totalBytes }) => show(receivedBytes, totalBytes),
      });
    } finally {
      this.#store.dispatch({ type: "verifying", verifying: undefined });
      // What was found damaged is shown as that.
      if (!signal.aborted) await this.#read();
    }
  }

  /** Stops the verification. */
  stopVerifying(): void {
    this.#verification?.abort();
  }
}
