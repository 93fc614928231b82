/**
 * Which files running programs have open, where the system lets us look.
 *
 * @module
 */
import { join } from "node:path";

/** What of `/proc` is needed; tests give another. */
export interface OpenFilesOptions {
  /** @default {"/proc"} */
  readonly processes?: string;
}

/** A path in the list of a process's mappings comes after five fields. */
const MAPPING = /^\S+ \S+ \S+ \S+ \S+ +(\/.*)$/;

/**
 * Absolute paths of the files below a folder that any process of this machine, this one left out, has open or mapped
 * into its memory. Processes of other people do not show unless we are root.
 *
 * @param folder Absolute, without links.
 * @returns `undefined` where the system does not tell (anything but Linux).
 */
export async function openFilesBelow(
  folder: string,
  options: OpenFilesOptions = {},
): Promise<ReadonlySet<string> | undefined> {
  const { processes = "/proc" } = options;
  if (Deno.build.os !== "linux") return undefined;
  const found = new Set<string>();
  const note = (path: string): void => {
    if (path.startsWith(`${folder}/`)) found.add(path);
  };
  try {
    for await (const { name } of Deno.readDir(processes)) {
      if (!/^\d+$/.test(name) || name === String(Deno.pid)) continue;
      for (const path of await openPaths(join(processes, name))) note(path);
    }
  } catch {
    return undefined;
  }
  return found;
}

/** Of one process; it may end while it is looked at, or be nobody's business. */
async function openPaths(process: string): Promise<string[]> {
  const paths: string[] = [];
  const folder = join(process, "fd");
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const target = await Deno.readLink(join(folder, name)).catch(() => "");
      if (target.startsWith("/")) paths.push(target);
    }
    // Who maps a file may have closed it.
    for (const line of (await Deno.readTextFile(join(process, "maps"))).split("\n")) {
      const path = MAPPING.exec(line)?.[1];
      if (path !== undefined) paths.push(path);
    }
  } catch {
    // What was found before counts.
  }
  return paths;
}
