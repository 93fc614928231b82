/**
 * What found files are hashed to: nothing enters the library unproved.
 *
 * @module
 */
import { type Digest, parseDigest } from "../../base/digest.ts";
import { isModelManagerError, ModelManagerError, throwIfAborted } from "../../base/errors.ts";
import type { AppFile, AppModel } from "../../library/apps/app_model.ts";
import { type FileWorkCall, type VerifyEvent, type WorkFile, workOnFiles } from "../../library/file_work.ts";
import { looksUntouched } from "../../library/known_files.ts";
import { filePath } from "../../library/layout.ts";
import type { ModelEntry, RegisteredFile } from "../../library/model_entry.ts";
import { fileFacts } from "../../platform/directory.ts";
import { type FileStamp, fileStamp, hasSameContent } from "../../platform/links.ts";
import type { OperationContext } from "../context.ts";
import { hashesAtOnce, hashFile } from "../hash_file.ts";

/** The digests of a file; of small files both, since the Hub knows some by the one and some by the other. */
export interface FileHashes {
  readonly sha256: string;
  readonly gitSha1: string | undefined;
}

/** A file whose bytes are known. */
export interface HashedFile extends AppFile {
  readonly model: AppModel;
  readonly hashes: FileHashes;
  /** Of the real path, when hashing began: what is not as it was then has to be proved again. */
  readonly stamp: FileStamp;
}

/** A file, or why it cannot be used. */
export type HashResult = HashedFile | {
  readonly file: AppFile;
  readonly model: AppModel;
  readonly error: ModelManagerError;
};

/** The Hub takes larger files into LFS only. */
const MAX_GIT_BYTES = 10 * 1024 * 1024;

type HashContext = Pick<OperationContext, "clock" | "library" | "machinery">;

interface Job extends WorkFile {
  readonly found: AppFile;
}

/** What a file was hashed to, and which it was. */
interface Proof {
  readonly hashes: FileHashes;
  readonly stamp: FileStamp;
}

/** Whether a file has these bytes. */
export function hasBytes({ sha256, gitSha1 }: FileHashes, digest: Digest): boolean {
  return (digest.algorithm === "sha256" ? sha256 : gitSha1) === digest.hex;
}

/**
 * Hashes files, each once whatever number of models has it.
 *
 * @throws {ModelManagerError} `CANCELLED`.
 */
export async function* hashFound(
  context: HashContext,
  models: readonly AppModel[],
  options: { readonly signal?: AbortSignal | undefined },
): AsyncGenerator<VerifyEvent, HashResult[], undefined> {
  const known = await registeredHashes(context, models);
  const files = new Map(models.flatMap(({ files }) => files.map((file) => [file.realPath, file] as const)));
  const jobs = [...files.values()].filter((file) => !known.has(file.realPath)).map((found): Job => ({
    file: found.name,
    path: found.realPath,
    sizeBytes: found.sizeBytes,
    found,
  }));
  const threads = hashesAtOnce();
  const results = yield* workOnFiles<Job, Proof | ModelManagerError>(jobs, {
    type: "hashing",
    signal: options.signal,
    concurrency: threads,
    work: ({ found }, call) => hashOne(context, found, { ...call, threads }),
  });
  const proofs = new Map<string, Proof | ModelManagerError>(known);
  for (const [index, job] of jobs.entries()) {
    const result = results[index];
    if (result !== undefined) proofs.set(job.path, result);
  }
  return models.flatMap((model) =>
    model.files.map((file) => toResult(model, file, proofs.get(file.realPath)))
  );
}

function toResult(
  model: AppModel,
  file: AppFile,
  proof: Proof | ModelManagerError | undefined,
): HashResult {
  if (proof === undefined || proof instanceof Error) {
    const error = proof ?? new ModelManagerError("FAILED", `"${file.path}" was not hashed`, {
      hints: ["Run the same command again"],
    });
    return { file, model, error };
  }
  const { hashes, stamp } = proof;
  const claimed = file.digest;
  if (claimed !== undefined && !hasBytes(hashes, claimed)) {
    const error = new ModelManagerError(
      "CHECKSUM_MISMATCH",
      `"${file.path}" is damaged: its bytes are not those that its name tells of`,
      { hints: ["Let the program that it is of download it again, or fetch it: mm pull REF"] },
    );
    return { file, model, error };
  }
  return { ...file, model, hashes, stamp };
}

/** What is still being written would be known by the digest of a half. */
async function hashOne(
  context: HashContext,
  found: AppFile,
  call: FileWorkCall & { readonly threads: number },
): Promise<Proof | ModelManagerError> {
  const { signal, report: onProgress, threads } = call;
  const { realPath: path, sizeBytes, modifiedAtMs } = found;
  try {
    onProgress(0);
    const stamp = await fileStamp(path);
    const sha256 = await hashFile(context, { path, algorithm: "sha256" }, { signal, onProgress, threads });
    const isSmall = sizeBytes <= MAX_GIT_BYTES || found.digest?.algorithm === "git-sha1";
    const gitSha1 = isSmall
      ? await hashFile(context, { path, algorithm: "git-sha1" }, { signal, threads })
      : undefined;
    const isAsFound = stamp?.sizeBytes === sizeBytes && stamp.modifiedAtMs === modifiedAtMs;
    if (isAsFound && hasSameContent(stamp, await fileStamp(path))) {
      return { hashes: { sha256, gitSha1 }, stamp };
    }
    return new ModelManagerError("FAILED", `"${found.path}" was being written while it was looked at`, {
      hints: ["When it is complete, run the same command again"],
    });
  } catch (error) {
    throwIfAborted(signal);
    if (!isModelManagerError(error) || error.code === "CANCELLED") throw error;
    return error;
  }
}

/** Files that are names of bytes in the library: those were proved when they came there, and were not touched since. */
async function registeredHashes(
  { library }: HashContext,
  models: readonly AppModel[],
): Promise<ReadonlyMap<string, Proof>> {
  const known = new Map<string, Proof>();
  const entries = await library.entries();
  if (entries.length === 0) return known;
  const sizes = new Map<number, AppFile[]>();
  for (const file of models.flatMap(({ files }) => files)) {
    sizes.set(file.sizeBytes, [...sizes.get(file.sizeBytes) ?? [], file]);
  }
  for (const { repo, file } of candidates(entries)) {
    const same = sizes.get(file.sizeBytes);
    const { sha256 } = file;
    if (same === undefined || sha256 === undefined || parseDigest(sha256) === undefined) continue;
    // Of small files, hashing costs nothing and tells both digests.
    if (file.sizeBytes <= MAX_GIT_BYTES) continue;
    const path = filePath({ modelsDir: library.modelsDir, repo }, file.path);
    const facts = await fileFacts(path).catch(() => undefined);
    if (facts === undefined || !looksUntouched(facts, file)) continue;
    const own = await fileStamp(path).catch(() => undefined);
    if (own?.identity === undefined || own.modifiedAtMs !== file.modifiedAtMs) continue;
    for (const found of same) {
      const stamp = await fileStamp(found.realPath).catch(() => undefined);
      if (stamp === undefined || !hasSameContent(own, stamp)) continue;
      known.set(found.realPath, { hashes: { sha256, gitSha1: file.gitSha1 }, stamp });
    }
  }
  return known;
}

function candidates(
  entries: readonly ModelEntry[],
): { readonly repo: string; readonly file: RegisteredFile }[] {
  return entries.filter(({ status }) => status === "available").flatMap(({ metadata: { repo, files } }) =>
    files.filter((file) => file.damaged !== true).map((file) => ({ repo, file }))
  );
}
