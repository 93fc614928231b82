/**
 * The context of a sync: the program's own, with the settings of the manifest.
 *
 * @module
 */
import type { ManifestSettings } from "../library/manifest.ts";
import type { OperationContext, OperationSettings } from "./context.ts";

const DAY_MS = 86_400_000;

/** The settings that count while a manifest is synced. */
export function syncSettings(own: OperationSettings, manifest: ManifestSettings): OperationSettings {
  const { autoCleanup, cleanupAgeDays, maxTotalBytes } = manifest;
  return {
    ...own,
    cleanupAuto: autoCleanup ?? own.cleanupAuto,
    cleanupAgeMs: cleanupAgeDays === undefined ? own.cleanupAgeMs : cleanupAgeDays * DAY_MS,
    // A manifest may come from elsewhere: it does not lift the limit that a person has set for the machine.
    maxTotalBytes: maxTotalBytes === undefined
      ? own.maxTotalBytes
      : Math.min(maxTotalBytes, own.maxTotalBytes ?? Infinity),
  };
}

/** The same program with other settings. */
export function withSettings(context: OperationContext, settings: OperationSettings): OperationContext {
  const { clock, library, hfCache, apps, ownFolders, endpoint, waits, notices, userAgent, bootId } = context;
  return {
    clock,
    settings,
    library,
    hfCache,
    apps,
    ownFolders,
    endpoint,
    waits,
    notices,
    userAgent,
    bootId,
    get memoryBytes() {
      return context.memoryBytes;
    },
    gpuMemoryBytes: () => context.gpuMemoryBytes(),
    hub: () => context.hub(),
    machinery: () => context.machinery(),
    history: () => context.history(),
    updates: () => context.updates(),
    updatesIfKept: () => context.updatesIfKept(),
  };
}
