/**
 * What is here already of what the Hub has: found by its digest, whatever commit it was pulled at.
 *
 * @module
 */
import type { ByteRange } from "../../base/byte_range.ts";
import type { Digest } from "../../base/digest.ts";
import type { LibrarySource } from "../../server/library_source.ts";
import type { FileAddress, ModelSource } from "../../server/model_source.ts";
import { Refusal } from "../../server/reply.ts";

/** Where to look. */
export interface LocalBytesOptions {
  /** Everything on this machine, by commit. */
  readonly local: ModelSource;
  /** The library, by content. */
  readonly library: LibrarySource;
}

type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>;

/**
 * Opens a part of a file that is here and is what the Hub says it is; `undefined` when there is none that can be given
 * away just now.
 */
export async function openLocalBytes(
  { local, library }: LocalBytesOptions,
  file: FileAddress & { readonly digest: Digest; readonly range: ByteRange },
): Promise<Bytes | undefined> {
  const { digest, range } = file;
  try {
    return await library.openBytes(digest, range) ?? await openAtCommit(local, file);
  } catch (error) {
    // Changed, or being verified: then it is fetched.
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

async function openAtCommit(
  local: ModelSource,
  file: FileAddress & { readonly digest: Digest; readonly range: ByteRange },
): Promise<Bytes | undefined> {
  const { repo, commit, path, digest, range } = file;
  const found = (await local.files({ repo, commit })).find((each) => each.path === path);
  if (found === undefined || await found.unavailable?.("send") !== undefined) return undefined;
  const own = await found.digest();
  const isSame = own.algorithm === digest.algorithm && own.hex === digest.hex;
  return isSame ? await local.open({ repo, commit, path }, range) : undefined;
}
