/**
 * What the library's screen does.
 *
 * @module
 */
import { formatReference } from "../../../core/base/reference.ts";
import type { LibraryModel, ModelManager } from "../../../core/operations/model_manager.ts";
import type { TuiContext } from "../context.ts";
import type { ScreenController, ScreenPorts } from "../screen.ts";
import type { Store } from "../store.ts";
import type { CursorMove } from "../widgets/list_cursor.ts";
import { listRoom } from "../widgets/list_room.ts";
import { findDaemonFact, isSameDaemon } from "./daemon_fact.ts";
import type { LibraryCommand } from "./library_keys.ts";
import type { LibraryRow } from "./library_rows.ts";
import { type LibraryAction, type LibraryState, selectedRow } from "./library_state.ts";
import {
  checkForUpdates,
  deleteModel,
  sayChecked,
  togglePin,
  updateModel,
  verifyModel,
} from "./library_work.ts";
import { openJobs } from "./open_jobs.ts";

/** The daemon is looked for as often, and so is what other processes do to the library. */
const LOOK_EVERY_MS = 5_000;
/** A large library on a slow disk is looked at less often: for this part of the time at most. */
const LOOK_SHARE = 0.05;
/** Lines of the screen that are no rows of the list. */
const OTHER_LINES = 10;

/**
 * The revision that a model was asked for by. What was begun and is not registered knows only its commit: whoever went
 * on with that would pin what nobody wanted pinned. The job that fetches it knows better, if there is one.
 */
function revisionOf({ model, job }: LibraryRow): string | undefined {
  if (model === undefined || job !== undefined) return job?.target.revision;
  const { status, revision, commit } = model;
  if (status === "downloading" && revision === commit) return undefined;
  return ["", "main", "unknown"].includes(revision) ? undefined : revision;
}

/** What the Hub is asked for: the model as it was pulled. */
function referenceOf(row: LibraryRow): string {
  const { repo, reference, label, model } = row;
  if (model === undefined) return reference;
  return formatReference({ repo, revision: revisionOf(row), selector: label === "" ? undefined : label });
}

function isSameList(a: readonly LibraryModel[], b: readonly LibraryModel[]): boolean {
  return a.length === b.length && JSON.stringify(a) === JSON.stringify(b);
}

function withoutLast(text: string): string {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment).slice(0, -1).join("");
}

/** The controller. */
export class LibraryController implements ScreenController<LibraryCommand> {
  readonly #store: Store<LibraryState, LibraryAction>;
  readonly #context: TuiContext;
  /** References that are being updated. */
  readonly #updating = new Set<string>();
  /** Ends with what is done only while the library is shown. */
  #shown: AbortController | undefined;
  #unsubscribe: (() => void) | undefined;
  #verification: AbortController | undefined;
  /** Of the latest look at the library: what earlier ones find is old. */
  #lastRead = 0;
  #hasClaimedCheck = false;
  /** Jobs and other runs, as of the last look. */
  #atWork = new Set<string>();

  constructor({ store, context }: ScreenPorts<LibraryState, LibraryAction>) {
    this.#store = store;
    this.#context = context;
  }

  async enter(): Promise<void> {
    const { downloads, signal, shell } = this.#context;
    if (this.#shown === undefined) {
      this.#shown = new AbortController();
      this.#unsubscribe = downloads.subscribe(() => this.#takeJobs());
      this.#lookAround(AbortSignal.any([signal, this.#shown.signal])).catch(shell.fail);
    }
    this.#takeJobs();
    await this.#read();
    await this.#checkWhenDue();
  }

  leave(): void {
    this.#shown?.abort();
    this.#unsubscribe?.();
    this.#shown = this.#unsubscribe = undefined;
    this.#setFiltering(false);
  }

