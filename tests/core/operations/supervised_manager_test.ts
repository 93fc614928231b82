import assert from "node:assert/strict";
import { isModelManagerError, throwIfAborted } from "../../../core/base/errors.ts";
import { streamedRun } from "../../../core/base/streamed_run.ts";
import type { DownloadEvent } from "../../../core/download/events.ts";
import type { ModelManager, PullResult, RunningServer } from "../../../core/operations/model_manager.ts";
import { superviseManager } from "../../../core/operations/supervised_manager.ts";
import { fakeManager } from "../../support/fake_manager.ts";
import { settle } from "../../support/test_clock.ts";

const EVENT: DownloadEvent = {
  type: "started",
  reference: "a/b",
  file: "a",
  receivedBytes: 0,
  totalBytes: 9,
  resumedBytes: 0,
};

function fails(code: string): (error: unknown) => boolean {
  return (error) => isModelManagerError(error) && error.code === code;
}

/** A pull that goes on until it is stopped, and needs a moment to stop. */
function endlessPull(log: string[]): ModelManager["pull"] {
  return (_request, call) =>
    streamedRun<DownloadEvent, PullResult[]>(async (push, signal) => {
      push(EVENT);
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      await settle();
      log.push("stopped");
      throwIfAborted(signal);
      return [];
    }, { signal: call?.signal });
}

Deno.test("superviseManager() stops what runs and waits for it before it disposes the manager", async () => {
  const log: string[] = [];
  const fake = fakeManager();
  const manager = superviseManager({
    ...fake,
    pull: endlessPull(log),
    [Symbol.asyncDispose]: () => {
      log.push("closed");
      return Promise.resolve();
    },
  });
  const run = manager.pull({ references: ["a/b"] });
  assert.equal((await run.next()).value, EVENT);
  const waiting = run.next();
  const end = assert.rejects(waiting, fails("CANCELLED"));
  await manager[Symbol.asyncDispose]();
  await end;
  assert.deepEqual(log, ["stopped", "closed"]);
  await manager[Symbol.asyncDispose]();
  assert.deepEqual(log, ["stopped", "closed"], "twice does no harm");
});

Deno.test("superviseManager() ends a run that nobody was reading just then, too", async () => {
  const log: string[] = [];
  const manager = superviseManager({ ...fakeManager(), pull: endlessPull(log) });
  const run = manager.pull({ references: ["a/b"] });
  await run.next();
  await manager[Symbol.asyncDispose]();
  assert.deepEqual(log, ["stopped"]);
  await assert.rejects(run.next(), fails("CANCELLED"));
});

Deno.test("superviseManager() refuses every call after it was disposed", async () => {
  const manager = superviseManager(fakeManager());
  await manager[Symbol.asyncDispose]();
  const refused = fails("USAGE_ERROR");
  await assert.rejects(manager.list(), refused);
  await assert.rejects(manager.show("a/b"), refused);
  await assert.rejects(manager.whoAmI(), refused);
  await assert.rejects(manager.history.stats(), refused);
  await assert.rejects(manager.queue.add({ references: ["a/b"] }), refused);
  await assert.rejects(manager.manifest.list(), refused);
  await assert.rejects(manager.schedules.list(), refused);
  await assert.rejects(manager.hfCache.scan(), refused);
  await assert.rejects(manager.cache.info(), refused);
  assert.throws(() => manager.pull({ references: ["a/b"] }), refused);
  assert.throws(() => manager.setRateLimit(undefined), refused);
});

Deno.test("superviseManager() hands signals on, and stops with its own", async () => {
  const seen: (AbortSignal | undefined)[] = [];
  const manager = superviseManager({
    ...fakeManager(),
    list: (_query, call) => {
      seen.push(call?.signal);
      throwIfAborted(call?.signal);
      return Promise.resolve([]);
    },
  });
  await assert.rejects(manager.list({}, { signal: AbortSignal.abort() }), fails("CANCELLED"));
  assert.equal(seen.length, 0, "it was not even begun");
  const stop = new AbortController();
  await manager.list({}, { signal: stop.signal });
  await manager.list();
  stop.abort();
  assert.deepEqual(seen.map((signal) => signal?.aborted), [true, false]);
  await manager[Symbol.asyncDispose]();
  assert.deepEqual(seen.map((signal) => signal?.aborted), [true, true]);
});

Deno.test("superviseManager() stops the servers that it has started", async () => {
  const fake = fakeManager();
  let stopped = 0;
  const server: Pick<RunningServer, "endpoint"> & AsyncDisposable = {
    endpoint: "http://127.0.0.1:1",
    [Symbol.asyncDispose]: () => Promise.resolve(void stopped++),
  };
  const manager = superviseManager({ ...fake, serve: () => Promise.resolve(server as RunningServer) });
  await manager.serve();
  await manager[Symbol.asyncDispose]();
  assert.equal(stopped, 1);
});

Deno.test("superviseManager() keeps what is no method", () => {
  const fake = fakeManager();
  const manager = superviseManager(fake);
  assert.equal(manager.hfCache.directory, fake.hfCache.directory);
  assert.deepEqual(manager.schedules.running, fake.schedules.running);
  assert.equal(manager.list, manager.list, "one function, not one a look");
});
