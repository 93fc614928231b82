/**
 * Verify: hash files again and compare with what the registry says of them. Needs no network.
 *
 * @module
 */
import type { VerifiedFile, VerifyEvent } from "../library/integrity.ts";
import { verifyFiles } from "../library/integrity.ts";
import type { OperationContext } from "./context.ts";
import { hashFile } from "./hash_file.ts";
import type { CallOptions } from "./model_manager.ts";
import { findInLibrary } from "./remove.ts";

/** Checks the files that the references mean, or the whole library. */
export async function* verify(
  context: OperationContext,
  references: readonly string[] = [],
  options: CallOptions = {},
): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined> {
  const entries = references.length === 0
    ? await context.library.entries()
    : (await findInLibrary(context, references)).flatMap((found) => found.entries);
  return yield* verifyFiles(context.library.verifiableFiles(entries), {
    signal: options.signal,
    hashFile: (path, algorithm, call) => hashFile(context, { path, algorithm }, call),
  });
}
