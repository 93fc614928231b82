/**
 * Room on the disk for a pull: looked at before the first byte, once more when it is this run's turn, and explained
 * when it has run out all the same.
 *
 * @module
 */
import { dirname } from "node:path";
import { isModelManagerError, ModelManagerError } from "../base/errors.ts";
import { checkSpace, type FilePlan, fullDiskError, type SpaceFacts } from "../download/plan.ts";
import { fileFacts } from "../platform/directory.ts";
import { type Disk, diskOf } from "../platform/disk_space.ts";
import { isNotFound, isSystemError } from "../platform/file_system_error.ts";
import type { OperationContext } from "./context.ts";
import type { PullItem } from "./pull_item.ts";
import type { PullPlan } from "./pull_plan.ts";
import type { PullTarget } from "./pull_target.ts";
import { claimedBytes, type ClaimedFile } from "./run_claim.ts";

type SpaceContext = Pick<OperationContext, "clock" | "library" | "settings">;

/** A reference that has a plan. */
interface Planned {
  readonly item: PullItem;
  readonly target: PullTarget;
  readonly files: readonly ClaimedFile[];
  readonly disk: Disk;
  readonly neededBytes: number;
}

/** The files that a plan is to bring, and where they will be. */
export function claimedFiles(plan: PullPlan, target: PullTarget): ClaimedFile[] {
  return claims(plan, target, ({ action }) => action !== "present");
}

/** Those that take room on the disk: a second name takes none. */
function bulkyFiles(plan: PullPlan, target: PullTarget): ClaimedFile[] {
  return claims(plan, target, ({ action }) => action !== "present" && action !== "link");
}

function claims(plan: PullPlan, target: PullTarget, isMeant: (file: FilePlan) => boolean): ClaimedFile[] {
  return plan.download.files.filter(isMeant).flatMap((file) => {
    const facts = plan.facts.get(file.path);
    if (facts === undefined) return [];
    const { stagedPath } = facts.staged;
    return [{ stagedPath, finalPath: target.pathOf(file.path), sizeBytes: file.sizeBytes }];
  });
}

/**
 * Before the first byte: everything planned has to fit, on each disk with the reserve left free, together with what
 * other processes are about to bring. What does not gets its error.
 */
export async function refuseWhatDoesNotFit(
  context: SpaceContext,
  items: readonly PullItem[],
  options: { readonly folder: string },
): Promise<void> {
  const planned = (await Promise.all(items.map(toPlanned))).filter((each) => each !== undefined);
  for (const [disk, group] of Map.groupBy(planned, (each) => each.disk.id)) {
    try {
      await checkGroup(context, group, { ...options, disk });
    } catch (error) {
      if (!isModelManagerError(error)) throw error;
      for (const { item, neededBytes } of group) if (neededBytes > 0) item.error = error;
    }
  }
}

/**
 * Once the locks are held: what was planned may have been a while ago, and another run may have come before.
 *
 * @throws {ModelManagerError} `INSUFFICIENT_SPACE` saying what is needed and what is there.
 */
export async function checkRunSpace(
  context: SpaceContext,
  item: PullItem,
  options: { readonly folder: string; readonly ownLockPath: string },
): Promise<void> {
  const planned = await toPlanned(item);
  if (planned === undefined) return;
  try {
    await checkGroup(context, [planned], { ...options, disk: planned.disk.id });
  } catch (error) {
    // It says what is missing, and of whom: nothing is to be explained.
    if (isModelManagerError(error)) item.error = error;
    throw error;
  }
}

async function checkGroup(
  context: SpaceContext,
  group: readonly Planned[],
  options: {
    readonly folder: string;
    readonly disk: number | undefined;
    readonly ownLockPath?: string;
  },
): Promise<void> {
  const neededBytes = group.reduce((sum, each) => sum + each.neededBytes, 0);
  const freeBytes = group[0]?.disk.freeBytes;
  if (neededBytes === 0 || freeBytes === undefined) return;
  const { folder, disk, ownLockPath } = options;
  checkSpace({
    neededBytes,
    freeBytes,
    folder,
    reserveBytes: context.settings.reserveBytes,
    claimedBytes: await claimedBytes(context, {
      folders: group.map(({ target }) => target.partialFolder),
      ownStaged: new Set(group.flatMap(({ files }) => files.map((file) => file.stagedPath))),
      disk,
      ownLockPath,
    }),
  });
}

