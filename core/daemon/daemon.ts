/**
 * The daemon: one process a store that works the queue when nobody looks on, and does not end when it is empty.
 *
 * A lock says that it lives; a socket lets others ask it, and stop it. All work is done in a shift, under the settings
 * of that moment. What fails inside is said in the log and begun again.
 *
 * @module
 */
import { pid } from "node:process";
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../base/clock.ts";
import { isModelManagerError, ModelManagerError, toErrorData } from "../base/errors.ts";
import { rateLimitAt } from "../base/rate_timetable.ts";
import { VERSION } from "../base/version.ts";
import { writeFileAtomic } from "../platform/atomic_file.ts";
import { makeDirectory, removeFile } from "../platform/directory.ts";
import { acquireFileLock, describeOwner, type FileLock, readLockOwner } from "../platform/file_lock.ts";
import type { LockOwner } from "../platform/lock_owner.ts";
import { processMemory } from "../platform/process_memory.ts";
import type { ModelManager, ScheduleInfo } from "../operations/model_manager.ts";
import type { ManifestSettings } from "../library/manifest.ts";
import { readManifestSettings, withManifest } from "./manifest_settings.ts";
import { serveControl } from "./control_server.ts";
import { writeDaemonNote } from "./daemon_note.ts";
import type { DaemonPlaces } from "./daemon_places.ts";
import type { DaemonStatus, NextSchedule } from "./daemon_status.ts";
import { Problems } from "./problems.ts";
import { scheduleProblems } from "./schedule_problems.ts";
import { LiveSettings } from "./live_settings.ts";
import type { FoundSettings, SettingsChange } from "./settings_watch.ts";
import { Shift } from "./shift.ts";

/** What the daemon is made of. */
export interface DaemonOptions {
  readonly places: DaemonPlaces;
  readonly clock: Clock;
  /** Aborted to stop it. */
  readonly signal: AbortSignal;
  /** Reads the settings, and the token that goes with them. */
  readonly findSettings: () => Promise<FoundSettings>;
  /** Makes the program anew; it is told what a person should know through `onNotice`. */
  readonly openManager: (found: FoundSettings, onNotice: (message: string) => void) => Promise<ModelManager>;
  /** Lets the log follow `log.level`. */
  readonly setLogLevel: (level: FoundSettings["settings"]["log"]["level"]) => void;
  /** Calls the handler whenever somebody wants the settings read again (SIGHUP). */
  readonly onReload: (handler: () => void) => Disposable;
  /** Called once, when the daemon answers and works the queue, or has noticed that it cannot yet. */
  readonly onReady?: (status: DaemonStatus) => void | Promise<void>;
  /** Updates are looked for unasked only where somebody may look at what was found. @default {true} */
  readonly checksUpdates?: boolean;
  /** How often the settings are looked at for changes. @default {2000} */
  readonly lookEveryMs?: number;
  /** A file that is to hold the number of the process, for other tools; nothing trusts it. */
  readonly pidFile?: string | undefined;
}

/** How long work may take to write down where it is. */
export const CHECKPOINT_LIMIT_MS = 8_000;
/** How long the start may wait for the queue before it is said to be on. */
const READY_LIMIT_MS = 10_000;
const READY_LOOK_MS = 20;
/** After a program that could not even be made. */
const SHIFT_PAUSE_MS = 5_000;

/** The refusal of a second daemon. */
export function runningError(
  owner: Pick<LockOwner, "pid" | "startedAt" | "host"> | undefined,
): ModelManagerError {
  return new ModelManagerError("LOCKED", `The daemon is running already: ${describeOwner(owner)}`, {
    hints: ["See what it does: mm status", "Stop it and start it anew: mm restart"],
  });
}

async function takeLock({ folder, lockPath }: DaemonPlaces, clock: Clock): Promise<FileLock> {
  await makeDirectory(folder, { mode: 0o700 });
  try {
    return await acquireFileLock(lockPath, { clock });
  } catch (error) {
    if (!isModelManagerError(error) || error.code !== "LOCKED") throw error;
    throw runningError(await readLockOwner(lockPath));
  }
}

/**
 * Is the daemon, until it is stopped; then jobs wait again with what they have fetched.
 *
 * @returns whether everything had stopped in time; else the process is to end without waiting for the rest.
 * @throws {ModelManagerError} `LOCKED` naming the daemon that runs, `PERMISSION_ERROR` when its files cannot be
 * written, or what is wrong with the settings at the start.
 */
