/**
 * The cache of the Hub's own tools as the place that a pull puts its files into.
 *
 * @module
 */
import { join } from "node:path";
import type { Digest } from "../base/digest.ts";
import type { FileFacts } from "../download/plan.ts";
import { isWholeFile } from "../download/segment_plan.ts";
import type { ModelInfo, RepoFile } from "../hub/model.ts";
import { inHfCache } from "../library/hf_cache/cache_error.ts";
import { hfRefPath } from "../library/hf_cache/cache_place.ts";
import { HfSnapshotWriter, type HfWantedFile } from "../library/hf_cache/snapshot_writer.ts";
import { clearAfterSuccess } from "../library/partials.ts";
import type { PublishOptions } from "../library/publish.ts";
import { removeFile } from "../platform/directory.ts";
import { outgoingFileFacts } from "../platform/file_stream.ts";
import { checkWritable } from "../platform/writable.ts";
import type { OperationContext } from "./context.ts";
import { hashFile } from "./hash_file.ts";
import type { OutsideLockOptions, OutsideLocks, PulledFile, PullTarget } from "./pull_target.ts";

type TargetContext = Pick<OperationContext, "clock" | "hfCache" | "machinery">;

/** `--to hf-cache`. */
export class HfCacheTarget implements PullTarget {
  readonly runId: string = crypto.randomUUID().slice(0, 8);
  readonly partialFolder: string;
  readonly #context: TargetContext;
  readonly #info: ModelInfo;
  readonly #writer: HfSnapshotWriter;
  /** What has been hashed, and whether it is what its name says: a pull looks twice. */
  readonly #hashed = new Map<string, { readonly stamp: string; readonly isRight: boolean }>();

  constructor(context: TargetContext, info: ModelInfo) {
    this.#context = context;
    this.#info = info;
    const { repo, commit } = info;
    this.#writer = new HfSnapshotWriter(context.hfCache, { repo, commit, clock: context.clock });
    // On the same disk, where no other program looks or deletes.
    this.partialFolder = this.#writer.place.partial;
  }

  pathOf(path: string): string {
    return this.#writer.pathOf(path);
  }

  refresh(): void {}

  registeredAs(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async recognise(file: RepoFile, signal?: AbortSignal): Promise<FileFacts["atTarget"] | undefined> {
    const { digest } = file;
    if (digest === undefined) return undefined;
    const state = await this.#writer.stateOf({ ...file, digest });
    if (state === "complete" || state === "blob") {
      // Under the name of a digest, other bytes are nobody's own: they are replaced without asking.
      return await this.#isRight(digest, signal) ? "same" : "older";
    }
    return state === "wrong" ? "older" : state === "nothing" ? "nothing" : undefined;
  }

  /** Nobody but the one who fetched the bytes has proved them, and nothing tells what happened to them since. */
  async #isRight(digest: Digest, signal: AbortSignal | undefined): Promise<boolean> {
    const path = this.#writer.blobPath(digest);
    const stamp = JSON.stringify(await outgoingFileFacts(path));
    const known = this.#hashed.get(digest.hex);
    if (known?.stamp === stamp) return known.isRight;
    const hex = await hashFile(this.#context, { path, algorithm: digest.algorithm }, { signal });
    const isRight = hex === digest.hex;
    this.#hashed.set(digest.hex, { stamp, isRight });
    return isRight;
  }

  async prepare(paths: readonly string[]): Promise<void> {
    const { place } = this.#writer;
    const ref = hfRefPath(place, this.#info.revision);
    const names = [
      ...paths.map((path) => this.pathOf(path)),
      join(place.blobs, "blob"),
      join(this.partialFolder, "part"),
      ...(ref === undefined ? [] : [ref]),
    ];
    await inHfCache(() => checkWritable(names));
  }

  /** The locks that Python's client takes: whoever wants the same at the same time fetches it once. */
  async lockOutside(
    files: readonly HfWantedFile[],
    { noWait, signal, onWait }: OutsideLockOptions,
  ): Promise<OutsideLocks> {
    await using stack = new AsyncDisposableStack();
    let waited = false;
    const large = files.filter((file) => !isWholeFile(file.sizeBytes));
    const byHex = new Map(large.map((file) => [file.digest.hex, file]));
    for (const [, file] of [...byHex].sort(([a], [b]) => (a < b ? -1 : 1))) {
      stack.use(
        await this.#writer.lock(file.digest, {
          waitMs: noWait ? 0 : Infinity,
          signal,
          onWait: () => {
            waited = true;
            onWait(`Another program is downloading "${file.path}" into the cache: waiting for it`);
          },
        }),
      );
    }
    const held = stack.move();
    return { waited, [Symbol.asyncDispose]: () => held.disposeAsync() };
  }

  async publish(
    path: string,
    options: PublishOptions & { readonly stagedPath: string },
  ): Promise<string> {
    const file = this.#wanted(path);
    const { stagedPath, replace, sync = true, isSame } = options;
    return await this.#writer.put(file, {
      stagedPath,
      replace,
      sync,
      isSame: isSame ?? ((where) => this.#hasBytes(where, file)),
    });
  }

  async register(files: readonly PulledFile[]): Promise<void> {
    for (const file of files) {
      await this.#writer.point(file, { isSame: (where) => this.#hasBytes(where, file) });
    }
    await this.#writer.finish(this.#info.revision);
    await clearAfterSuccess(this.partialFolder, files.map((file) => file.digest));
    // Only the library repairs single pieces.
    const pieces = files.filter((file) => file.hasPieces);
    for (const { digest } of pieces) {
      await removeFile(join(this.partialFolder, `${digest.hex}.pieces`)).catch(() => false);
    }
  }

  #wanted(path: string): HfWantedFile {
    const file = this.#info.files.find((each) => each.path === path);
    if (file?.digest === undefined) throw new TypeError(`Cannot publish "${path}": its digest is not known`);
    return { path, sizeBytes: file.sizeBytes, digest: file.digest };
  }

  async #hasBytes(path: string, { digest }: HfWantedFile): Promise<boolean> {
    return await hashFile(this.#context, { path, algorithm: digest.algorithm }) === digest.hex;
  }
}
