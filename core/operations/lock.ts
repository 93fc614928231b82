/**
 * Lock: what every wanted model is on the Hub just now, to the byte.
 *
 * @module
 */
import {
  fromErrorData,
  isModelManagerError,
  ModelManagerError,
  throwIfAborted,
  toErrorData,
} from "../base/errors.ts";
import { formatProblem, type ManifestModel } from "../library/manifest.ts";
import { formatLock, type LockedModel, readLock } from "../library/manifest_lock.ts";
import { hasDigest, type ModelEntry, registeredDigest } from "../library/model_entry.ts";
import { readTextFileIfExists, writeFileAtomic } from "../platform/atomic_file.ts";
import { toLocked } from "./locked_pull.ts";
import { entriesOf, type ManifestAccess } from "./manifest_access.ts";
import type { ManifestChoice } from "./manifests.ts";
import { lockPathOf } from "./manifest_file.ts";
import type { CallOptions } from "./model_manager.ts";
import { Outage } from "./outage.ts";
import { resolvePull } from "./pull_plan.ts";

/** What was locked. */
export interface LockReport {
  /** Absolute. */
  readonly manifest: string;
  /** Absolute path of the lock. */
  readonly lock: string;
  /** Whether the lock is another than before. */
  readonly changed: boolean;
  /** In the order of the manifest. */
  readonly models: readonly {
    readonly name: string;
    /** `org/name`, as the Hub calls it. */
    readonly repo: string;
    /** 40 hexadecimal digits. */
    readonly commit: string;
    readonly files: number;
    readonly sizeBytes: number;
    /** It is pinned here with other bytes: a frozen sync replaces them. Left out when not. */
    readonly pinnedOtherwise?: true;
  }[];
}

/**
 * Asks the Hub about every enabled model of the manifest, and writes the lock. Nothing is written unless all of them
 * could be told.
 *
 * @throws {ModelManagerError} What the Hub says, naming each model that failed.
 */
export async function lock(
  access: ManifestAccess,
  request: ManifestChoice = {},
  options: CallOptions = {},
): Promise<LockReport> {
  const { path, manifest } = await access.files.load(request.manifest);
  const signal = options.signal ?? new AbortController().signal;
  const lockPath = lockPathOf(path);
  const before = await readTextFileIfExists(lockPath);
  const broken = before === undefined ? undefined : problemOf(lockPath, before);
  const locked: LockedModel[] = [];
  const failed: { readonly name: string; readonly error: ModelManagerError }[] = [];
  const wanted = manifest.models.filter((model) => model.enabled);
  const outage = new Outage(access.context.endpoint);
  for (const { name } of wanted) {
    throwIfAborted(signal);
    try {
      outage.check();
      const resolved = await resolvePull(access.context, name, { request: { references: [name] }, signal });
      locked.push(toLocked(name, resolved));
    } catch (error) {
      if (!isModelManagerError(error) || error.code === "CANCELLED") throw error;
      outage.note(error);
      failed.push({ name, error });
    }
  }
  if (failed.length > 0) throw lockFailure(failed, wanted.length);
  const text = formatLock(locked);
  const changed = before !== text;
  if (changed) {
    if (before !== undefined && broken !== undefined) await putAside(access, { lockPath, before, broken });
    await writeFileAtomic(lockPath, text);
  }
  const entries = await access.context.library.entries();
  const models = locked.map((model, index) => {
    const isMoved = movesPin(model, wanted[index], entries);
    return { ...toSummary(model), ...(isMoved ? { pinnedOtherwise: true as const } : {}) };
  });
  return { manifest: path, lock: lockPath, changed, models };
}

/**
 * What is wrong with the lock that is there; `undefined` when it can be read.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID` when a newer program has written it: it may say more than we know of.
 */
function problemOf(lockPath: string, text: string): string | undefined {
  const { problems, newerVersion } = readLock(text);
  if (newerVersion !== undefined) {
    throw new ModelManagerError(
      "CONFIG_INVALID",
      `The lock "${lockPath}" is of version ${newerVersion}, which a newer mm has written`,
      { hints: ["Update mm, then try again: mm version", `Or do without that lock: rm "${lockPath}"`] },
    );
  }
  const [problem] = problems;
  return problem === undefined ? undefined : formatProblem(problem);
}

/** A merge that is not finished may have what somebody still wants to see. */
async function putAside(
  { context }: ManifestAccess,
  { lockPath, before, broken }: {
    readonly lockPath: string;
    readonly before: string;
    readonly broken: string;
  },
): Promise<void> {
  const asidePath = `${lockPath}.broken`;
  await writeFileAtomic(asidePath, before);
  context.notices.emit(
    `The lock could not be read (${broken}) and was made anew; it was put aside as "${asidePath}"`,
  );
}

/** Whether a model is pinned here with other bytes than those that are locked. */
function movesPin(
  { files }: LockedModel,
  model: ManifestModel | undefined,
  entries: readonly ModelEntry[],
): boolean {
  if (model === undefined) return false;
  const digests = new Map(files.map(({ path, digest }) => [path, digest]));
  return entriesOf(model, entries)
    .filter((entry) => model.pinned ?? entry.pinned === true)
    .some(({ metadata }) =>
      metadata.files.some((file) => {
        const digest = digests.get(file.path);
        return digest !== undefined && registeredDigest(file) !== undefined && !hasDigest(file, digest);
      })
    );
}

function toSummary({ name, repo, commit, files }: LockedModel): LockReport["models"][number] {
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return { name, repo, commit, files: files.length, sizeBytes };
}

function lockFailure(
  failed: readonly { readonly name: string; readonly error: ModelManagerError }[],
  total: number,
): ModelManagerError {
  const codes = new Set(failed.map(({ error }) => error.code));
  const [first] = failed;
  const hints = new Set(failed.flatMap(({ error }) => error.hints));
  return fromErrorData({
    code: codes.size === 1 && first !== undefined ? first.error.code : "FAILED",
    message: `Cannot lock ${failed.length} of ${total} models: the lock stays as it was`,
    hints: [...hints, "Or leave a model out: mm models disable NAME"],
    causes: failed.map(({ name, error }) => `${name}: ${toErrorData(error).message}`),
  });
}
