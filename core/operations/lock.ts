/**
 * Lock: what every wanted model is on the Hub just now, to the byte.
 *
 * @module
 */
import {
  fromErrorData,
  isModelManagerError,
  type ModelManagerError,
  throwIfAborted,
  toErrorData,
} from "../base/errors.ts";
import { formatLock, type LockedModel } from "../library/manifest_lock.ts";
import { readTextFileIfExists, writeFileAtomic } from "../platform/atomic_file.ts";
import { toLocked } from "./locked_pull.ts";
import type { ManifestAccess } from "./manifest_access.ts";
import type { ManifestChoice } from "./manifests.ts";
import { lockPathOf } from "./manifest_file.ts";
import type { CallOptions } from "./model_manager.ts";
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
  const locked: LockedModel[] = [];
  const failed: { readonly name: string; readonly error: ModelManagerError }[] = [];
  const wanted = manifest.models.filter((model) => model.enabled);
  for (const { name } of wanted) {
    throwIfAborted(signal);
    try {
      const resolved = await resolvePull(access.context, name, { request: { references: [name] }, signal });
      locked.push(toLocked(name, resolved));
    } catch (error) {
      if (!isModelManagerError(error) || error.code === "CANCELLED") throw error;
      failed.push({ name, error });
    }
  }
  if (failed.length > 0) throw lockFailure(failed, wanted.length);
  const lockPath = lockPathOf(path);
  const text = formatLock(locked);
  const changed = await readTextFileIfExists(lockPath) !== text;
  if (changed) await writeFileAtomic(lockPath, text);
  return { manifest: path, lock: lockPath, changed, models: locked.map(toSummary) };
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