  async perform(command: LibraryCommand): Promise<void> {
    switch (command) {
      case "up":
      case "down":
      case "pageup":
      case "pagedown":
      case "home":
      case "end":
        return this.#move(command);
      case "search":
        return this.#context.shell.open("search");
      case "refresh":
        await this.#read();
        return await this.#check({ isAsked: true });
      case "sort":
        return this.#store.dispatch({ type: "sorted" });
      case "filter":
        return this.#setFiltering(true);
      case "filterDone":
        return this.#setFiltering(false);
      case "filterBackspace":
        return this.#setFilter(withoutLast(this.#store.get().filter));
      case "filterErase":
        return this.#setFilter("");
      case "filterClear":
        this.#setFilter("");
        return this.#setFiltering(false);
      case "stopVerifying":
        return this.#verification?.abort();
      default:
        return await this.#act(command);
    }
  }

  type(text: string): void {
    this.#setFilter(this.#store.get().filter + text);
  }

  select(index: number): void {
    this.#store.dispatch({ type: "placed", index, rows: listRoom(this.#context, OTHER_LINES) });
  }

  #move(move: CursorMove): void {
    this.#store.dispatch({ type: "moved", move, rows: listRoom(this.#context, OTHER_LINES) });
  }

  #setFilter(filter: string): void {
    this.#store.dispatch({ type: "filtered", filter });
  }

  #setFiltering(isFiltering: boolean): void {
    this.#store.dispatch({ type: "filtering", isFiltering });
  }

  /** Does something to the model of the cursor. */
  async #act(command: "details" | "update" | "verify" | "delete" | "pin"): Promise<void> {
    const row = selectedRow(this.#store.get());
    if (row === undefined) return;
    const { reference, model } = row;
    if (command === "details") return this.#context.shell.open("details", referenceOf(row));
    if (model === undefined) return;
    if (command === "update") return await this.#update(reference);
    if (command === "verify") return await this.#verify(reference);
    if (command === "delete") {
      // Its data is in use: what would be asked could not be done.
      if (row.job?.status === "downloading") {
        return this.#context.shell.say(`${reference} is being downloaded: cancel that first`, [
          "Cancel the download: press 3, then C",
        ]);
      }
      if (this.#updating.has(reference)) {
        return this.#context.shell.say(`${reference} is being updated: stop that first`, [
          "Stop the update: press 3, then C",
        ]);
      }
      if (await deleteModel(this.#context, reference)) await this.#read();
      return;
    }
    await togglePin(this.#context, { reference, pinned: model.pinned });
    await this.#read();
  }

  async #read(): Promise<void> {
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
    if (hasEnded) this.#read().catch(shell.fail);
  }

  /** Looks for the daemon, and for what somebody does of whom the queue knows nothing, such as `mm pull` elsewhere. */
  async #lookAround(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    let tookMs = 0;
    while (!signal.aborted) {
      const daemon = await findDaemonFact(this.#context);
      if (signal.aborted) return;
      if (!isSameDaemon(daemon, this.#store.get().daemon)) this.#store.dispatch({ type: "daemon", daemon });
      await clock.sleep(Math.max(LOOK_EVERY_MS, tookMs / LOOK_SHARE), { signal }).catch(() => {});
      if (signal.aborted) return;
      const startMs = clock.monotonic();
      await this.#look();
      tookMs = clock.monotonic() - startMs;
    }
  }

  /** Nobody has asked for it: what cannot be read is said to who asks. */
  async #look(): Promise<void> {
    const request = this.#lastRead;
    try {
      const { models } = await this.#list();
      const before = this.#store.get();
      if (request === this.#lastRead && before.isLoaded && !isSameList(models, before.models)) {
        await this.#read();
      }
    } catch {
      // What was shown before stays.
    }
  }

  async #check({ isAsked }: { readonly isAsked: boolean }): Promise<void> {
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

  /** Nobody has asked for it: what goes wrong changes nothing. */
  async #checkWhenDue(): Promise<void> {
    if (this.#hasClaimedCheck) return;
    this.#hasClaimedCheck = true;
    try {
      const manager = await this.#context.manager();
      if (await manager.claimUpdateCheck()) await this.#check({ isAsked: false });
    } catch {
      // Whoever asks next tries again.
    }
  }

  async #update(reference: string): Promise<void> {
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

  async #verify(reference: string): Promise<void> {
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
}
