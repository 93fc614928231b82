import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Turns } from "../../../../core/operations/pull_through/turns.ts";
import { settle } from "../../../support/test_clock.ts";

Deno.test("Turns lets so many run at once, in their order, without those that gave up", async () => {
  const turns = new Turns(1);
  const order: number[] = [];
  const never = new AbortController().signal;
  const first = await turns.take(never);
  const stop = new AbortController();
  const gone = turns.take(stop.signal);
  const second = turns.take(never).then((turn) => (order.push(2), turn));
  const third = turns.take(never).then((turn) => (order.push(3), turn));
  stop.abort(new Error("gave up"));
  await rejects(gone, /gave up/);
  await settle();
  deepStrictEqual(order, []);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  (await second)[Symbol.dispose]();
  (await third)[Symbol.dispose]();
  deepStrictEqual(order, [2, 3]);
  strictEqual(turns.running, 0);
  const late = AbortSignal.abort(new Error("too late"));
  const busy = await turns.take(never);
  await rejects(turns.take(late), /too late/);
  busy[Symbol.dispose]();
});
