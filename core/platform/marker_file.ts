/**
 * Files whose being there is all they say, and since when. They are left at once, before anything else happens.
 *
 * @module
 */
import { dirname } from "node:path";
import { fileFactsNow } from "./directory.ts";

/**
 * Leaves a mark, or renews it.
 *
 * @param timeMs Since when it holds, in milliseconds since 1970.
 * @returns whether it is there; on a disk that cannot be written it is not.
 */
export function leaveMark(path: string, timeMs: number): boolean {
  try {
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeFileSync(path, new Uint8Array());
    Deno.utimeSync(path, new Date(timeMs), new Date(timeMs));
    return true;
  } catch {
    return false;
  }
}

/** Since when a mark holds, in milliseconds since 1970; `undefined` when there is none. */
export function markedAtMs(path: string): number | undefined {
  try {
    return fileFactsNow(path)?.modifiedAtMs;
  } catch {
    return undefined;
  }
}
