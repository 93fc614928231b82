/**
 * What the manifest says about the care of the library, while the daemon cares for it; pure, but for reading it.
 *
 * @module
 */
import { isModelManagerError } from "../base/errors.ts";
import type { ManifestSettings } from "../library/manifest.ts";
import type { ModelManager } from "../operations/model_manager.ts";
import type { FoundSettings } from "./settings_watch.ts";

/** Reads them; `undefined` when there is no manifest. @throws {ModelManagerError} `CONFIG_INVALID` when it is broken. */
export async function readManifestSettings(
  manager: Pick<ModelManager, "manifest">,
): Promise<ManifestSettings | undefined> {
  try {
    return (await manager.manifest.list()).settings;
  } catch (error) {
    if (isModelManagerError(error) && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/**
 * The settings with those of the manifest, where nobody has set them otherwise. A manifest may come from elsewhere: the
 * library never takes more than the person allows.
 *
 * @returns the same when the manifest changes nothing.
 */
export function withManifest(found: FoundSettings, manifest: ManifestSettings | undefined): FoundSettings {
  if (manifest === undefined) return found;
  const { settings, origins } = found;
  const isDefault = (path: Parameters<typeof origins.get>[0]): boolean =>
    origins.get(path)?.source === "default";
  const { cleanup } = settings;
  const { autoCleanup, cleanupAgeDays, maxTotalBytes, checkFrequency } = manifest;
  const limits = [maxTotalBytes, cleanup.max_total_size ?? undefined].filter((bytes) => bytes !== undefined);
  const changed = {
    ...settings,
    check_frequency: isDefault("check_frequency")
      ? checkFrequency ?? settings.check_frequency
      : settings.check_frequency,
    cleanup: {
      ...cleanup,
      auto: isDefault("cleanup.auto") ? autoCleanup ?? cleanup.auto : cleanup.auto,
      age_days: isDefault("cleanup.age_days") ? cleanupAgeDays ?? cleanup.age_days : cleanup.age_days,
      max_total_size: limits.length === 0 ? null : Math.min(...limits),
    },
  };
  return JSON.stringify(changed) === JSON.stringify(settings) ? found : { ...found, settings: changed };
}
