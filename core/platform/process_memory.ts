/**
 * What this process takes of the machine.
 *
 * @module
 */

/** Bytes of memory that this process has in use. */
export function processMemory(): number {
  return Deno.memoryUsage().rss;
}
