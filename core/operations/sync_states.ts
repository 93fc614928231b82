/**
 * How the models of a manifest stand while it is synced: noted in the store at once, and written back to the file.
 *
 * @module
 */
import { type ErrorData, toErrorData } from "../base/errors.ts";
import { redactText } from "../base/redact.ts";
import type { DownloadEvent } from "../download/events.ts";
import type { Manifest, ManifestModel, ManifestStatus } from "../library/manifest.ts";
import type { ManifestEdit } from "../library/manifest_edit.ts";
import type { ManifestState, ManifestStates } from "../state/manifest_states.ts";
import { knownStates, type ManifestAccess, openStates, stateKey } from "./manifest_access.ts";

/** What is noted, and where. */
export interface SyncStatesOptions {
  /** Absolute; of the manifest. */
  readonly path: string;
  /** Those that are synced, by the names under which events and results have them. */
  readonly models: ReadonlyMap<string, ManifestModel>;
  /** Whether the file gets to know it, too. */
  readonly writeBack: boolean;
}

/** Notes how models stand. What cannot be noted is said once, and fails nothing. */
export class SyncStates {
  readonly #access: ManifestAccess;
  readonly #options: SyncStatesOptions;
  readonly #known: Map<string, ManifestState>;
  /** Those that are being fetched just now. */
  readonly #busy = new Set<string>();
  #work: Promise<void> = Promise.resolve();
  #store: Promise<ManifestStates> | undefined;
  #complained = false;

  private constructor(
    access: ManifestAccess,
    options: SyncStatesOptions,
    known: ReadonlyMap<string, ManifestState>,
  ) {
    this.#access = access;
    this.#options = options;
    this.#known = new Map(known);
  }

  /** Reads what is known. */
  static async open(access: ManifestAccess, options: SyncStatesOptions): Promise<SyncStates> {
    return new SyncStates(access, options, await knownStates(access, options.path));
  }

  /** What is known of a model. */
  get(model: ManifestModel): ManifestState | undefined {
    return this.#known.get(stateKey(model));
  }

  /** Takes an event in: a model of which a file has been begun is downloading. */
  see(event: DownloadEvent): void {
    if (event.type !== "started" || this.#busy.has(event.reference)) return;
    const model = this.#options.models.get(event.reference);
    if (model === undefined) return;
    this.#busy.add(event.reference);
    this.#note(model, "downloading", { writeBack: true });
  }

  /** Notes what became of a model. */
  finish(
    reference: string,
    outcome: { readonly error?: ErrorData | undefined; readonly checked: boolean },
  ): void {
    const model = this.#options.models.get(reference);
    if (model === undefined) return;
    this.#busy.delete(reference);
    const { error, checked } = outcome;
    this.#note(model, error === undefined ? "completed" : "failed", { error, checked });
  }

  /** What was being fetched when the sync was stopped, is to be fetched. */
  stop(): void {
    for (const reference of this.#busy) {
      const model = this.#options.models.get(reference);
      if (model !== undefined) this.#note(model, "pending");
    }
    this.#busy.clear();
  }

  /** Waits until everything is noted, and writes back what the file says otherwise. */
  async close(): Promise<void> {
    this.#writeBackLater();
    await this.#work;
  }

  #note(
    model: ManifestModel,
    status: ManifestStatus,
    more: {
      readonly error?: ErrorData | undefined;
      readonly checked?: boolean;
      readonly writeBack?: boolean;
    } = {},
  ): void {
    const key = stateKey(model);
    const before = this.#known.get(key);
    const now = new Date(this.#access.context.clock.now()).toISOString();
    const { error, checked = false, writeBack = false } = more;
    const checkedAt = checked ? now : before?.checkedAt;
    const state: ManifestState = {
      status,
      changedAt: before?.status === status ? before.changedAt : now,
      ...(checkedAt === undefined ? {} : { checkedAt }),
      ...(error === undefined ? {} : { error: { code: error.code, message: redactText(error.message) } }),
    };
    this.#known.set(key, state);
    this.#later(async () => {
      this.#store ??= openStates(this.#access, this.#options.path);
      await (await this.#store).set(key, state);
    });
    if (writeBack) this.#writeBackLater();
  }

  #writeBackLater(): void {
    if (!this.#options.writeBack) return;
    this.#later(async () => {
      const { path } = this.#options;
      const { manifest } = await this.#access.files.load(path);
      // Looked at first: what is right already needs no lock and no right to write.
      if (this.#edits(manifest).length === 0) return;
      await this.#access.files.change(path, (current) => this.#edits(current));
    });
  }

  /** The store wins over the file, for every model of which it knows something. */
  #edits({ models }: Manifest): ManifestEdit[] {
    return models.flatMap((model): ManifestEdit[] => {
      const status = this.#known.get(stateKey(model))?.status;
      if (status === undefined || status === model.status) return [];
      return [{ kind: "set", name: model.name, fields: { status } }];
    });
  }

  /** One after another, in the order in which it has become so. */
  #later(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error) => {
      if (this.#complained) return;
      this.#complained = true;
      const { message } = toErrorData(error);
      this.#access.context.notices.emit(
        `How the models of the manifest stand could not be noted: ${message}`,
      );
    });
  }
}
