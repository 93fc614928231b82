import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { ModelManagerError } from "../../../core/base/errors.ts";
import { connectControl } from "../../../core/daemon/control_client.ts";
import { CHECKPOINT_LIMIT_MS, runDaemon } from "../../../core/daemon/daemon.ts";
import { findDaemon, stopDaemon } from "../../../core/daemon/daemon_client.ts";
import { readDaemonNote } from "../../../core/daemon/daemon_note.ts";
import type { DaemonStatus } from "../../../core/daemon/daemon_status.ts";
import { isModelManagerError } from "../../../core/base/errors.ts";
import type { JobRecord } from "../../../core/operations/model_manager.ts";
import { systemClock } from "../../../core/base/clock.ts";
import { TestClock } from "../../support/test_clock.ts";
import { makeJob } from "../jobs/job_fixture.ts";
import { idleQueue, openDaemon, untilAborted } from "./daemon_fixture.ts";

/** Until it is so; the clock of the daemon moves by itself meanwhile. */
async function until(what: string, condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn > 20_000) throw new Error(`In vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

Deno.test("runDaemon() answers, is alone, and leaves a note of its end and nothing else", async () => {
  const ready = Promise.withResolvers<DaemonStatus>();
  await using fixture = await openDaemon(() => ({}), { onReady: (status) => ready.resolve(status) });
  const { places } = fixture.options;
  const running = runDaemon(fixture.options);
  const status = await ready.promise;
  ok(status.ready);
  const found = await findDaemon(places, systemClock);
  strictEqual(found?.status?.pid, Deno.pid);
  await rejects(runDaemon({ ...fixture.options, clock: systemClock }), (error) => {
    ok(isModelManagerError(error));
    strictEqual(error.code, "LOCKED");
    match(error.message, new RegExp(`running already: process ${Deno.pid} since \\d{4}`));
    return error.hints.some((hint) => hint.includes("mm status"));
  });
  const stopping = stopDaemon(places, { clock: systemClock });
  strictEqual(await running, true);
  strictEqual((await stopping)?.killed, false);
  strictEqual(await findDaemon(places, systemClock), undefined);
  strictEqual(await connectControl(places.control), undefined);
  const note = await readDaemonNote(places);
  ok(note?.endedAt !== undefined && note.error === undefined);
});

Deno.test("runDaemon() lets running work follow a rate and a number of jobs, and begins anew for the rest", async () => {
  const opened: string[] = [];
  const told: unknown[] = [];
  await using fixture = await openDaemon(({ settings }) => {
    opened.push(settings.models_dir);
    return {
      setRateLimit: (limit) => told.push(["rate", limit]),
      queue: idleQueue({ setMaxConcurrent: (jobs) => told.push(["jobs", jobs]) }),
    };
  });
  const running = runDaemon(fixture.options);
  await until("the first shift", () => opened.length === 1);
  const live = await fixture.settings(
    '{"download":{"limit_rate":"1M","max_concurrent":2},"log":{"level":"debug"}}',
  );
  fixture.find = () => live;
  await until("it has followed", () => told.length === 2);
  deepStrictEqual(told, [["rate", 1_000_000], ["jobs", 2]]);
  strictEqual(opened.length, 1);
  const other = await fixture.settings('{"models_dir":"/elsewhere"}');
  fixture.find = () => other;
  await until("a second shift", () => opened.length === 2);
  strictEqual(opened[1], "/elsewhere");
  ok(fixture.log.some((line) => /settings info Changed: models_dir/.test(line)));
  fixture.stop.abort();
  strictEqual(await running, true);
});

Deno.test("runDaemon() keeps the last good settings while a file is broken, and says it once", async () => {
  let shifts = 0;
  await using fixture = await openDaemon(() => {
    shifts++;
    return {};
  });
  const running = runDaemon(fixture.options);
  await until("the first shift", () => shifts === 1);
  let looks = 0;
  fixture.find = () => {
    looks++;
    throw new ModelManagerError("CONFIG_INVALID", "Cannot read line 3", { hints: [] });
  };
  await until("it has looked often", () => looks > 50);
  strictEqual(fixture.log.filter((line) => line.includes("Cannot read line 3")).length, 1);
  fixture.hangup();
  await until(
    "it is said to who asked",
    () => fixture.log.filter((line) => line.includes("Cannot read line 3")).length === 2,
  );
  const good = await fixture.settings("{}");
  fixture.find = () => good;
  await until("it can be read", () => fixture.log.some((line) => line.includes("can be read again")));
  fixture.stop.abort();
  strictEqual(await running, true);
});

Deno.test("runDaemon() tries jobs again that failed for want of a token, once there is another one", async () => {
  const error = {
    code: "AUTHENTICATION_ERROR",
    message: "The token was revoked",
    hints: [],
    causes: [],
  } as const;
  const retried: (readonly string[])[] = [];
  let shifts = 0;
  await using fixture = await openDaemon(() => {
    shifts++;
    return {
      queue: idleQueue({
        list: () => Promise.resolve([makeJob({ id: "lost", status: "failed", error })]),
        retry: (ids) => {
          retried.push(ids);
          return Promise.resolve([]);
        },
      }),
    };
  });
  const running = runDaemon(fixture.options);
  await until("the first shift", () => shifts === 1);
  const after = await fixture.settings("{}", "another token");
  fixture.find = () => after;
  await until("they are tried again", () => retried.length === 1);
  deepStrictEqual(retried, [["lost"]]);
  fixture.stop.abort();
  await running;
});

Deno.test("runDaemon() survives a queue that fails, a program that cannot be made, and chores that fail", async () => {
  let attempts = 0;
  let runs = 0;
  await using fixture = await openDaemon(() => {
    if (++attempts === 1) throw new Error("The store is damaged");
    return {
      claimUpdateCheck: () =>
        Promise.reject(new ModelManagerError("NETWORK_ERROR", "The Hub is down", { hints: [] })),
      queue: idleQueue({
        // deno-lint-ignore require-yield
        async *run({ signal } = {}) {
          if (++runs < 5) throw new Error("A worker has crashed");
          await untilAborted(signal);
          return { jobs: [], ownerPid: undefined };
        },
      }),
    };
  });
  const running = runDaemon(fixture.options);
  await until("a night has passed", () => fixture.clock.monotonic() > 8 * 3_600_000);
  strictEqual(runs, 5);
  const count = (text: string): number => fixture.log.filter((line) => line.includes(text)).length;
  strictEqual(count("The store is damaged"), 1);
  strictEqual(count("A worker has crashed"), 1, "the same is not said again and again");
  ok(count("The Hub is down") <= 2);
  fixture.stop.abort();
  strictEqual(await running, true);
});

Deno.test("runDaemon() does not wait for work that does not stop", async () => {
  const stuck = Promise.withResolvers<void>();
  let begun = false;
  await using fixture = await openDaemon(() => ({
    queue: idleQueue({
      // deno-lint-ignore require-yield
      async *run() {
        begun = true;
        await stuck.promise;
        return { jobs: [], ownerPid: undefined };
      },
    }),
  }));
  const running = runDaemon(fixture.options);
  await until("it works", () => begun);
  const beforeMs = fixture.clock.monotonic();
  fixture.stop.abort();
  strictEqual(await running, false);
  ok(fixture.clock.monotonic() - beforeMs >= CHECKPOINT_LIMIT_MS);
  stuck.resolve();
});

/** How many listeners of signals there are more than there were. */
function countListeners(): { readonly count: number } & Disposable {
  const { addEventListener: add, removeEventListener: remove } = AbortSignal.prototype;
  const known = new Map<AbortSignal, Set<unknown>>();
  AbortSignal.prototype.addEventListener = function (
    this: AbortSignal,
    type: string,
    listener: never,
    options?: never,
  ) {
    if (!this.aborted) known.set(this, (known.get(this) ?? new Set()).add(listener));
    add.call(this, type, listener, options);
  };
  AbortSignal.prototype.removeEventListener = function (this: AbortSignal, type: string, listener: never) {
    known.get(this)?.delete(listener);
    remove.call(this, type, listener);
  };
  return {
    get count() {
      return [...known].reduce((sum, [signal, { size }]) => sum + (signal.aborted ? 0 : size), 0);
    },
    [Symbol.dispose]() {
      Object.assign(AbortSignal.prototype, { addEventListener: add, removeEventListener: remove });
    },
  };
}

Deno.test("runDaemon() grows by nothing in a month of nights", async () => {
  const DAY_MS = 86_400_000;
  const clock = new TestClock({ autoAdvance: true });
  let jobs = 0;
  let checks = 0;
  let cleanups = 0;
  let claimedMs = -Infinity;
  const job = (id: string, status: JobRecord["status"]): JobRecord => makeJob({ id, status });
  await using fixture = await openDaemon(() => ({
    claimUpdateCheck: () => {
      const isDue = clock.monotonic() - claimedMs >= DAY_MS;
      if (isDue) claimedMs = clock.monotonic();
      return Promise.resolve(isDue);
    },
    // deno-lint-ignore require-yield
    async *update() {
      await Promise.resolve();
      checks++;
      return [];
    },
    cleanup: () => {
      cleanups++;
      return Promise.reject(new Error("The disk is full"));
    },
    queue: idleQueue({
      list: () => Promise.resolve([job(`job ${jobs}`, "completed")]),
      async *run({ signal } = {}) {
        while (signal?.aborted === false) {
          // A hundred jobs a night, each with all that jobs say.
          await clock.sleep(DAY_MS / 100, { signal }).catch(() => {});
          const jobId = `job ${++jobs}`;
          yield { type: "job", jobId, job: job(jobId, "pending") };
          yield { type: "job", jobId, job: job(jobId, "downloading") };
          yield { type: "waiting", jobId, message: "The Hub wants it", untilMs: 0 } as never;
          yield { type: "job", jobId, job: job(jobId, jobs % 7 === 0 ? "failed" : "completed") };
        }
        return { jobs: [], ownerPid: undefined };
      },
    }),
  }), { clock, lookEveryMs: 600_000 });
  const found = await fixture.settings('{"cleanup":{"auto":true}}');
  fixture.find = () => found;
  using listeners = countListeners();
  const running = runDaemon(fixture.options);
  await until("a day", () => clock.monotonic() > DAY_MS);
  const [early, sleeping] = [listeners.count, clock.sleeping];
  for (let day = 2; day <= 30; day++) await until(`day ${day}`, () => clock.monotonic() > day * DAY_MS);
  ok(listeners.count <= early + 5, `${early} listeners became ${listeners.count}`);
  ok(clock.sleeping <= sleeping + 3);
  ok(jobs >= 2_900, `${jobs} jobs`);
  ok(checks >= 29 && checks <= 31, `${checks} checks`);
  ok(cleanups >= 29 && cleanups <= 31, `${cleanups} cleanups`);
  fixture.stop.abort();
  strictEqual(await running, true);
});
