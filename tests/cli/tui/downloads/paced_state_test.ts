import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { PacedState } from "../../../../cli/tui/downloads/paced_state.ts";
import { TestClock } from "../../../support/test_clock.ts";

function setUp() {
  const clock = new TestClock();
  const abort = new AbortController();
  let value = 0;
  const state = new PacedState<{ readonly value: number }>({ value }, {
    clock,
    signal: abort.signal,
    build: (old) => old.value === value ? old : { value },
  });
  const told: (readonly [atMs: number, value: number])[] = [];
  state.subscribe(() => told.push([clock.monotonic(), state.get().value]));
  const become = (next: number): void => {
    value = next;
    state.changed();
  };
  return { clock, abort, state, told, become };
}

Deno.test("PacedState tells of the first change at once, and of the others together", async () => {
  const { clock, told, become, state } = setUp();
  become(1);
  become(2);
  become(3);
  strictEqual(state.get().value, 1);
  await clock.advance(100);
  deepStrictEqual(told, [[0, 1], [100, 3]]);
  await clock.advance(1_000);
  become(4);
  deepStrictEqual(told.at(-1), [1_100, 4]);
});

Deno.test("PacedState tells no more than ten times a second of hundreds of changes", async () => {
  const { clock, told, become } = setUp();
  for (let change = 1; change <= 1_000; change++) {
    become(change);
    await clock.advance(3);
  }
  ok(told.length <= 31, `told ${told.length} times in 3 s`);
  ok(told.length >= 28, `told ${told.length} times in 3 s`);
});

Deno.test("PacedState says nothing when a change was none, and sleeps only while there is something to tell", async () => {
  const { clock, told, become, state } = setUp();
  become(0);
  await clock.advance(500);
  deepStrictEqual(told, []);
  strictEqual(clock.sleeping, 0);
  const before = state.get();
  state.flush();
  strictEqual(state.get(), before);
});

Deno.test("PacedState.flush() does not wait", async () => {
  const { clock, told, become, state } = setUp();
  become(1);
  become(2);
  state.flush();
  deepStrictEqual(told, [[0, 1], [0, 2]]);
  await clock.advance(1_000);
  strictEqual(told.length, 2);
});

Deno.test("PacedState tells what is left when all ends", async () => {
  const { clock, told, become, abort } = setUp();
  become(1);
  become(2);
  abort.abort();
  await clock.advance(0);
  deepStrictEqual(told.at(-1), [0, 2]);
});
