/**
 * No setting is dead: each is changed, and what the program does changes with it.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { createApp } from "../../core/app.ts";
import { systemClock } from "../../core/base/clock.ts";
import { type SettingPath, settingsWithoutFiles } from "../../core/config/mod.ts";
import type { ModelManager, PullResult } from "../../core/operations/model_manager.ts";
import { spawnWorker } from "../../workers/spawn.ts";
import { readSource } from "../arch/source_scan.ts";
import { type E2eHub, type E2eHubOptions, startE2eHub, TINY } from "../support/e2e_hub.ts";
import { drain } from "../../cli/drain.ts";
import { openSandbox, waitUntil } from "../support/run_program.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";
import { TestClock } from "../support/test_clock.ts";

const DAY_MS = 86_400_000;
const Q4 = `${TINY}:Q4_K_M`;

type Changes = Partial<Record<SettingPath, string>>;

interface Place extends AsyncDisposable {
  readonly hub: E2eHub;
  readonly dir: TempDir;
  readonly notices: string[];
  /** The program with these settings, as a person would write them; days from now. */
  app(
    changes?: Changes,
    options?: { readonly daysFromNow?: number; readonly patient?: boolean },
  ): ModelManager;
}

async function open(options: E2eHubOptions = {}): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await startE2eHub(options));
  const dir = stack.use(await makeTempDir());
  const owned = stack.move();
  const notices: string[] = [];
  const usual: Changes = {
    "endpoint": hub.endpoint,
    "models_dir": dir.join("models"),
    "cleanup.reserve": "0",
  };
  return {
    hub,
    dir,
    notices,
    app(changes = {}, { daysFromNow, patient = false } = {}) {
      const texts = Object.entries({ ...usual, ...changes }) as [SettingPath, string][];
      const { settings, origins } = settingsWithoutFiles({
        environment: {},
        home: dir.path,
        workingDirectory: dir.path,
        options: texts.map(([setting, text]) => ({ setting, name: `--${setting}`, text })),
      });
      const startMs = Date.now() + (daysFromNow ?? 0) * DAY_MS;
      return createApp({
        settings,
        origins,
        spawnWorker,
        environment: {},
        clock: patient || daysFromNow !== undefined
          ? new TestClock({ startMs, autoAdvance: patient })
          : systemClock,
        directories: {
          home: dir.path,
          config: dir.join("config"),
          state: dir.join("state"),
          cache: dir.join("cache"),
          logs: dir.join("logs"),
          modelsDefault: dir.join("models"),
        },
        onNotice: (message) => notices.push(message),
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function pull(app: ModelManager, reference = Q4): Promise<PullResult> {
  const run = app.pull({ references: [reference] }, { signal: AbortSignal.timeout(30_000) });
  for (let next = await run.next();; next = await run.next()) {
    if (!next.done) continue;
    const [result] = next.value;
    ok(result);
    return result;
  }
}

/** Another test that fails when the setting has no effect: where it is, and its name or the row of its table. */
interface ShownElsewhere {
  readonly file: string;
  readonly says: string;
}

/** The schedules that there are with these settings, as lines. */
async function schedulesWith(changes: Changes): Promise<string> {
  await using place = await open();
  await using app = place.app(changes);
  return JSON.stringify(await app.schedules.list());
}

const ENABLED: Changes = { "default_schedule.enabled": "true" };

const PROOFS: Readonly<Record<SettingPath, ShownElsewhere | (() => Promise<void>)>> = {
  "models_dir": {
    file: "tests/e2e/settings_test.ts",
    says: "mm pull puts models where the option, the variable or the file says",
  },
  async "endpoint"() {
    await using place = await open();
    await using other = await startE2eHub();
    await using app = place.app({ "endpoint": other.endpoint });
    await app.show(TINY);
    deepStrictEqual([place.hub.requests.length, other.requests.length > 0], [0, true]);
  },
  "mirrors": {
    file: "tests/e2e/mirror_test.ts",
    says: "mm uses a mirror when the Hub is down, says so once, and sends it no token",
  },
  async "cache.duration"() {
    await using place = await open();
    const calls = async (duration: string): Promise<number> => {
      await using app = place.app({ "cache.duration": duration });
      await app.show(TINY);
      place.hub.clear();
      await app.show(TINY);
      return place.hub.apiCalls().length;
    };
    strictEqual(await calls("5m"), 0);
    ok(await calls("0") > 0);
  },
  "download.max_concurrent": {
    file: "tests/e2e/queue_places_test.ts",
    says: "mm queue run fetches each job from its own Hub into its own library",
  },
  "download.connections": {
    file: "tests/e2e/settings_test.ts",
    says: "mm pull of a large file opens exactly the connections it is told, by default eight to begin with",
  },
  async "download.timeout"() {
    await using place = await open({ fileHostFaults: [{ effect: { type: "hang" } }] });
    await using app = place.app({
      "download.timeout": "0.6",
      "download.stall_timeout": "0.2",
      "download.max_retries": "1000",
    });
    match((await pull(app)).error?.message ?? "", /without progress/);
  },
  "download.stall_timeout": {
    file: "tests/e2e/faults/connection_faults.ts",
    says: "no byte arrived for 10 s",
  },
  async "download.max_retries"() {
    const attempts = async (retries: string): Promise<number> => {
      await using place = await open({ hubFaults: [{ effect: { type: "status", status: 503 } }] });
      await using app = place.app({ "download.max_retries": retries }, { patient: true });
      await app.show(TINY).then(() => {}, () => {});
      return place.hub.apiCalls().length;
    };
    const [none, two] = [await attempts("0"), await attempts("2")];
    strictEqual(two, 3 * none, `${none} without, ${two} with two`);
  },
  "download.limit_rate": {
    file: "tests/e2e/settings_test.ts",
    says: "mm pull is no faster than --limit-rate and MM_LIMIT_RATE allow, over all connections",
  },
  async "download.verify"() {
    await using place = await open();
    await using app = place.app({ "download.verify": "false" });
    strictEqual((await pull(app)).status, "downloaded");
    match(place.notices.join("\n"), /download\.verify is off, but every file is verified/);
  },
  "download.reuse": {
    file: "tests/e2e/reuse_test.ts",
    says: "download.reuse and --reuse decide what becomes of files that are on this machine",
  },
  async "updates.check"() {
    await using place = await open();
    await using silent = place.app({ "updates.check": "false" });
    await pull(silent);
    strictEqual(await silent.claimUpdateCheck(), false);
    await silent[Symbol.asyncDispose]();
    await using app = place.app({}, { daysFromNow: 3 });
    strictEqual(await app.claimUpdateCheck(), true);
  },
  async "check_frequency"() {
    await using place = await open();
    const claims = async (frequency: string, daysFromNow: number): Promise<boolean> => {
      await using app = place.app({ "check_frequency": frequency }, { daysFromNow });
      return await app.claimUpdateCheck();
    };
    await using app = place.app();
    await pull(app);
    await drain(app.update({ references: [], check: true }), () => {});
    await app[Symbol.asyncDispose]();
    strictEqual(await claims("never", 40), false);
    strictEqual(await claims("monthly", 20), false);
    strictEqual(await claims("weekly", 3), false);
    strictEqual(await claims("daily", 3), true);
  },
  "cleanup.auto": {
    file: "tests/e2e/care_test.ts",
    says: "mm pull beyond cleanup.max_total_size is refused before it fetches, or makes room where it may",
  },
  async "cleanup.age_days"() {
    await using place = await open();
    const { hub } = place;
    hub.bytesPerSecond = 50_000;
    {
      await using app = place.app();
      const stop = new AbortController();
      const run = app.pull({ references: [Q4] }, { signal: stop.signal });
      // With the first bytes on the disk it is broken off.
      await (async () => {
        for await (const event of run) {
          if (event.type === "progress" && event.receivedBytes > 0) stop.abort();
        }
      })().then(() => {}, () => {});
    }
    const left = async (days: string): Promise<number> => {
      await using app = place.app({ "cleanup.age_days": days }, { daysFromNow: 5 });
      return (await app.planCleanup()).removed.length;
    };
    strictEqual(await left("30"), 0);
    ok(await left("2") > 0);
  },
  "cleanup.max_total_size": {
    file: "tests/e2e/care_test.ts",
    says: "mm pull beyond cleanup.max_total_size is refused before it fetches, or makes room where it may",
  },
  async "cleanup.reserve"() {
    await using place = await open();
    await using app = place.app({ "cleanup.reserve": "9000T" });
    strictEqual((await pull(app)).error?.code, "INSUFFICIENT_SPACE");
    deepStrictEqual(await readdir(place.dir.join("models", "acme", "tiny-GGUF")).catch(() => []), []);
  },
  async "history.keep_days"() {
    await using place = await open();
    const kept = async (days: string, daysFromNow: number, file: string): Promise<number> => {
      await using app = place.app({ "history.keep_days": days }, { daysFromNow });
      await pull(app, `${TINY}:${file}`);
      await app[Symbol.asyncDispose]();
      await using later = place.app({}, { daysFromNow });
      return (await later.history.list()).length;
    };
    strictEqual(await kept("0", 0, "README.md"), 1);
    strictEqual(await kept("0", 10, "config.json"), 2);
    // There would be three: the oldest has gone when the pull begins.
    strictEqual(await kept("5", 20, ".gitattributes"), 2);
  },
  async "log.level"() {
    await using box = await openSandbox();
    const lines = async (level: string): Promise<string> => {
      const env = { MM_LOG_LEVEL: level, MM_STATE_DIR: box.join(level) };
      const daemon = box.start(["start", "--foreground"], { env });
      await using _daemon = daemon;
      await waitUntil(
        "the daemon answers",
        async () => (await box.run(["status", "-q"], { env })).stdout !== "",
      );
      daemon.signal("SIGTERM");
      await daemon.finished;
      return (await box.run(["logs", "--tail", "all"], { env })).stdout;
    };
    const [all, severe] = await Promise.all([lines("debug"), lines("fatal")]);
    ok(all !== "");
    strictEqual(severe, "");
  },
  "ui.theme": {
    file: "tests/core/config/env_vars_test.ts",
    says: '"ui.theme": ["high-contrast", "MM_THEME"]',
  },
  async "default_schedule.enabled"() {
    strictEqual(await schedulesWith({}), "[]");
    match(await schedulesWith(ENABLED), /"name":"default"/);
  },
  async "default_schedule.type"() {
    match(await schedulesWith(ENABLED), /"type":"daily"/);
    match(await schedulesWith({ ...ENABLED, "default_schedule.type": "weekly" }), /"type":"weekly"/);
  },
  async "default_schedule.time"() {
    match(await schedulesWith({ ...ENABLED, "default_schedule.time": "04:05" }), /"time":"04:05"/);
  },
  async "default_schedule.max_concurrent_downloads"() {
    const changes = { ...ENABLED, "default_schedule.max_concurrent_downloads": "3" };
    match(await schedulesWith(changes), /"maxConcurrent":3/);
  },
};

for (const [path, proof] of Object.entries(PROOFS)) {
  Deno.test(`the setting ${path} changes what the program does`, async () => {
    if (typeof proof === "function") return await proof();
    ok(readSource(proof.file).includes(proof.says), `${proof.file} does not show it any more: ${proof.says}`);
  });
}
