/**
 * The name of the manifest; by itself, because reading one takes a parser.
 *
 * @module
 */

/** The name of the manifest where nobody gives another. */
export const MANIFEST_NAME = "models.json";
