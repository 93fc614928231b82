/**
 * Verify: hash files again and compare with what the registry says of them. Needs no network, but to repair what is
 * wrong.
 *
 * @module
 */
import { ModelManagerError, toErrorData } from "../base/errors.ts";
import {
  type VerifiableFile,
  type VerifiedFile,
  type VerifyEvent,
  verifyFiles,
} from "../library/integrity.ts";
import type { FoundPart } from "../library/find_entries.ts";
import type { ModelEntry } from "../library/model_entry.ts";
import type { OperationContext } from "./context.ts";
import { checkUnproved } from "./gguf_notice.ts";
import { hashesAtOnce, hashFile } from "./hash_file.ts";
import type { CallOptions, VerifyOptions } from "./model_manager.ts";
import { findInLibrary } from "./remove.ts";

/**
 * Checks the files that the references mean, or the whole library, and notes what is corrupt in the registry. With
 * `repair`, what is corrupt or missing is made right; a file for which that fails has the reason in its result.
 *
 * @throws {ModelManagerError} `FAILED` when no digest is known of any file.
 */
export async function* verify(
  context: OperationContext,
  references: readonly string[] = [],
  options: VerifyOptions = {},
): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined> {
  const entries = references.length === 0
    ? await context.library.entries()
    : (await findInLibrary(context, references)).flatMap(({ parts }) => parts.map(onlyPart));
  const files = context.library.verifiableFiles(entries);
  const unproved = context.library.unprovedFiles(entries);
  if (files.length === 0 && unproved.length === 0) refuseUnknown(entries);
  const found = files.length === 0 ? [] : yield* verifyAndNote(context, files, options);
  const looked = await checkUnproved(unproved);
  const results = options.repair === true ? yield* repairFound(context, { files, found }, options) : found;
  return [...results, ...looked];
}

/** An entry with only the files that were asked for. */
function onlyPart({ entry, paths }: FoundPart): ModelEntry {
  if (paths === undefined) return entry;
  const files = entry.metadata.files.filter((file) => paths.includes(file.path));
  return { ...entry, metadata: { ...entry.metadata, files } };
}

async function* repairFound(
  context: OperationContext,
  work: { readonly files: readonly VerifiableFile[]; readonly found: readonly VerifiedFile[] },
  options: CallOptions,
): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined> {
  const files = new Map(work.files.map((file) => [file.path, file]));
  const damaged = work.found.flatMap((found) => {
    const file = files.get(found.path);
    const isBad = found.status === "corrupt" || found.status === "missing";
    return isBad && file !== undefined ? [{ file, found }] : [];
  });
  if (damaged.length === 0) return [...work.found];
  const { repairFiles } = await import("./repair.ts");
  const repaired = yield* repairFiles(context, damaged, options);
  const byPath = new Map(repaired.map((result) => [result.path, result]));
  return work.found.map((found) => byPath.get(found.path) ?? found);
}

async function* verifyAndNote(
  context: OperationContext,
  files: readonly VerifiableFile[],
  options: CallOptions,
): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined> {
  const threads = hashesAtOnce();
  const results = yield* verifyFiles(files, {
    signal: options.signal,
    concurrency: threads,
    hashFile: (path, algorithm, call) => hashFile(context, { path, algorithm }, { ...call, threads }),
  });
  await note(context, results);
  return results;
}

/** What was found out is worth more than the note of it: files can be verified where nothing can be written. */
async function note(context: OperationContext, results: readonly VerifiedFile[]): Promise<void> {
  try {
    await context.library.noteVerified(results);
  } catch (error) {
    context.notices.emit(`What was found could not be noted in the registry: ${toErrorData(error).message}`);
  }
}

/** Having proved nothing must not look like having found everything well. */
function refuseUnknown(entries: readonly ModelEntry[]): void {
  const [first] = entries.filter((entry) => entry.metadata.files.length > 0);
  if (first === undefined) return;
  throw new ModelManagerError(
    "FAILED",
    "Nothing can be verified: no digest is known of any of the files, or they are not complete",
    { hints: [`Compare them with the Hub, and fetch what is missing: mm pull "${first.modelId}"`] },
  );
}
