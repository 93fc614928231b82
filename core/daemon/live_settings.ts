/**
 * The settings that are in force in a daemon, and the eye it keeps on them.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../base/clock.ts";
import { toErrorData } from "../base/errors.ts";
import type { Problems } from "./problems.ts";
import { compareSettings, type FoundSettings, isSameLook, type SettingsChange } from "./settings_watch.ts";

/** How often the settings are looked at for changes. */
const LOOK_EVERY_MS = 2_000;

/** Where settings come from, and who follows them. */
export interface LiveSettingsOptions {
  readonly clock: Clock;
  readonly problems: Problems;
  /** Those of the start. */
  readonly found: FoundSettings;
  /** Reads the settings, and the token that goes with them. */
  readonly findSettings: () => Promise<FoundSettings>;
  /** @default {2000} */
  readonly lookEveryMs?: number | undefined;
  /** Called after a change; what is found then is in force already. */
  readonly onChange: (change: SettingsChange) => void;
}

/** What a reading of the settings has changed. */
export interface ReloadReport {
  readonly changed: readonly string[];
}

/** The settings in force: those that could be read last. */
export class LiveSettings {
  readonly #options: LiveSettingsOptions;
  #found: FoundSettings;
  #readAt: string;
  #lastLook: FoundSettings | undefined;

  constructor(options: LiveSettingsOptions) {
    this.#options = options;
    this.#found = options.found;
    this.#readAt = new Date(options.clock.now()).toISOString();
  }

  /** What is in force. */
  get found(): FoundSettings {
    return this.#found;
  }

  /** When they were read and found to be good, ISO 8601. */
  get readAt(): string {
    return this.#readAt;
  }

  /** Looks for changes until it is stopped. */
  async watch(stop: AbortSignal): Promise<void> {
    const { clock, lookEveryMs = LOOK_EVERY_MS } = this.#options;
    while (!stop.aborted) {
      await clock.sleep(lookEveryMs, { signal: stop }).catch(() => {});
      if (!stop.aborted) await this.reload({ asked: false });
    }
  }

  /**
   * Reads the settings again, and lets the work follow. Settings that cannot be read change nothing; a change that
   * nobody asked for has to be seen twice, since an editor may be writing just now.
   */
  async reload({ asked }: { readonly asked: boolean }): Promise<ReloadReport> {
    const { findSettings, problems } = this.#options;
    const log = getLogger(["mm", "settings"]);
    let found: FoundSettings;
    try {
      found = await findSettings();
    } catch (error) {
      const { message, causes } = toErrorData(error);
      const reason = [message, ...causes].join(": ");
      if (problems.failed("settings", reason) || asked) {
        log.error("The settings cannot be read, those from before stay in force: {reason}", { reason });
      }
      return { changed: [] };
    }
    if (problems.works("settings")) log.info("The settings can be read again");
    const last = this.#lastLook;
    this.#lastLook = found;
    if (!asked && (last === undefined || !isSameLook(last, found))) return { changed: [] };
    return this.#follow(found, { asked });
  }

  #follow(found: FoundSettings, { asked }: { readonly asked: boolean }): ReloadReport {
    const { clock, onChange } = this.#options;
    const log = getLogger(["mm", "settings"]);
    const change = compareSettings(this.#found, found);
    const changed = [...change.paths, ...change.token ? ["the token"] : []];
    if (changed.length > 0 || asked) this.#readAt = new Date(clock.now()).toISOString();
    if (changed.length === 0) {
      if (asked) log.info("The settings were read again: nothing has changed");
      return { changed };
    }
    this.#found = found;
    log.info("Changed: {changed}", { changed: changed.join(", ") });
    onChange(change);
    return { changed };
  }
}
