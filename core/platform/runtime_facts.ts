/**
 * What the process runs on and what it may do, for people who look for the cause of a trouble.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/** Versions of everything below the program. */
export interface RuntimeFacts {
  readonly deno: string;
  readonly v8: string;
  readonly typescript: string;
  readonly os: typeof Deno.build.os;
  readonly arch: string;
  /** Of the system; `undefined` when the process may not ask. */
  readonly osRelease: string | undefined;
}

/** What a process can be granted. */
export type PermissionName = "read" | "write" | "net" | "env" | "sys" | "run" | "ffi";

/** Every one of them, in the order of Deno's own help. */
export const PERMISSION_NAMES: readonly PermissionName[] = [
  "read",
  "write",
  "net",
  "env",
  "sys",
  "run",
  "ffi",
];

/** The versions. */
export function runtimeFacts(): RuntimeFacts {
  const { deno, v8, typescript } = Deno.version;
  const { os, arch } = Deno.build;
  let osRelease: string | undefined;
  if (isGranted("sys", "osRelease")) osRelease = Deno.osRelease();
  return { deno, v8, typescript, os, arch, osRelease };
}

/**
 * Whether a right was granted, without asking anybody.
 *
 * @param scope A path, `host` or `host:port`, variable, or name of a piece of information; without it, all of them.
 */
export function isGranted(name: PermissionName, scope?: string): boolean {
  return Deno.permissions.querySync(descriptor(name, scope)).state === "granted";
}

function descriptor(name: PermissionName, scope: string | undefined): Deno.PermissionDescriptor {
  if (scope === undefined) return { name };
  switch (name) {
    case "read":
    case "write":
    case "ffi":
      return { name, path: scope };
    case "net":
      return { name, host: scope };
    case "env":
      return { name, variable: scope };
    case "run":
      return { name, command: scope };
    case "sys":
      return { name, kind: scope as NonNullable<Deno.SysPermissionDescriptor["kind"]> };
  }
}

/** How many files the process may have open; `undefined` where the system does not tell (other than Linux). */
export function openFileLimit(): number | undefined {
  if (Deno.build.os !== "linux" || !isGranted("read", "/proc/self/limits")) return undefined;
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === undefined ? undefined : soft === "unlimited" ? Infinity : Number(soft);
  } catch {
    return undefined;
  }
}
