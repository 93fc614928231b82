/**
 * What threads may do: less than the process, where Deno lets a thread be given less.
 *
 * @module
 */
import type { WorkerAccess, WorkerKind } from "../core/download/worker_protocol.ts";
import { isFullyGranted, wasRestarted } from "../core/platform/own_permissions.ts";

/**
 * Deno ends the whole process when permissions are named for a thread and `worker-options` is not on, and says nowhere
 * whether it is. But the configuration that turns it on also gives this module, by a scope, a name that it can
 * resolve: both count only in the configuration that is in force.
 */
const SENTINEL = "mm-worker-options-are-on";

/** Whether threads can be given permissions of their own. */
export function canConfine(): boolean {
  if (wasRestarted()) return true;
  try {
    import.meta.resolve(SENTINEL);
    return true;
  } catch {
    return false;
  }
}

/** The folders, where the process may use each of them; else what the process has. */
function scoped(name: "read" | "write", { folders }: WorkerAccess): string[] | "inherit" {
  return folders.every((path) => isFullyGranted({ name, path })) ? [...folders] : "inherit";
}

/** For the order of threads only. */
function ownSys(): ["setPriority"] | false {
  return isFullyGranted({ name: "sys", kind: "setPriority" }) ? ["setPriority"] : false;
}

/** What a thread needs for its work, and no more; never more than the process has. */
export function workerPermissions(
  kind: WorkerKind,
  access: WorkerAccess,
): Deno.PermissionOptionsObject {
  const none = { env: false, run: false, ffi: false, sys: ownSys() } as const;
  // It is told which files to read, and has nobody to tell what it has read.
  if (kind === "hash") return { ...none, read: "inherit", write: false, net: false, import: "inherit" };
  const files = { read: scoped("read", access), write: scoped("write", access) };
  return { ...none, ...files, net: "inherit", import: "inherit" };
}
