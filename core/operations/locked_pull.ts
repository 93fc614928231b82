/**
 * A pull of exactly what a lock says: the Hub is asked for bytes only, not for what there is.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import { parseReference } from "../base/reference.ts";
import { checkRepoPaths } from "../base/repo_path.ts";
import type { ModelInfo } from "../hub/model.ts";
import { modelTypeOf } from "../library/model_type.ts";
import type { LockedModel } from "../library/manifest_lock.ts";
import { isGitFile, type Selection } from "../library/selection.ts";
import type { OperationContext } from "./context.ts";
import { DelegatingTarget } from "./delegating_target.ts";
import type { ProvableFile } from "./pull_facts.ts";
import type { ResolvedPull } from "./pull_plan.ts";
import { type PulledFile, pullTarget, toProved } from "./pull_target.ts";

/** What the Hub said of a model, as the lock keeps it. */
export function toLocked(name: string, { info, selection }: ResolvedPull): LockedModel {
  const paths = new Set(selection.files.map((file) => file.path));
  return {
    name,
    repo: info.repo,
    revision: info.revision,
    commit: info.commit,
    quant: selection.quant,
    task: info.task,
    whole: info.files.every((file) => paths.has(file.path) || isGitFile(file.path)),
    files: selection.files.map(({ path, sizeBytes, digest }) => ({ path, sizeBytes, digest })),
  };
}

/**
 * A lock that names another repository than the manifest is right when the Hub says that it is the same under a new
 * name; any other one was put there by somebody. One call, and only for such a model.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID` when the Hub knows of no such change, or what it says otherwise.
 */
export async function requireRenamed(
  context: Pick<OperationContext, "hub">,
  { name, repo }: LockedModel,
  signal: AbortSignal,
): Promise<void> {
  const wanted = parseReference(name).repo;
  const now = (await (await context.hub()).modelInfo(wanted, { fresh: true, signal })).repo;
  if (now.toLowerCase() === repo.toLowerCase()) return;
  throw new ModelManagerError(
    "CONFIG_INVALID",
    `The lock has "${repo}" for "${name}", and the Hub knows that repository as "${now}"`,
    { hints: ["Look at what has changed in the lock: git diff", "Bring the lock up to date: mm lock"] },
  );
}

/** What the lock says of a model, as if the Hub had said it just now. */
export function resolveLocked(context: OperationContext, locked: LockedModel): ResolvedPull {
  checkRepoPaths(locked.repo, locked.files.map((file) => file.path));
  const info = toInfo(locked);
  const selection: Selection<ProvableFile> = {
    files: locked.files,
    quant: locked.quant,
    unit: undefined,
    mmproj: undefined,
  };
  return {
    reference: parseReference(locked.name),
    info,
    selection,
    target: new LockedTarget(context, { info, locked }),
    notices: [],
  };
}

/** Its revision is the commit: what the branch has by now is not known, and nothing is to be concluded about it. */
function toInfo({ repo, commit, task, files }: LockedModel): ModelInfo {
  return {
    repo,
    revision: commit,
    commit,
    task,
    files,
    author: undefined,
    downloads: 0,
    likes: 0,
    updatedAt: undefined,
    createdAt: undefined,
    gated: false,
    private: false,
    disabled: false,
    tags: [],
    license: undefined,
    parameters: undefined,
    architecture: undefined,
    library: undefined,
    baseModels: [],
    contextLength: undefined,
  };
}

/** The library; what is recorded follows the revision that the manifest asked for, as after any other pull. */
class LockedTarget extends DelegatingTarget {
  readonly #context: OperationContext;
  readonly #locked: LockedModel;

  constructor(
    context: OperationContext,
    { info, locked }: { readonly info: ModelInfo; readonly locked: LockedModel },
  ) {
    super(pullTarget(context, { info, to: undefined }));
    this.#context = context;
    this.#locked = locked;
  }

  override async register(files: readonly PulledFile[], quant: string | undefined): Promise<void> {
    const { repo, revision, commit, task, whole } = this.#locked;
    await this.#context.library.register({
      repo,
      revision,
      commit,
      quant,
      modelType: modelTypeOf(task),
      whole,
      files: files.map(toProved),
    });
  }
}
