/**
 * Room in the library for a pull, where it may take only so much: looked at before the first byte, made where the
 * settings say so, and tidied up afterwards.
 *
 * @module
 */
import { basename } from "node:path";
import { formatByteSize } from "../base/byte_size.ts";
import { isModelManagerError, ModelManagerError, toErrorData } from "../base/errors.ts";
import { partialFolder } from "../library/layout.ts";
import { fileFacts } from "../platform/directory.ts";
import type { CleanedModel, CleanupContext, KeepReason, QuotaReport } from "./cleanup.ts";
import type { OperationContext } from "./context.ts";
import type { PullItem } from "./pull_item.ts";
import { claimedFiles } from "./pull_space.ts";
import { claimedBytes, type ClaimedFile } from "./run_claim.ts";

type QuotaContext = CleanupContext & Pick<OperationContext, "notices">;

/** What is asked of the library. */
interface Demand {
  readonly item: PullItem;
  readonly files: readonly ClaimedFile[];
  /** By how much the library grows. */
  readonly growthBytes: number;
}

/**
 * Makes sure that what is planned fits into the library. With `cleanup.auto`, models that were not used for longest go
 * for it; otherwise, and where that does not help, what was planned gets its error, and nothing is deleted.
 *
 * @param options.dryRun Only say what would go.
 */
export async function fitIntoQuota(
  context: QuotaContext,
  items: readonly PullItem[],
  options: { readonly dryRun: boolean },
): Promise<void> {
  const { maxTotalBytes } = context.settings;
  if (maxTotalBytes === undefined) return;
  const demands = (await Promise.all(items.map((item) => toDemand(context, item))))
    .filter((each) => each !== undefined);
  const growthBytes = sum(demands.map((demand) => demand.growthBytes));
  if (growthBytes === 0) return;
  try {
    await makeRoom(context, demands, { maxTotalBytes, growthBytes, dryRun: options.dryRun });
  } catch (error) {
    if (!isModelManagerError(error)) throw error;
    for (const { item, growthBytes } of demands) if (growthBytes > 0) item.error = error;
  }
}

async function makeRoom(
  context: QuotaContext,
  demands: readonly Demand[],
  need: { readonly maxTotalBytes: number; readonly growthBytes: number; readonly dryRun: boolean },
): Promise<void> {
  const { maxTotalBytes, growthBytes, dryRun } = need;
  const { planWork, carryOutWork } = await import("./cleanup.ts");
  const staged = new Set(demands.flatMap(({ files }) => files.map((file) => file.stagedPath)));
  const names = new Set([...staged].map((path) => contentName(path)));
  const others = await claimedBytes(context, { folders: [], ownStaged: staged, disk: undefined });
  const leftBytes = maxTotalBytes - growthBytes - others;
  const roomBytes = Math.max(0, leftBytes);
  const work = await planWork(context, { maxTotalBytes: roomBytes }, {
    wanted: await wantedEntries(context, demands),
    // What is about to be gone on with is no leftover, however old it is.
    spare: (path) => names.has(contentName(path)),
    lastMayGo: true,
  });
  const { quota } = work;
  if (quota === undefined) return;
  if (leftBytes < 0) {
    // More than the limit by itself: nothing that could go would help.
    const report = { ...quota, fits: false };
    throw quotaError(context, {
      maxTotalBytes,
      growthBytes: growthBytes + others,
      roomBytes: leftBytes,
      quota: report,
    });
  }
  if (quota.bytesBefore <= roomBytes) return;
  if (!context.settings.cleanupAuto || !quota.fits) {
    throw quotaError(context, { maxTotalBytes, growthBytes: growthBytes + others, roomBytes, quota });
  }
  if (dryRun) {
    const names = work.models.map(({ entry }) => entry.modelId);
    context.notices.emit(`To stay within cleanup.max_total_size, this would go: ${list(names)}`);
    return;
  }
  const result = await carryOutWork(context, work);
  sayGone(context, result.models);
  if (result.quota?.fits === false) {
    throw quotaError(context, {
      maxTotalBytes,
      growthBytes: growthBytes + others,
      roomBytes,
      quota: result.quota,
    });
  }
}

/** The digest that the names of partial data begin with. */
function contentName(path: string): string {
  return /^\.?([0-9a-f]{40,64})\./.exec(basename(path))?.[1] ?? path;
}

/** Entries that have files which are asked for: they stay, and so do those whose newer version is fetched. */
async function wantedEntries({ library }: QuotaContext, demands: readonly Demand[]): Promise<Set<string>> {
  const wanted = new Set(
    demands.flatMap(({ item: { pull } }) =>
      pull?.selection.files.map((file) => `${pull.info.repo} ${file.path}`) ?? []
    ),
  );
  const entries = (await library.entries()).filter(({ metadata: { repo, files } }) =>
    files.some((file) => wanted.has(`${repo} ${file.path}`))
  );
  return new Set(entries.map((entry) => entry.modelId));
}

