/**
 * Who holds a lock, and whether that process still lives. It guards against file systems on which a lock is granted
 * to everybody (some network and cluster file systems do so).
 *
 * @module
 */
import { bootId, hostname } from "./environment.ts";

/** Who holds a lock, as the lock file says. */
export interface LockOwner {
  readonly pid: number;
  /** When the lock was taken; ISO 8601, UTC. */
  readonly startedAt: string;
  readonly host: string;
  readonly bootId?: string;
  /** When the process began, in ticks of the system: tells it from a later one of the same number. */
  readonly processStart?: string;
}

/** The holder touches the lock file so often… */
export const HEARTBEAT_MS = 5_000;
/** …and counts as dead after this long without, where nothing else can tell. */
const HEARTBEAT_LOST_MS = 20_000;

/** This process, as the owner of a lock taken now. */
export function thisOwner(now: number): LockOwner {
  const boot = bootId();
  const processStart = processStartOf(Deno.pid);
  return {
    pid: Deno.pid,
    startedAt: new Date(now).toISOString(),
    host: hostname(),
    ...(boot === undefined ? {} : { bootId: boot }),
    ...(processStart === undefined ? {} : { processStart }),
  };
}

/** The owner that a lock file names; `undefined` when it names none that can be read. */
export function parseOwner(text: string): LockOwner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { pid, startedAt, host, bootId, processStart } = value as Record<string, unknown>;
  if (typeof pid !== "number" || typeof startedAt !== "string" || typeof host !== "string") return undefined;
  return {
    pid,
    startedAt,
    host,
    ...(typeof bootId === "string" ? { bootId } : {}),
    ...(typeof processStart === "string" ? { processStart } : {}),
  };
}

/**
 * Whether an owner that did not free its lock still lives.
 *
 * @param heartbeatAgeMs Since the lock file was last touched.
 */
export function isAlive(owner: LockOwner, heartbeatAgeMs: number): boolean {
  const boot = bootId();
  if (owner.host === hostname() && boot !== undefined) {
    // On this machine the system itself knows.
    if (owner.bootId !== boot) return false;
    const start = processStartOf(owner.pid);
    return start !== undefined && (owner.processStart === undefined || owner.processStart === start);
  }
  return heartbeatAgeMs < HEARTBEAT_LOST_MS;
}

/** Field 22 of the process's line in `/proc`; `undefined` when there is no such process, or no such system. */
function processStartOf(pid: number): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const line = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name before them is in parentheses and may hold anything.
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended; only its parent has not noticed.
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