async function toPlanned(item: PullItem): Promise<Planned | undefined> {
  const { pull, plan } = item;
  if (pull === undefined || plan === undefined) return undefined;
  const files = bulkyFiles(plan, pull.target);
  const disk = await diskOf(pull.target.partialFolder);
  return { item, target: pull.target, files, disk, neededBytes: await neededBytes(files) };
}

/** A file that has the final name now may be an older version: only what is gathered counts. */
async function neededBytes(files: readonly ClaimedFile[]): Promise<number> {
  const rest = await Promise.all(files.map(async ({ stagedPath, sizeBytes }) => {
    const staged = await fileFacts(stagedPath);
    return sizeBytes - Math.min(sizeBytes, staged?.allocatedBytes ?? 0);
  }));
  return rest.reduce((sum, bytes) => sum + bytes, 0);
}

/**
 * Says of a transfer that failed what the disk has to do with it: that it is full, and how much is missing; or that
 * the place is gone. Every other error comes back as it is.
 *
 * @param facts.waiting References that were to come after this one.
 */
export async function explainDiskFailure(
  context: SpaceContext,
  error: unknown,
  facts: { readonly item: PullItem; readonly waiting: readonly PullItem[]; readonly folder: string },
): Promise<unknown> {
  const target = facts.item.pull?.target;
  if (!isModelManagerError(error) || target === undefined || error.code === "CANCELLED") return error;
  if (error === facts.item.error) return error;
  try {
    const gone = await missingFolder(target.partialFolder);
    if (gone !== undefined) return vanishedError(gone, error);
    if (isNotFound(error)) return deletedError(error);
    // No room of any size would do.
    if (error.code !== "INSUFFICIENT_SPACE" || isSystemError(error, "EFBIG")) return error;
    return await explainFullDisk(context, error, { ...facts, target });
  } catch {
    return error;
  }
}

async function explainFullDisk(
  context: SpaceContext,
  error: ModelManagerError,
  facts: {
    readonly item: PullItem;
    readonly waiting: readonly PullItem[];
    readonly folder: string;
    readonly target: PullTarget;
  },
): Promise<ModelManagerError> {
  const disk = await diskOf(facts.target.partialFolder);
  let needed = 0;
  for (const item of [facts.item, ...facts.waiting]) {
    const { pull, plan, tally } = item;
    if (pull === undefined || plan === undefined || item.error !== undefined) continue;
    if ((await diskOf(pull.target.partialFolder)).id !== disk.id) continue;
    const open = plan.download.files.filter((file) => !tally.isFinished(file.path));
    const download = { ...plan.download, files: open };
    needed += await neededBytes(bulkyFiles({ ...plan, download }, pull.target));
  }
  const space: SpaceFacts = {
    neededBytes: needed,
    claimedBytes: 0,
    freeBytes: disk.freeBytes,
    reserveBytes: context.settings.reserveBytes,
    folder: facts.folder,
  };
  return fullDiskError(space, error);
}

/** The outermost of the folders on the way that is not there. */
async function missingFolder(folder: string): Promise<string | undefined> {
  let gone: string | undefined;
  for (let current = folder; current !== dirname(current); current = dirname(current)) {
    if ((await fileFacts(current))?.isDirectory === true) return gone;
    gone = current;
  }
  return gone;
}

function vanishedError(folder: string, cause: ModelManagerError): ModelManagerError {
  return new ModelManagerError(
    "FAILED",
    `The folder "${folder}" is gone: it was there when the download began`,
    {
      hints: [
        `See whether its disk is still there: df -h "${dirname(folder)}"`,
        "When it is back, run the same command again: it goes on with what is there then",
      ],
      cause,
    },
  );
}

function deletedError(cause: ModelManagerError): ModelManagerError {
  return new ModelManagerError(
    "FAILED",
    `Partial data was deleted while it was being downloaded: ${cause.message}`,
    {
      hints: ["Run the same command again: what is gone is fetched anew"],
      cause,
    },
  );
}
