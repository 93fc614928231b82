/**
 * What the daemon does unasked, now and then: looks for updates, cleans up, and tries again what only a passing trouble
 * has stopped.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../base/clock.ts";
import { isModelManagerError, toErrorData } from "../base/errors.ts";
import type { ModelManager } from "../operations/model_manager.ts";
import type { ManifestSettings } from "../library/manifest.ts";
import { readManifestSettings } from "./manifest_settings.ts";
import { jobsToRetry } from "./mending.ts";
import type { Problems } from "./problems.ts";
import type { DaemonTask } from "./supervisor.ts";

/** What is done unasked. */
export interface HousekeepingOptions {
  readonly manager: Pick<
    ModelManager,
    "queue" | "claimUpdateCheck" | "update" | "cleanup" | "manifest" | "schedules"
  >;
  readonly clock: Clock;
  readonly problems: Problems;
  /** As the settings say, asked each time: they may have changed. */
  readonly wants: () => { readonly updates: boolean; readonly cleanup: boolean };
  /** Told what the manifest says, again and again; not while it is broken. */
  readonly onManifest: (settings: ManifestSettings | undefined) => void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Chore {
  readonly name: string;
  readonly everyMs: number;
  readonly isWanted: () => boolean;
  readonly work: (signal: AbortSignal) => Promise<void>;
  dueMs: number;
}

/** The chores as one task; a chore that fails is done again in its turn, and keeps no other from its own. */
export function housekeeping(options: HousekeepingOptions): DaemonTask {
  const { clock, problems, wants } = options;
  return {
    name: "housekeeping",
    async run(signal) {
      const startMs = clock.monotonic();
      const chores: readonly Chore[] = [
        chore("retries", 5 * MINUTE_MS, () => true, () => retryJobs(options)),
        chore("manifest", 5 * MINUTE_MS, () => true, () => lookAtManifest(options)),
        chore("updates", HOUR_MS, () => wants().updates, (stop) => checkUpdates(options, stop)),
        chore("cleanup", 24 * HOUR_MS, () => wants().cleanup, () => cleanUp(options)),
      ].map((each) => ({ ...each, dueMs: startMs + MINUTE_MS }));
      while (!signal.aborted) {
        await clock.sleep(MINUTE_MS, { signal }).catch(() => {});
        for (const each of chores) {
          if (signal.aborted) return;
          if (clock.monotonic() >= each.dueMs) await doChore(each, { clock, problems, signal });
        }
      }
    },
  };
}

function chore(
  name: string,
  everyMs: number,
  isWanted: Chore["isWanted"],
  work: Chore["work"],
): Omit<Chore, "dueMs"> {
  return { name, everyMs, isWanted, work };
}

async function doChore(
  each: Chore,
  { clock, problems, signal }: {
    readonly clock: Clock;
    readonly problems: Problems;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  each.dueMs = clock.monotonic() + each.everyMs;
  if (!each.isWanted()) {
    problems.works(each.name);
    return;
  }
  try {
    await each.work(signal);
    problems.works(each.name);
  } catch (error) {
    if (signal.aborted) return;
    const { message, causes } = toErrorData(error);
    const reason = [message, ...causes].join(": ");
    if (!problems.failed(each.name, reason)) return;
    const log = getLogger(["mm", each.name]);
    // Who is offline, or asks a Hub that is down, knows; what is no error of ours is a bug.
    if (isModelManagerError(error)) log.warning("{reason}", { reason });
    else log.error("{reason}", { reason });
  }
}

async function retryJobs({ manager, clock }: HousekeepingOptions): Promise<void> {
  const jobs = jobsToRetry(await manager.queue.list(), clock.now());
  if (jobs.length === 0) return;
  for (const { id, error } of jobs) {
    getLogger(["mm", "queue"]).info("Job {job} is tried again after: {reason}", {
      job: id,
      reason: error?.message,
    });
  }
  await manager.queue.retry(jobs.map(({ id }) => id));
}

async function lookAtManifest({ manager, onManifest }: HousekeepingOptions): Promise<void> {
  onManifest(await readManifestSettings(manager));
  // Long before the night in which it would be needed.
  for (const { enabled, references, manifest } of await manager.schedules.list()) {
    if (enabled && references.length === 0 && manifest !== undefined) {
      await manager.manifest.list({ manifest });
    }
  }
}

async function checkUpdates({ manager }: HousekeepingOptions, signal: AbortSignal): Promise<void> {
  if (!await manager.claimUpdateCheck()) return;
  const check = manager.update({ check: true }, { signal });
  let next = await check.next();
  while (next.done !== true) next = await check.next();
  const newer = next.value.filter(({ update }) => update === "weights changed").length;
  getLogger(["mm", "updates"]).info("Looked for updates: {newer} of {models} models have new weights", {
    newer,
    models: next.value.length,
  });
}

async function cleanUp({ manager }: HousekeepingOptions): Promise<void> {
  const { bytesFreed } = await manager.cleanup();
  getLogger(["mm", "cleanup"]).info("Cleaned up: {bytesFreed} bytes freed", { bytesFreed });
}
