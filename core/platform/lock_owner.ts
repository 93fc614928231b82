/**
 * Who holds a lock, and whether that process still lives. It guards against file systems on which a lock is granted
 * to everybody (some network and cluster file systems do so).
 *
 * @module
 */
import { mayRead } from "./own_permissions.ts";
import { kill } from "node:process";
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
  /** Whose process numbers these are: each container has its own. */
  readonly pidSpace?: string;
  /** Different for each time that a lock is taken. */
  readonly id?: string;
}

/** The holder touches the lock file so often… */
export const HEARTBEAT_MS = 5_000;
/** …and counts as dead after this long without, where nothing else can tell. */
export const HEARTBEAT_LOST_MS = 20_000;

/** This process, as the owner of a lock taken now (milliseconds since 1970). */
export function thisOwner(now: number): LockOwner {
  const boot = bootId();
  const start = processStartOf(Deno.pid);
  const pidSpace = pidSpaceOfThis();
  return {
    pid: Deno.pid,
    startedAt: new Date(now).toISOString(),
    host: hostname(),
    ...(boot === undefined ? {} : { bootId: boot }),
    ...(start === undefined ? {} : { processStart: start }),
    ...(pidSpace === undefined ? {} : { pidSpace }),
    id: crypto.randomUUID(),
  };
}

/** The owner that a lock file names; `undefined` when it names none that can be read. */
export function parseOwner(text: string): LockOwner | undefined {
  let value: unknown;
  try {
    // What follows the first line is the rest of an earlier, longer one.
    value = JSON.parse(text.slice(0, text.indexOf("\n") + 1) || text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { pid, startedAt, host, ...others } = value as Record<string, unknown>;
  if (typeof pid !== "number" || typeof startedAt !== "string" || typeof host !== "string") return undefined;
  const optional = ["bootId", "processStart", "pidSpace", "id"]
    .flatMap((name) => typeof others[name] === "string" ? [[name, others[name]]] : []);
  return { pid, startedAt, host, ...Object.fromEntries(optional) };
}

/**
 * Whether the owner of a lock lives, as far as this system can know. No clock is asked: after a sleep, or when
 * somebody sets the time, every sign of life looks old.
 *
 * @returns `unknown` for an owner on another machine, in another container, or where the system does not tell: then
 * only signs of life can.
 */
export function ownerState(owner: LockOwner): "alive" | "dead" | "unknown" {
  const here = hostname();
  if (owner.host !== here || here === "unknown") return "unknown";
  const boot = bootId();
  const pidSpace = pidSpaceOfThis();
  if (owner.pidSpace !== undefined && owner.pidSpace !== pidSpace) return "unknown";
  if (owner.bootId !== undefined && boot !== undefined && owner.bootId !== boot) return "dead";
  const start = processStartOf(owner.pid);
  if (start === "ended") return "dead";
  if (start !== undefined && owner.processStart !== undefined) {
    return start === owner.processStart ? "alive" : "dead";
  }
  // A process of that number may be a later one.
  return isRunning(owner.pid) === false ? "dead" : "unknown";
}

/**
 * Whether the owner of a lock is stopped (Ctrl+Z), so that it holds the lock and does nothing.
 *
 * @returns `undefined` where the system does not tell, and of an owner that does not live here.
 */
export function isSuspended(owner: LockOwner): boolean | undefined {
  if (ownerState(owner) !== "alive") return undefined;
  const state = statFieldsOf(owner.pid)?.[0];
  return state === undefined ? undefined : state === "T" || state === "t";
}

/** Field 22 of the process's line in `/proc`; `undefined` when it cannot be seen: no such process, or no such system. */
function processStartOf(pid: number): string | undefined {
  const fields = statFieldsOf(pid);
  // A zombie has ended; only its parent has not noticed.
  return fields?.[0] === "Z" || fields?.[0] === "X" ? "ended" : fields?.[19];
}

/** The process's line in `/proc` from the third field on, which is its state. */
function statFieldsOf(pid: number): string[] | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    if (!mayRead(`/proc/${pid}/stat`)) return undefined;
    const line = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name before them is in parentheses and may hold anything.
    return line.slice(line.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function pidSpaceOfThis(): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return mayRead("/proc/self/ns/pid") ? Deno.readLinkSync("/proc/self/ns/pid") : undefined;
  } catch {
    return undefined;
  }
}

/** `undefined` when we may not ask. */
function isRunning(pid: number): boolean | undefined {
  try {
    // Nothing is sent: the system only says whether it could be.
    return kill(pid, 0);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "ESRCH" ? false : code === "EPERM" ? true : undefined;
  }
}