/** What goes into another folder is no concern of the library's. */
async function toDemand(
  { library: { modelsDir } }: QuotaContext,
  item: PullItem,
): Promise<Demand | undefined> {
  const { pull, plan, error } = item;
  if (pull === undefined || plan === undefined || error !== undefined) return undefined;
  if (pull.target.partialFolder !== partialFolder({ modelsDir, repo: pull.info.repo })) return undefined;
  const files = claimedFiles(plan, pull.target);
  const growth = await Promise.all(files.map(growthOf));
  return { item, files, growthBytes: Math.max(0, sum(growth)) };
}

/** What is there of it already has been counted, and so has the version that it replaces. */
async function growthOf({ stagedPath, finalPath, sizeBytes }: ClaimedFile): Promise<number> {
  const [staged, before] = await Promise.all([fileFacts(stagedPath), fileFacts(finalPath)]);
  return sizeBytes - Math.min(sizeBytes, staged?.allocatedBytes ?? 0) - (before?.sizeBytes ?? 0);
}

const REASONS: Readonly<Record<KeepReason, string>> = {
  pinned: "pinned",
  "in-use": "in use",
  wanted: "asked for just now",
  "unknown-source": "not from the Hub",
  "used-last": "used last",
};

function quotaError(
  { settings }: QuotaContext,
  facts: {
    readonly maxTotalBytes: number;
    readonly growthBytes: number;
    readonly roomBytes: number;
    readonly quota: Pick<QuotaReport, "bytesBefore" | "bytesAfter" | "fits"> & {
      readonly kept: readonly { readonly reason: KeepReason }[];
    };
  },
): ModelManagerError {
  const { maxTotalBytes, growthBytes, roomBytes, quota } = facts;
  const missing = (quota.fits ? quota.bytesBefore : quota.bytesAfter) - roomBytes;
  const counts = Map.groupBy(quota.kept, ({ reason }) => REASONS[reason]);
  const kept = [...counts].map(([reason, models]) => `${models.length} ${reason}`).join(", ");
  const unless = quota.fits
    ? ""
    : `, even without the models that may go${kept === "" ? "" : ` (what stays: ${kept})`}`;
  return new ModelManagerError(
    "QUOTA_EXCEEDED",
    `The library may take ${formatByteSize(maxTotalBytes)} and takes ${formatByteSize(quota.bytesBefore)}: ` +
      `${formatByteSize(growthBytes)} to download do not fit${unless}; ${
        formatByteSize(missing)
      } are missing`,
    {
      hints: [
        ...(quota.fits && !settings.cleanupAuto
          ? ["Let what was not used for longest go for it: mm config set cleanup.auto true"]
          : []),
        "Choose yourself what goes: mm list --sort size, then mm remove REF",
        `Allow more: mm config set cleanup.max_total_size ${roundedUp(quota.bytesBefore + growthBytes)}`,
      ],
    },
  );
}

/** As a person would write it; a little more, for what comes along. */
function roundedUp(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6) + 1}MB` : `${Math.ceil(bytes / 1e9)}GB`;
}

/**
 * What `cleanup.auto` does after a pull: leftovers go, and models beyond the quota. A failure is said, and fails
 * nothing.
 */
export async function cleanUpAfterPull(context: QuotaContext, items: readonly PullItem[]): Promise<void> {
  if (!context.settings.cleanupAuto) return;
  try {
    const { planWork, carryOutWork } = await import("./cleanup.ts");
    const demands = items.map((item) => ({ item, files: [], growthBytes: 0 }));
    const wanted = await wantedEntries(context, demands);
    const work = await planWork(context, {}, { wanted });
    const isVain = work.quota?.fits === false;
    if (isVain) {
      const limit = formatByteSize(work.quota.limitBytes);
      context.notices.emit(
        `The library takes more than the ${limit} it may: see what can go with mm cleanup`,
      );
    }
    // Models that go and do not bring it within its limit would go in vain; a person may decide so.
    const { models, bytesFreed } = await carryOutWork(context, isVain ? { ...work, models: [] } : work);
    sayGone(context, models);
    if (models.length === 0 && bytesFreed > 0) {
      context.notices.emit(`Cleaned up what interrupted downloads had left: ${formatByteSize(bytesFreed)}`);
    }
  } catch (error) {
    context.notices.emit(`The automatic cleanup failed: ${toErrorData(error).message}`);
  }
}

function sayGone({ notices }: QuotaContext, models: readonly CleanedModel[]): void {
  if (models.length === 0) return;
  const bytes = formatByteSize(sum(models.map((model) => model.bytes)));
  const names = models.map(({ reference }) => reference);
  notices.emit(`To stay within cleanup.max_total_size, ${bytes} were deleted: ${list(names)}`);
}

function list(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return names.slice(0, 5).join(", ") + more;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
