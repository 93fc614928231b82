/**
 * Scan: find files that were put into the library by hand, hash them and adopt them; notice what is gone. Nothing on
 * the disk is moved or changed but the registry.
 *
 * @module
 */
import {
  type ErrorData,
  isModelManagerError,
  ModelManagerError,
  throwIfAborted,
  toErrorData,
} from "../base/errors.ts";
import { adoptable, adoptFiles, type FoundFile, foundFiles, taskOfCard } from "../library/adoption.ts";
import { type FileWorkCall, type VerifyEvent, type WorkFile, workOnFiles } from "../library/file_work.ts";
import { filePath } from "../library/layout.ts";
import type { ModelEntry } from "../library/model_entry.ts";
import { modelTypeOf } from "../library/model_type.ts";
import { scanModels } from "../library/scan.ts";
import { readTextFileIfExists } from "../platform/atomic_file.ts";
import { fileFacts } from "../platform/directory.ts";
import { factsOfAll } from "../platform/many_names.ts";
import type { OperationContext } from "./context.ts";
import { hashesAtOnce, hashFile } from "./hash_file.ts";
import type { CallOptions } from "./model_manager.ts";

/** A model that was adopted. */
export interface AdoptedModel {
  /** As commands take it. */
  readonly reference: string;
  /** By the folder that it lies in. */
  readonly repo: string;
  /** The quantization label, when its files carry one. */
  readonly quant: string | undefined;
  /** All its files. */
  readonly sizeBytes: number;
  /** Absolute; those that were not known before. */
  readonly paths: readonly string[];
}

/** A registered model of which files are gone. */
export interface VanishedModel {
  /** As commands take it. */
  readonly reference: string;
  /** Absolute. */
  readonly paths: readonly string[];
  /** Nothing of it is left. */
  readonly isGone: boolean;
}

/** What a scan has found. */
export interface ScanReport {
  /** Models that are in the registry from now on. */
  readonly adopted: readonly AdoptedModel[];
  /** Models of which files are gone. */
  readonly vanished: readonly VanishedModel[];
  /** What could not be looked at, or was being written: everything else was adopted. */
  readonly problems: readonly ErrorData[];
}

/** The Hub takes larger files into LFS only. */
const MAX_GIT_BYTES = 10 * 1024 * 1024;

type ScanContext = Pick<OperationContext, "clock" | "library" | "machinery">;

/** A found file on its way through the hashing. */
interface Hashable extends WorkFile {
  readonly found: FoundFile;
}

/** A hashed file, or why it was not. */
type Hashed = FoundFile | ModelManagerError;

/**
 * Looks for models in the library that the registry does not know, hashes them and registers them.
 *
 * @throws {ModelManagerError} `CANCELLED`, or when the registry cannot be written.
 */
export async function* scanLibrary(
  context: ScanContext,
  options: CallOptions = {},
): AsyncGenerator<VerifyEvent, ScanReport, undefined> {
  const { library } = context;
  const { modelsDir } = library;
  const registered = await library.entries();
  const { items, warnings } = await scanModels(modelsDir);
  const files = adoptable(foundFiles(items), registered).map((found): Hashable => ({
    file: found.path,
    path: filePath({ modelsDir, repo: found.repo }, found.path),
    sizeBytes: found.sizeBytes,
    found,
  }));
  const threads = hashesAtOnce();
  const hashed = yield* workOnFiles<Hashable, Hashed>(files, {
    type: "hashing",
    signal: options.signal,
    concurrency: threads,
    work: (file, call) => hashFound(context, file, { ...call, threads }),
  });
  const good = hashed.filter((each): each is FoundFile => !(each instanceof Error));
  return {
    adopted: good.length === 0 ? [] : await adopt(context, good),
    vanished: await findVanished(modelsDir, registered),
    problems: [
      ...warnings.map((message): ErrorData => ({ code: "FAILED", message, hints: [], causes: [] })),
      ...hashed.filter((each) => each instanceof Error).map(toErrorData),
    ],
  };
}

/** What is still being copied would be adopted with the digest of a half. */
async function hashFound(
  context: ScanContext,
  { found, path }: Hashable,
  call: FileWorkCall & { readonly threads: number },
): Promise<Hashed> {
  const { signal, report: onProgress, threads } = call;
  try {
    onProgress(0);
    const sha256 = await hashFile(context, { path, algorithm: "sha256" }, { signal, onProgress, threads });
    // The Hub knows files that are not in LFS by git's digest: without it, no update check could tell them.
    const gitSha1 = found.sizeBytes <= MAX_GIT_BYTES
      ? await hashFile(context, { path, algorithm: "git-sha1" }, { signal, threads })
      : undefined;
    const after = await fileFacts(path);
    if (after?.sizeBytes === found.sizeBytes && after.modifiedAtMs === found.modifiedAtMs) {
      return { ...found, sha256, ...(gitSha1 === undefined ? {} : { gitSha1 }) };
    }
    return new ModelManagerError("FAILED", `The file "${path}" was being written while it was looked at`, {
      hints: ["When it is complete, look again: mm list --scan"],
    });
  } catch (error) {
    throwIfAborted(signal);
    if (!isModelManagerError(error) || error.code === "CANCELLED") throw error;
    return error;
  }
}

async function adopt({ library }: ScanContext, files: readonly FoundFile[]): Promise<AdoptedModel[]> {
  const { modelsDir } = library;
  const repos = new Set(files.map((file) => file.repo));
  const types = new Map<string, ModelEntry["modelType"]>();
  for (const repo of repos) {
    const card = await readTextFileIfExists(filePath({ modelsDir, repo }, "README.md")).catch(() =>
      undefined
    );
    const task = card === undefined ? undefined : taskOfCard(card);
    if (task !== undefined) types.set(repo, modelTypeOf(task));
  }
  let modelIds: readonly string[] = [];
  const { entries } = await library.registry.update((before) => {
    // Another process may have registered some of it meanwhile.
    const fresh = adoptable(files, before);
    if (fresh.length === 0) return before;
    const adopted = adoptFiles(before, fresh, { typeOf: (repo) => types.get(repo) });
    modelIds = adopted.modelIds;
    return adopted.entries;
  });
  const found = new Set(files.map(({ repo, path }) => `${repo} ${path}`));
  return entries.filter((entry) => modelIds.includes(entry.modelId)).map((entry) => {
    const { modelId: reference, sizeBytes, metadata: { repo, quant } } = entry;
    const paths = entry.metadata.files.filter((file) => found.has(`${repo} ${file.path}`))
      .map((file) => filePath({ modelsDir, repo }, file.path));
    return { reference, repo, quant: quant ?? undefined, sizeBytes, paths };
  });
}

async function findVanished(modelsDir: string, entries: readonly ModelEntry[]): Promise<VanishedModel[]> {
  const vanished: VanishedModel[] = [];
  for (const { modelId: reference, status, metadata: { repo, files } } of entries) {
    if (status !== "available" && status !== "error") continue;
    const paths = files.map((file) => filePath({ modelsDir, repo }, file.path));
    const facts = await factsOfAll(paths);
    const gone = paths.filter((_, index) => facts[index] === undefined);
    if (gone.length > 0) vanished.push({ reference, paths: gone, isGone: gone.length === paths.length });
  }
  return vanished;
}