export async function runDaemon(options: DaemonOptions): Promise<boolean> {
  const { places, clock } = options;
  await using lock = await takeLock(places, clock);
  const startedAt = new Date(clock.now()).toISOString();
  const log = getLogger(["mm", "daemon"]);
  await writeDaemonNote(places, { pid, startedAt });
  try {
    log.info("mm {version} runs as process {pid}", { version: VERSION, pid });
    const daemon = new Daemon(options, { lock, startedAt, found: await options.findSettings() });
    const clean = await daemon.run();
    log.info(clean ? "Stopped" : "Stopped without waiting for everything to end");
    await writeDaemonNote(places, { pid, startedAt, endedAt: new Date(clock.now()).toISOString() });
    return clean;
  } catch (error) {
    const data = toErrorData(error);
    log.fatal("The daemon has failed: {reason}", { reason: [data.message, ...data.causes].join(": ") });
    await writeDaemonNote(places, {
      pid,
      startedAt,
      endedAt: new Date(clock.now()).toISOString(),
      error: data,
    });
    throw error;
  }
}

class Daemon {
  readonly #options: DaemonOptions;
  readonly #lock: FileLock;
  readonly #startedAt: string;
  readonly #startMs: number;
  readonly #problems: Problems;
  readonly #asked = new AbortController();
  readonly #stop: AbortSignal;
  readonly #live: LiveSettings;
  #shift: Shift | undefined;
  #endShift: (() => void) | undefined;
  #hasNewToken = false;
  /** What it said when it was good last. */
  #manifest: ManifestSettings | undefined;

