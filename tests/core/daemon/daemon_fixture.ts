/**
 * A daemon in this process, with a virtual clock and a program that does nothing but what a test says.
 *
 * @module
 */
import { configure, type LogRecord } from "@logtape/logtape";
import { loadSettings } from "../../../core/config/mod.ts";
import type { DaemonOptions } from "../../../core/daemon/daemon.ts";
import { daemonPlaces } from "../../../core/daemon/daemon_places.ts";
import type { FoundSettings } from "../../../core/daemon/settings_watch.ts";
import { messageOf } from "../../../core/daemon/log_record.ts";
import type { ModelManager, Queue, Schedules } from "../../../core/operations/model_manager.ts";
import { fakeManager, fakeQueue } from "../../support/fake_manager.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

/** Settles when the signal is aborted. */
export function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted !== false) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** A queue that is worked by this process, and in which nothing happens. */
export function idleQueue(change: Partial<Queue> = {}): Queue {
  return fakeQueue({
    list: () => Promise.resolve([]),
    owner: () => Promise.resolve({ pid: Deno.pid }),
    // deno-lint-ignore require-yield
    async *run({ signal } = {}) {
      await untilAborted(signal);
      return { jobs: [], ownerPid: undefined };
    },
    ...change,
  });
}

/** Schedules of which none is ever due. */
export const NO_SCHEDULES: Schedules = {
  ...fakeManager().schedules,
  list: () => Promise.resolve([]),
  run: ({ signal } = {}) => untilAborted(signal),
  running: [],
};

/** A daemon that is about to begin. */
export interface DaemonFixture extends AsyncDisposable {
  readonly dir: TempDir;
  readonly clock: TestClock;
  readonly stop: AbortController;
  /** What was logged: `area level message`. */
  readonly log: readonly string[];
  /** What it finds when it looks at its settings next; a function may throw. */
  find: () => FoundSettings | Promise<FoundSettings>;
  readonly options: DaemonOptions;
  /** As if SIGHUP had been sent. */
  hangup(): void;
  /** Settings as from a file with this content. */
  settings(text: string, token?: string): Promise<FoundSettings>;
}

/** Makes it; `open` gives the program for each shift. */
export async function openDaemon(
  open: (found: FoundSettings) => Partial<ModelManager> = () => ({}),
  change: Partial<DaemonOptions> = {},
): Promise<DaemonFixture> {
  const dir = await makeTempDir();
  const clock = new TestClock({ autoAdvance: true });
  const stop = new AbortController();
  const log: string[] = [];
  await configure({
    reset: true,
    sinks: {
      list: (record: LogRecord) => {
        log.push(`${record.category.at(-1)} ${record.level} ${messageOf(record)}`);
        if (log.length > 5_000) log.shift();
      },
    },
    loggers: [
      { category: "mm", sinks: ["list"], lowestLevel: "trace" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    ],
  });
  const settings = async (text: string, token?: string): Promise<FoundSettings> => {
    const file = await dir.write("config.json", text);
    const source = { configDirectory: dir.path, home: dir.path, workingDirectory: dir.path, environment: {} };
    const found = await loadSettings({ ...source, configFile: file });
    return { settings: found.settings, origins: found.origins, token };
  };
  const first = await settings("{}");
  let handler: () => void = () => {};
  const fixture: DaemonFixture = {
    dir,
    clock,
    stop,
    log,
    find: () => first,
    options: {
      places: daemonPlaces({ state: dir.join("state"), logs: dir.join("logs") }, {}),
      clock,
      signal: stop.signal,
      findSettings: async () => await fixture.find(),
      openManager: (found) =>
        Promise.resolve(fakeManager({ queue: idleQueue(), schedules: NO_SCHEDULES, ...open(found) })),
      setLogLevel: () => {},
      onReload: (given) => {
        handler = given;
        return { [Symbol.dispose]() {} };
      },
      ...change,
    },
    hangup: () => handler(),
    settings,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await configure({ reset: true, sinks: {}, loggers: [{ category: ["logtape", "meta"], sinks: [] }] });
      await dir[Symbol.asyncDispose]();
    },
  };
  return fixture;
}
