/**
 * A process in the background that works the queue: started, and waited for.
 *
 * @module
 */
import type { Clock } from "../core/base/clock.ts";
import type { BackgroundRun, Queue, SilentOwner } from "../core/operations/model_manager.ts";

/** How long a process may take to be there: Deno has to start, on a busy machine too. */
const START_LIMIT_MS = 10_000;
const START_LOOK_MS = 50;

/** What became of it. */
export type QueueStart =
  /** Somebody works the queue. */
  | { readonly kind: "working"; readonly pid: number; readonly isNew: boolean }
  /** It has found nothing that it had to do, and has ended. */
  | { readonly kind: "done" }
  /** Somebody has the queue, and is stopped (Ctrl+Z). */
  | { readonly kind: "suspended"; readonly owner: SilentOwner }
  /** It has ended with an error. */
  | { readonly kind: "failed"; readonly run: BackgroundRun }
  /** Nothing can be started, or it has not been heard of in time. */
  | { readonly kind: "impossible" | "late"; readonly message: string; readonly hints: readonly string[] };

/** What a process is started with. */
export interface QueueStartPorts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Starts a command line in the background; says whether it could. */
  readonly start: (args: readonly string[]) => Promise<boolean>;
}

/** That the process which has the queue does not answer. */
export function silentOwnerText({ pid, isSuspended }: SilentOwner): string {
  const doubt = isSuspended === undefined ? " (suspended?)" : "";
  return `Process ${pid} holds the queue, but ${
    isSuspended === true ? "is suspended" : `does not answer${doubt}`
  }`;
}

/** Makes sure that somebody works the queue: who does so already, else a new process. */
export async function startQueueWork(
  queue: Pick<Queue, "owner" | "silentOwner" | "lastBackgroundRun">,
  ports: QueueStartPorts,
): Promise<QueueStart> {
  const owner = await queue.owner();
  if (owner !== undefined) return { kind: "working", pid: owner.pid, isNew: false };
  const silent = await queue.silentOwner();
  // Any other one that is silent is about to answer, or to make room.
  if (silent?.isSuspended === true) return { kind: "suspended", owner: silent };
  const sinceMs = ports.clock.now();
  if (await ports.start(["queue", "run", "--detached"])) return await awaitStart(queue, sinceMs, ports);
  return {
    kind: "impossible",
    message: "Nothing can be started in the background: that needs deno run -A",
    hints: ["Work the queue here: mm queue run"],
  };
}

/** A process that cannot even begin is to be heard of now, not when somebody wonders. */
async function awaitStart(
  queue: Pick<Queue, "owner" | "lastBackgroundRun">,
  sinceMs: number,
  { clock, signal }: QueueStartPorts,
): Promise<QueueStart> {
  for (const startMs = clock.monotonic(); clock.monotonic() - startMs < START_LIMIT_MS;) {
    const owner = await queue.owner();
    if (owner !== undefined) return { kind: "working", pid: owner.pid, isNew: true };
    const run = await queue.lastBackgroundRun();
    if (run?.endedAt !== undefined && Date.parse(run.startedAt) >= sinceMs) {
      return run.error === undefined ? { kind: "done" } : { kind: "failed", run };
    }
    await clock.sleep(START_LOOK_MS, { signal });
  }
  return {
    kind: "late",
    message: `The process in the background has not answered for ${START_LIMIT_MS / 1000} s`,
    hints: ["See whether it is at work: mm queue list"],
  };
}
