/**
 * The program's version.
 *
 * @module
 */

/** As in `deno.json`; a test keeps the two equal. */
export const VERSION = "0.1.0";
