/**
 * What the manifest wants, at a glance.
 *
 * @module
 */
import { join } from "node:path";
import { readTextFileIfExists } from "../../platform/atomic_file.ts";
import { MANIFEST_NAME } from "../manifest_name.ts";

/** A model of the manifest. */
export interface WantedModel {
  /** `org/name[@revision][:selector]`. */
  readonly name: string;
  readonly enabled: boolean;
  readonly tags: readonly string[];
  readonly description: string | undefined;
}

/**
 * The models of a manifest, in its order; none when it is not there or wrong.
 *
 * @param place The file, or the folders in which it is looked for, one after the other.
 */
export async function readWantedModels(
  place: readonly string[] | { readonly file: string },
): Promise<readonly WantedModel[]> {
  const paths = "file" in place ? [place.file] : place.map((folder) => join(folder, MANIFEST_NAME));
  for (const path of paths) {
    const text = await readTextFileIfExists(path);
    if (text === undefined) continue;
    // Most have none, and need not wait for who reads it.
    const { readManifest } = await import("../../library/manifest.ts");
    const models = readManifest(text).manifest?.models ?? [];
    return models.map(({ name, enabled, tags, description }) => ({ name, enabled, tags, description }));
  }
  return [];
}
