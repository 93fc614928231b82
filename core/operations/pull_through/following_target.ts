/**
 * Where a file goes that is fetched for others: the library, while they read it.
 *
 * @module
 */
import type { FileFollower } from "../../download/file_follower.ts";
import type { ModelInfo } from "../../hub/model.ts";
import { registeredDigest } from "../../library/model_entry.ts";
import type { OperationContext } from "../context.ts";
import { DelegatingTarget } from "../delegating_target.ts";
import { type PulledFile, type PullTarget, pullTarget } from "../pull_target.ts";

interface FollowingTargetOptions {
  readonly context: Pick<OperationContext, "library">;
  readonly info: ModelInfo;
  readonly follower: FileFollower;
  readonly isLibrary: boolean;
}

/** A library, or a folder, whose next file is followed. */
class FollowingTarget extends DelegatingTarget {
  readonly #options: FollowingTargetOptions;

  constructor(inner: PullTarget, options: FollowingTargetOptions) {
    super(inner);
    this.#options = options;
  }

  follower(): FileFollower {
    return this.#options.follower;
  }

  /** Files that come one by one are one model together, as if they had been pulled at once. */
  override async register(files: readonly PulledFile[], quant: string | undefined): Promise<void> {
    const [first] = files;
    const isLoose = this.#options.isLibrary && first !== undefined && !isGguf(first.path);
    await super.register(isLoose ? [...files, ...await this.#others(first.path)] : files, quant);
  }

  async #others(path: string): Promise<PulledFile[]> {
    const { context: { library }, info: { repo, commit } } = this.#options;
    const known = [...(await library.knownFiles(repo)).values()];
    return known.flatMap(({ file, state }) => {
      const digest = registeredDigest(file);
      const belongs = state === "untouched" && file.commit === commit && file.path !== path &&
        !isGguf(file.path);
      if (!belongs || digest === undefined) return [];
      const { sizeBytes, pieces } = file;
      return [{ path: file.path, sizeBytes, digest, commit, hasPieces: pieces !== undefined }];
    });
  }
}

function isGguf(path: string): boolean {
  return /\.gguf$/i.test(path);
}

/** Makes it. @param place.folder In place of the library. */
export function followingTarget(
  context: OperationContext,
  place: { readonly info: ModelInfo; readonly folder: string | undefined; readonly follower: FileFollower },
): PullTarget {
  const { info, folder, follower } = place;
  const isLibrary = folder === undefined;
  return new FollowingTarget(pullTarget(context, { info, to: folder }), {
    context,
    info,
    follower,
    isLibrary,
  });
}
