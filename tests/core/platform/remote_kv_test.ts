import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { withDeadlines } from "../../../core/platform/remote_kv.ts";
import { settle, TestClock } from "../../support/test_clock.ts";

const PLACE = "https://kv.example";

function isSilent(error: unknown): boolean {
  return isModelManagerError(error) && error.code === "NETWORK_ERROR" && error.message.includes(PLACE);
}

/** A store whose calls never come back while it is silent. */
class Store {
  isSilent = false;
  calls = 0;
  readonly clock = new TestClock();
  readonly kv: Deno.Kv;
  readonly #inner: Deno.Kv;

  constructor(inner: Deno.Kv) {
    this.#inner = inner;
    const wait = <T>(work: () => Promise<T>): Promise<T> => {
      this.calls++;
      return this.isSilent ? new Promise<T>(() => {}) : work();
    };
    const silent = {
      get: (key: Deno.KvKey) => wait(() => inner.get(key)),
      set: (key: Deno.KvKey, value: unknown) => wait(() => inner.set(key, value)),
      list: (selector: Deno.KvListSelector) => {
        const entries = inner.list(selector);
        const own = { next: () => wait(() => entries.next()), [Symbol.asyncIterator]: () => own };
        return own;
      },
      atomic: () => {
        const operation = inner.atomic();
        const own = {
          set: (key: Deno.KvKey, value: unknown) => (operation.set(key, value), own),
          commit: () => wait(() => operation.commit()),
        };
        return own;
      },
    };
    this.kv = withDeadlines(silent as unknown as Deno.Kv, { clock: this.clock, place: PLACE });
  }

  [Symbol.dispose](): void {
    this.#inner.close();
  }
}

Deno.test("withDeadlines() changes nothing of a store that answers", async () => {
  using store = new Store(await Deno.openKv(":memory:"));
  const { kv } = store;
  await kv.set(["a", 1], "one");
  strictEqual((await kv.atomic().set(["a", 2], "two").commit()).ok, true);
  strictEqual((await kv.get(["a", 2])).value, "two");
  const values: unknown[] = [];
  for await (const { value } of kv.list({ prefix: ["a"] })) values.push(value);
  deepStrictEqual(values, ["one", "two"]);
  strictEqual(store.clock.sleeping, 0, "no deadline is left behind");
});

Deno.test("withDeadlines() gives a silent store up after ten seconds, then at once, and tries it again later", async () => {
  using store = new Store(await Deno.openKv(":memory:"));
  const { kv, clock } = store;
  store.isSilent = true;
  const iterate = async (): Promise<void> => {
    for await (const _entry of kv.list({ prefix: [] })) return;
  };
  const asks: (() => Promise<unknown>)[] = [
    () => kv.get(["a"]),
    () => kv.set(["a"], 1),
    () => kv.atomic().set(["a"], 1).commit(),
    iterate,
  ];
  for (const ask of asks) {
    const refused = rejects(ask(), isSilent);
    await settle();
    await clock.advance(10_000);
    await refused;
    const { calls } = store;
    for (const other of asks) await rejects(other(), isSilent);
    strictEqual(store.calls, calls, "nobody waits for it again");
    await clock.advance(30_000);
  }
  store.isSilent = false;
  strictEqual((await kv.get(["a"])).value, null);
});
