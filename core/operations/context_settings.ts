/**
 * What operations need of the settings, in their own units.
 *
 * @module
 */
import type { SettingOrigin } from "../config/resolve_settings.ts";
import type { SettingPath, Settings } from "../config/settings.ts";
import type { OperationContext } from "./context.ts";
import { updateInterval } from "./update_stores.ts";

const DAY_MS = 86_400_000;
const MAX_CONNECTIONS = 16;

/** What the settings are and where they come from. */
export interface SettingFacts {
  readonly settings: Settings;
  /** @default {all are set} */
  readonly origins?: ReadonlyMap<SettingPath, SettingOrigin>;
  /** @default {false} */
  readonly offline?: boolean;
}

/** The settings of operations. */
export function operationSettings(facts: SettingFacts): OperationContext["settings"] {
  const { settings, origins, offline = false } = facts;
  const { download, cleanup: retention } = settings;
  return {
    connections: download.connections,
    // Who sets a number means it; the default is only where to begin.
    maxConnections: origins?.get("download.connections")?.source === "default"
      ? MAX_CONNECTIONS
      : download.connections,
    stallTimeoutMs: download.stall_timeout * 1000,
    timeoutMs: download.timeout * 1000,
    maxRetries: download.max_retries,
    reserveBytes: retention.reserve,
    cleanupAgeMs: retention.age_days * DAY_MS,
    maxTotalBytes: retention.max_total_size ?? undefined,
    cleanupAuto: retention.auto,
    reuse: download.reuse,
    updateEveryMs: updateInterval(settings, { offline }),
  };
}
