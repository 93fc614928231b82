/**
 * What this process may do, and how it was started.
 *
 * @module
 */

/** Names the process that has started this one again, for want of a flag of Deno's; children inherit it, too. */
export const RESTARTED_BY = "MM_RESTARTED_WITH_KV";

/** Whether everything is allowed, so that a child with `-A` gets no more than there is. */
export function isAllowedAll(): boolean {
  const names = ["run", "read", "write", "net", "env", "sys", "ffi"] as const;
  return names.every((name) => isFullyGranted({ name }));
}

/** Whether all of it was granted, with no exceptions. Nobody is asked. */
export function isFullyGranted(descriptor: Deno.PermissionDescriptor): boolean {
  const { state, partial } = Deno.permissions.querySync(descriptor);
  return state === "granted" && partial !== true;
}

/** Whether this very process was started again, with every flag of Deno's that the program makes use of. */
export function wasRestarted(): boolean {
  if (!isFullyGranted({ name: "env", variable: RESTARTED_BY })) return false;
  // Who has only inherited the variable has another parent.
  return Deno.env.get(RESTARTED_BY) === String(Deno.ppid);
}

/** Whether a path may be written. Nobody is asked. */
export function mayWrite(path: string): boolean {
  return Deno.permissions.querySync({ name: "write", path }).state === "granted";
}

/**
 * Whether a path may be read: asked before what the program can do without, because on a terminal Deno would ask a
 * person for it in the middle of the work.
 */
export function mayRead(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}
