/**
 * Where an update puts its files: beside the old ones, until all of them are proved.
 *
 * @module
 */
import { dirname } from "node:path";
import { toErrorData } from "../base/errors.ts";
import { removeJournal } from "../download/journal_keeper.ts";
import { isWholeFile } from "../download/segment_plan.ts";
import type { ModelInfo, RepoFile } from "../hub/model.ts";
import type { Comparison } from "../library/compare_upstream.ts";
import { stagedPaths } from "../library/layout.ts";
import type { ModelEntry } from "../library/model_entry.ts";
import type { ReplacedRemoval } from "../library/replaced_files.ts";
import { checkPlace, publishFile, type PublishOptions } from "../library/publish.ts";
import { removeFile, syncDirectory } from "../platform/directory.ts";
import type { OperationContext } from "./context.ts";
import { DelegatingTarget } from "./delegating_target.ts";
import { type PulledFile, pullTarget, toProved } from "./pull_target.ts";

/** What a model is to become. */
export interface WantedUpdate {
  readonly entry: ModelEntry;
  readonly info: ModelInfo;
  readonly comparison: Comparison<RepoFile>;
  /** What the model follows from now on. */
  readonly revision: string;
}

/** A proved file that waits for the others of its model. */
interface HeldFile {
  readonly path: string;
  readonly stagedPath: string;
  readonly how: PublishOptions;
}

/**
 * The library, for an update of one model: files that are proved wait for the others, and take the places of the old
 * ones together, so that a model is never made of two versions. What waits is found by the next run when this one is
 * cut.
 */
export class UpdateTarget extends DelegatingTarget {
  readonly #context: OperationContext;
  readonly #wanted: WantedUpdate;
  #held: HeldFile[] = [];
  #removal: ReplacedRemoval | undefined;

  constructor(context: OperationContext, wanted: WantedUpdate) {
    // A model stays in its folder although its repository has another name now: others know it by that.
    const info = { ...wanted.info, repo: wanted.entry.metadata.repo };
    super(pullTarget(context, { info, to: undefined }));
    this.#context = context;
    this.#wanted = wanted;
  }

  /** What has become of old weights; `undefined` when there were none, or they could not be deleted. */
  get removal(): ReplacedRemoval | undefined {
    return this.#removal;
  }

  /** Large files that have the same contents share what is gathered of them: they cannot wait. */
  override holds(path: string): boolean {
    const { digest, sizeBytes = 0 } = this.#changed(path) ?? {};
    if (isWholeFile(sizeBytes)) return true;
    return this.#wanted.comparison.changed.filter((file) => file.digest?.hex === digest?.hex).length === 1;
  }

  #changed(path: string): RepoFile | undefined {
    return this.#wanted.comparison.changed.find((file) => file.path === path);
  }

  override async publish(
    path: string,
    options: PublishOptions & { readonly stagedPath: string },
  ): Promise<string> {
    if (!this.holds(path)) return await super.publish(path, options);
    const { stagedPath, ...how } = options;
    this.#held.push({ path, stagedPath, how });
    return this.pathOf(path);
  }

  override async register(files: readonly PulledFile[]): Promise<void> {
    await this.#replaceAll();
    const { entry, info, comparison, revision } = this.#wanted;
    await this.#context.library.recordUpdate({
      modelId: entry.modelId,
      repo: entry.metadata.repo,
      revision,
      commit: info.commit,
      files: files.map(toProved),
      same: comparison.same,
    });
    await this.#removeReplaced();
  }

  /** The new ones are in place and recorded: that old ones are left over fails nothing, and the next update tries again. */
  async #removeReplaced(): Promise<void> {
    const { entry: { modelId }, comparison: { replaced: paths } } = this.#wanted;
    if (paths.length === 0) return;
    const { library, notices } = this.#context;
    try {
      this.#removal = await library.removeReplaced({ modelId, paths });
    } catch (error) {
      notices.emit(`Old weights of "${modelId}" could not be removed: ${toErrorData(error).message}`);
    }
  }

  /** Gives up: what waits stays for the next run, but for small files, which nobody would find. */
  async release(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    for (const { path, stagedPath } of held) {
      if (isWholeFile(this.#changed(path)?.sizeBytes ?? 0)) await removeFile(stagedPath).catch(() => false);
    }
  }

  /** One rename after another, with nothing in between. */
  async #replaceAll(): Promise<void> {
    const held = this.#held;
    for (const { path, how } of held) await checkPlace(this.pathOf(path), how);
    for (const { path, stagedPath, how } of held) {
      await publishFile(stagedPath, this.pathOf(path), { ...how, sync: false });
    }
    const folders = new Set(held.map(({ path }) => dirname(this.pathOf(path))));
    await Promise.all([...folders].map((folder) => syncDirectory(folder)));
    for (const { path } of held) await removeJournal(this.#journalPath(path));
    this.#held = [];
  }

  #journalPath(path: string): string {
    const hex = this.#changed(path)?.digest?.hex ?? "";
    const { modelsDir } = this.#context.library;
    return stagedPaths({ modelsDir, repo: this.#wanted.entry.metadata.repo }, hex).journal;
  }
}
