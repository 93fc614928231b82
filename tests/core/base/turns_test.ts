import assert from "node:assert/strict";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { Turns } from "../../../core/base/turns.ts";
import { settle } from "../../support/test_clock.ts";

const never = new AbortController().signal;

Deno.test("Turns lets so many in, and the others in the order they came", async () => {
  const turns = new Turns(2);
  const order: string[] = [];
  const enter = async (name: string): Promise<Disposable> => {
    const place = await turns.enter(never);
    order.push(name);
    return place;
  };
  const [first, second] = await Promise.all([enter("a"), enter("b")]);
  const waiting = [enter("c"), enter("d")];
  await settle();
  assert.deepEqual(order, ["a", "b"]);
  assert.equal(turns.running, 2);
  second[Symbol.dispose]();
  await waiting[0];
  first[Symbol.dispose]();
  await waiting[1];
  assert.deepEqual(order, ["a", "b", "c", "d"]);
});

Deno.test("Turns takes who gives up out of the line, and no place is lost or given twice", async () => {
  const turns = new Turns(1);
  const first = await turns.enter(never);
  const stop = new AbortController();
  const givenUp = turns.enter(stop.signal);
  const last = turns.enter(never);
  stop.abort();
  await assert.rejects(givenUp, (error) => isModelManagerError(error) && error.code === "CANCELLED");
  await assert.rejects(
    turns.enter(stop.signal),
    (error) => isModelManagerError(error) && error.code === "CANCELLED",
  );
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  using _place = await last;
  let isIn = false;
  const next = turns.enter(never).then((place) => {
    isIn = true;
    return place;
  });
  await settle();
  assert.equal(isIn, false);
  _place[Symbol.dispose]();
  (await next)[Symbol.dispose]();
  assert.equal(turns.running, 0);
});