  constructor(
    options: DaemonOptions,
    { lock, startedAt, found }: {
      readonly lock: FileLock;
      readonly startedAt: string;
      readonly found: FoundSettings;
    },
  ) {
    this.#options = options;
    this.#lock = lock;
    this.#startedAt = startedAt;
    this.#startMs = options.clock.monotonic();
    this.#problems = new Problems(options.clock);
    this.#stop = AbortSignal.any([options.signal, this.#asked.signal, lock.lost]);
    const { clock, findSettings, lookEveryMs } = options;
    this.#live = new LiveSettings({
      clock,
      problems: this.#problems,
      found,
      findSettings,
      lookEveryMs,
      onChange: (change) => this.#follow(change),
    });
    options.setLogLevel(found.settings.log.level);
  }

  async run(): Promise<boolean> {
    const { places, onReload, pidFile } = this.#options;
    const log = getLogger(["mm", "daemon"]);
    const server = await serveControl({
      places: places.control,
      pid,
      calls: {
        "GET /v1/daemon": () => this.#status(),
        "POST /v1/stop": () => {
          log.info("Asked to stop");
          this.#asked.abort();
          return { pid };
        },
        "POST /v1/reload": () => this.#live.reload({ asked: true }),
      },
      onError: (error) => log.error("A request has failed: {reason}", { reason: toErrorData(error).message }),
    });
    if (pidFile !== undefined) await writePidFile(pidFile);
    using _hangup = onReload(() => void this.#live.reload({ asked: true }));
    try {
      const watching = this.#live.watch(this.#stop);
      void this.#sayReady();
      const clean = await this.#workInShifts();
      await watching;
      // Somebody else has the lock: what this process believes to own is not its own any more.
      if (this.#lock.lost.aborted) throw this.#lock.lost.reason;
      return clean;
    } finally {
      await server.close();
      if (pidFile !== undefined) await removeFile(pidFile).catch(() => false);
    }
  }

  async #workInShifts(): Promise<boolean> {
    const { clock } = this.#options;
    while (!this.#stop.aborted) {
      const end = new AbortController();
      this.#endShift = () => end.abort();
      try {
        if (!await this.#work(AbortSignal.any([this.#stop, end.signal]))) return false;
      } catch (error) {
        const reason = toErrorData(error).message;
        if (this.#problems.failed("program", reason)) {
          getLogger(["mm", "daemon"]).error("The program could not be made: {reason}", { reason });
        }
        await clock.sleep(SHIFT_PAUSE_MS, { signal: this.#stop }).catch(() => {});
      }
    }
    return true;
  }

  /** One shift. @returns whether it has stopped in time. */
  async #work(signal: AbortSignal): Promise<boolean> {
    const { clock, checksUpdates = true } = this.#options;
    const { manager, settings } = await this.#open();
    this.#problems.works("program");
    const shift = new Shift({
      manager,
      clock,
      problems: this.#problems,
      wants: () => ({ updates: checksUpdates, cleanup: settings.cleanup.auto }),
      onManifest: (manifest) => this.#followManifest(manifest),
      hasNewToken: this.#hasNewToken,
    });
    this.#hasNewToken = false;
    this.#shift = shift;
    const work = shift.run(signal).then(() => true);
    const done = new AbortController();
    const ended = await Promise.race([work, this.#checkpointLimit(done.signal)]);
    done.abort();
    this.#shift = undefined;
    if (ended) await manager[Symbol.asyncDispose]();
    return ended;
  }

  /** The program of a shift, with what the manifest says of the library's care. */
  async #open(): Promise<{ readonly manager: ModelManager; readonly settings: FoundSettings["settings"] }> {
    const { openManager } = this.#options;
    const notices = getLogger(["mm", "notice"]);
    const found = this.#live.found;
    const onNotice = (text: string): void => notices.warning("{text}", { text });
    const manager = await openManager(found, onNotice);
    try {
      this.#manifest = await readManifestSettings(manager);
    } catch {
      // The chore that looks at it says so; what was good last counts.
    }
    const { settings } = withManifest(found, this.#manifest);
    if (settings === found.settings) return { manager, settings };
    await manager[Symbol.asyncDispose]();
    return { manager: await openManager({ ...found, settings }, onNotice), settings };
  }

  #followManifest(manifest: ManifestSettings | undefined): void {
    const before = withManifest(this.#live.found, this.#manifest).settings;
    const after = withManifest(this.#live.found, manifest).settings;
    this.#manifest = manifest;
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    getLogger(["mm", "settings"]).info("The settings of the manifest have changed");
    this.#endShift?.();
  }

  /** Settles, with false, so long after the daemon was to stop; never before. */
  async #checkpointLimit(done: AbortSignal): Promise<false> {
    if (!this.#stop.aborted) {
      await new Promise<void>((resolve) =>
        // Taken away with the shift: there may be many until the daemon stops.
        this.#stop.addEventListener("abort", () => resolve(), { once: true, signal: done })
      );
    }
    await this.#options.clock.sleep(CHECKPOINT_LIMIT_MS, { signal: done }).catch(() => {});
    return false;
  }

  async #sayReady(): Promise<void> {
    const { clock, onReady } = this.#options;
    const startMs = clock.monotonic();
    while (this.#shift?.ready !== true && clock.monotonic() - startMs < READY_LIMIT_MS) {
      if (this.#stop.aborted) return;
      await clock.sleep(READY_LOOK_MS, { signal: this.#stop }).catch(() => {});
    }
    await onReady?.(await this.#status());
  }

  /** Lets the work follow settings that have changed. */
  #follow({ paths, token, needsNewShift }: SettingsChange): void {
    const { settings } = this.#live.found;
    if (token) this.#hasNewToken = true;
    this.#options.setLogLevel(settings.log.level);
    if (needsNewShift) return this.#endShift?.();
    const manager = this.#shift?.manager;
    if (paths.includes("download.limit_rate")) {
      manager?.setRateLimit(settings.download.limit_rate ?? undefined);
    }
    if (paths.includes("download.max_concurrent")) {
      manager?.queue.setMaxConcurrent(settings.download.max_concurrent);
    }
  }

  async #status(): Promise<DaemonStatus> {
    const { clock } = this.#options;
    const manager = this.#shift?.manager;
    const schedules = await manager?.schedules.list().catch(() => undefined) ?? [];
    const { models_dir, endpoint, download } = this.#live.found.settings;
    return {
      pid,
      version: VERSION,
      startedAt: this.#startedAt,
      uptimeMs: Math.round(clock.monotonic() - this.#startMs),
      memoryBytes: processMemory(),
      ready: this.#shift?.ready ?? false,
      modelsDir: models_dir,
      endpoint: withoutCredentials(endpoint),
      maxConcurrent: download.max_concurrent,
      limitRate: rateLimitAt(download.limit_rate, clock.now()) ?? null,
      settingsReadAt: this.#live.readAt,
      nextSchedule: nextOf(schedules),
      runningSchedules: this.#shift?.schedulesAtWork() ?? [],
      problems: [...this.#problems.list(), ...scheduleProblems(schedules)],
    };
  }
}

/** The first that runs of all that are switched on. */
export async function findNextSchedule(
  manager: Pick<ModelManager, "schedules">,
): Promise<NextSchedule | null> {
  return nextOf(await manager.schedules.list());
}

function nextOf(schedules: readonly ScheduleInfo[]): NextSchedule | null {
  const due = schedules
    .flatMap(({ name, nextRunAt }) => nextRunAt === undefined ? [] : [{ name, at: nextRunAt }]);
  return due.sort((a, b) => Date.parse(a.at) - Date.parse(b.at))[0] ?? null;
}

function withoutCredentials(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const url = new URL(endpoint);
  url.username = url.password = "";
  return url.href.replace(/\/$/, "");
}

/** Best effort: it is for tools that look at it, and nothing of ours does. */
async function writePidFile(path: string): Promise<void> {
  try {
    await writeFileAtomic(path, `${pid}\n`, { sync: false });
  } catch (error) {
    getLogger(["mm", "daemon"]).warning("The file for the process number cannot be written: {reason}", {
      reason: toErrorData(error).message,
    });
  }
}
