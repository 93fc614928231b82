import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { silentOwnerText, startQueueWork } from "../../cli/queue_start.ts";
import { fakeQueue } from "../support/fake_manager.ts";
import { TestClock } from "../support/test_clock.ts";

function ports(change: { readonly canStart?: boolean; readonly signal?: AbortSignal } = {}) {
  const clock = new TestClock({ autoAdvance: true });
  const started: string[] = [];
  const start = (args: readonly string[]): Promise<boolean> => {
    started.push(args.join(" "));
    return Promise.resolve(change.canStart ?? true);
  };
  return { clock, started, signal: change.signal ?? new AbortController().signal, start };
}

Deno.test("startQueueWork() starts nobody where somebody works the queue, or has it and is stopped", async () => {
  const { started, ...rest } = ports();
  const working = fakeQueue({ owner: () => Promise.resolve({ pid: 3 }) });
  deepStrictEqual(await startQueueWork(working, rest), { kind: "working", pid: 3, isNew: false });
  const owner = { pid: 4, isSuspended: true, hints: [] };
  const suspended = fakeQueue({ silentOwner: () => Promise.resolve(owner) });
  deepStrictEqual(await startQueueWork(suspended, rest), { kind: "suspended", owner });
  deepStrictEqual(started, []);
});

Deno.test("startQueueWork() waits until the process that it has started is heard of", async () => {
  const { started, ...rest } = ports();
  const begin = rest.clock.monotonic();
  const queue = fakeQueue({
    owner: () => Promise.resolve(rest.clock.monotonic() - begin < 400 ? undefined : { pid: 8 }),
  });
  deepStrictEqual(await startQueueWork(queue, rest), { kind: "working", pid: 8, isNew: true });
  deepStrictEqual(started, ["queue run --detached"]);
});

Deno.test("startQueueWork() says that it has heard of nobody for too long, and that nothing can be started", async () => {
  strictEqual((await startQueueWork(fakeQueue(), ports())).kind, "late");
  strictEqual((await startQueueWork(fakeQueue(), ports({ canStart: false }))).kind, "impossible");
});

Deno.test("startQueueWork() ends when nobody wants it any more", async () => {
  const stop = new AbortController();
  const queue = fakeQueue({
    lastBackgroundRun() {
      stop.abort();
      return Promise.resolve(undefined);
    },
  });
  await rejects(startQueueWork(queue, ports({ signal: stop.signal })), { code: "CANCELLED" });
});

Deno.test("silentOwnerText() says what is known of it", () => {
  strictEqual(
    silentOwnerText({ pid: 1, isSuspended: true, hints: [] }),
    "Process 1 holds the queue, but is suspended",
  );
  strictEqual(
    silentOwnerText({ pid: 1, isSuspended: undefined, hints: [] }),
    "Process 1 holds the queue, but does not answer (suspended?)",
  );
});
