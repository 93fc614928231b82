/**
 * Whether what was hashed is what is linked: between the two, the Hub is asked and other files are hashed, and the
 * program that a file is of may have put another in its place.
 *
 * @module
 */
import { ModelManagerError } from "../../base/errors.ts";
import { type FileStamp, fileStamp, hasSameContent, isUntouched } from "../../platform/links.ts";
import type { OperationContext } from "../context.ts";
import { hashFile } from "../hash_file.ts";
import type { HashedFile } from "./hash_found.ts";

/** The proofs of one import. */
export class StandingProofs {
  readonly #context: Pick<OperationContext, "clock" | "machinery">;
  readonly #signal: AbortSignal | undefined;
  /** Of files that were proved again, or got another name by us, by their real paths. */
  readonly #stamps = new Map<string, FileStamp>();

  constructor(
    context: Pick<OperationContext, "clock" | "machinery">,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ) {
    this.#context = context;
    this.#signal = options.signal;
  }

  /**
   * Makes sure that a file has the bytes that it was hashed to; it is hashed again where its times leave a doubt.
   *
   * @returns which file that is.
   * @throws {ModelManagerError} `FAILED` when it is another one by now, `CANCELLED`.
   */
  async current(file: HashedFile): Promise<FileStamp> {
    const { realPath: path, stamp, hashes } = file;
    const now = await fileStamp(path);
    if (now === undefined || now.sizeBytes !== stamp.sizeBytes) throw changedMeanwhile(file);
    const known = this.#stamps.get(path);
    const stands = known === undefined ? stamp.isSettled && isUntouched(stamp, now) : isUntouched(known, now);
    if (stands) return now;
    const sha256 = await hashFile(this.#context, { path, algorithm: "sha256" }, { signal: this.#signal });
    if (sha256 !== hashes.sha256 || !isUntouched(now, await fileStamp(path))) throw changedMeanwhile(file);
    this.#stamps.set(path, now);
    return now;
  }

  /** Notes that a file was given another name, or was read, and is what it was. @returns whether it is. */
  async stillIs(file: HashedFile, before: FileStamp, how: { readonly linked: boolean }): Promise<boolean> {
    const now = await fileStamp(file.realPath);
    const isSame = how.linked ? hasSameContent(before, now) : isUntouched(before, now);
    if (isSame && now !== undefined) this.#stamps.set(file.realPath, now);
    return isSame;
  }
}

/** What is said of a file that is no longer what was hashed. */
export function changedMeanwhile({ path }: Pick<HashedFile, "path">): ModelManagerError {
  return new ModelManagerError("FAILED", `"${path}" was changed while it was imported`, {
    hints: ["When it is complete, run the same command again"],
  });
}
