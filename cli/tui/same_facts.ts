/**
 * Whether what was read again is what was known.
 *
 * @module
 */

/** Facts that come anew from a store or a file each time: what they say counts, in whatever objects they come. */
export function saysTheSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
