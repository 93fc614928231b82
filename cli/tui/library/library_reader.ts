/**
 * Keeps what the library's screen shows as it is on the disk and in the queue.
 *
 * @module
 */
import type { LibraryModel, ModelManager } from "../../../core/operations/model_manager.ts";
import type { TuiContext } from "../context.ts";
import { lookForDaemon } from "../daemon_fact.ts";
import { saysTheSame } from "../same_facts.ts";
import type { ScreenPorts } from "../screen.ts";
import type { Store } from "../store.ts";
import { type WhileShown, whileShown } from "../while_shown.ts";
import type { LibraryAction, LibraryState } from "./library_state.ts";
import { openJobs } from "./open_jobs.ts";

/** The daemon is looked for as often, and so is what other processes do to the library. */
const LOOK_EVERY_MS = 5_000;

/** What reads the library. */
export class LibraryReader {
  readonly #store: Store<LibraryState, LibraryAction>;
  readonly #context: TuiContext;
  readonly #around: WhileShown;
  #unsubscribe: (() => void) | undefined;
  /** Of the latest look at the library: what earlier ones find is old. */
  #lastRead = 0;
  /** Jobs and other runs, as of the last look. */
  #atWork = new Set<string>();

  constructor({ store, context }: ScreenPorts<LibraryState, LibraryAction>) {
    this.#store = store;
    this.#context = context;
    this.#around = whileShown(context, {
      everyMs: LOOK_EVERY_MS,
      look: async () => {
        await this.#look();
        await lookForDaemon(context, store);
      },
    });
  }

  /** Reads it, and goes on looking until {@link stop}. */
  async begin(): Promise<void> {
    const { downloads, shell } = this.#context;
    if (this.#around.begin()) {
      this.#unsubscribe = downloads.subscribe(() => this.#takeJobs());
      lookForDaemon(this.#context, this.#store).catch(shell.fail);
    }
    this.#takeJobs();
    await this.read();
  }

  /** Looks no more. */
  stop(): void {
    this.#around.end();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  /** Reads it now. @throws what stands in the way; what was shown before stays. */
  async read(): Promise<void> {
    const request = ++this.#lastRead;
    const { manager, models } = await this.#list().catch((error) => {
      this.#store.dispatch({ type: "failed" });
      throw error;
    });
    if (request !== this.#lastRead) return;
    this.#store.dispatch({ type: "listed", models });
    const space = await manager.space();
    if (request !== this.#lastRead) return;
    this.#store.dispatch({ type: "space", space });
    // Only now it is known which jobs are for this library.
    this.#takeJobs();
  }

  async #list(): Promise<{ readonly manager: ModelManager; readonly models: readonly LibraryModel[] }> {
    const manager = await this.#context.manager();
    return { manager, models: await manager.list() };
  }

  #takeJobs(): void {
    const { downloads, shell } = this.#context;
    const state = downloads.get();
    const jobs = openJobs(state, this.#store.get().space?.modelsDir);
    this.#store.dispatch({ type: "jobs", jobs });
    const running = state.activities.filter(({ ended }) => ended === undefined);
    const now = new Set([...jobs, ...running].map(({ id }) => id));
    const hasEnded = [...this.#atWork].some((id) => !now.has(id));
    this.#atWork = now;
    if (hasEnded) this.read().catch(shell.fail);
  }

  /** Looks for what somebody does of whom the queue knows nothing, such as `mm pull` elsewhere; nobody has asked. */
  async #look(): Promise<void> {
    const request = this.#lastRead;
    try {
      const { models } = await this.#list();
      const { isLoaded, models: before } = this.#store.get();
      if (request === this.#lastRead && isLoaded && !saysTheSame(models, before)) await this.read();
    } catch {
      // What was shown before stays, and what cannot be read is said to who asks.
    }
  }
}
