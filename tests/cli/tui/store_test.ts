import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createStore } from "../../../cli/tui/store.ts";

Deno.test("createStore() tells who listens of changes, and of nothing else", () => {
  const store = createStore(0, (state, by: number) => state + by);
  const seen: number[] = [];
  const stop = store.subscribe(() => seen.push(store.get()));
  store.dispatch(2);
  store.dispatch(0);
  stop();
  store.dispatch(3);
  deepStrictEqual(seen, [2]);
  strictEqual(store.get(), 5);
});
